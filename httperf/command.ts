/**
 * `scaletool httperf`: HTTP/2 block traffic over TLS, as server, client or both. Turns flags into
 * roles and roles into a run; the roles do the work.
 * @module
 */

import type { ExitCode } from "../core/exit_code.ts";
import type { ArrivalProcess } from "../core/load/arrival.ts";
import { defineCommand, type Invocation } from "../core/run/command.ts";
import { conduct } from "../core/run/conduct.ts";
import { formatBytes, formatDuration } from "../core/units.ts";
import { HTTPERF_FLAGS, type HttperfFlags, type HttperfValues } from "./flags.ts";
import { HttperfRun } from "./httperf_run.ts";
import { createKeyLog, KEY_LOG_VARIABLE, keyLogPath } from "./key_log.ts";
import { type Roles, rolesOf, withDemoValues } from "./roles.ts";

const CLIENT_THRESHOLDS = [
  "request.failed.count <= 0",
  "connect.failed.count <= 0",
  "receivedBytes.total > 0B",
];
const SERVER_THRESHOLDS = ["sentBytes.total > 0B"];

const DESCRIPTION =
  `Sends blocks of bytes over TLS HTTP/2 at a fixed pace, and measures how well the pace is kept.
The server answers GET /blocks?size=BYTES&n=BLOCKS&periodMS=MS (or period=MICROSECONDS) with n blocks, one a period:
the first byte of a block is A, the last Z, the others are 0. The client asks for N + uniform(0..N-1) blocks again and again.
--listen is the server, --base-url the client, both together both; neither runs both ends here on a free loopback port.`;

export const httperfCommand = defineCommand({
  name: "httperf",
  summary: "HTTP/2 block traffic over TLS: server, client or both",
  description: DESCRIPTION,
  flags: HTTPERF_FLAGS,
  examples: [
    { line: "httperf", does: "both ends here for 10 s" },
    { line: "httperf --listen 8080 --write-ca ca.pem", does: "a server on all interfaces" },
    {
      line:
        "httperf --base-url https://host:8080 --ca ca.pem --connections 4 --threads 50 --duration 1m",
      does: "50 paced streams over 4 connections",
    },
    {
      line:
        "httperf --base-url https://host:8080 --ca ca.pem --block-size 1MiB --period 0 --duration 10s",
      does: "as many bytes as go through one connection",
    },
    {
      line:
        "httperf --base-url https://host:8080 --insecure --rate poisson:20/s --blocks-per-request 10 --duration 30s " +
        "--threshold 'request.response.p99 < 500ms'",
      does: "requests that arrive at random, with a limit on their time",
    },
  ],
  run,
});

async function run(invocation: Invocation<HttperfFlags>): Promise<ExitCode> {
  const values = withDemoValues(invocation);
  const roles = rolesOf(values);
  const { io } = invocation;
  if (values.keylog !== undefined && io.env(KEY_LOG_VARIABLE) === undefined) {
    const port = roles.server !== undefined && roles.server.port > 0
      ? roles.server.port
      : portOf(roles.client?.baseUrl);
    const path = keyLogPath(values.keylog, port);
    createKeyLog(path);
    io.stderr(`TLS keys go to ${path}\n`);
    return await io.reexec({ [KEY_LOG_VARIABLE]: path }) as ExitCode;
  }
  const { client, server } = roles;
  const open = client?.model.kind === "open" ? client.model : undefined;
  return await conduct({ ...invocation, values }, {
    target: client?.baseUrl?.href ??
      (client === undefined ? `served on ${server?.hostname}:${server?.port}` : "own server"),
    model: modelText(values, roles),
    targetRatePerSec: open === undefined ? null : meanRatePerSec(open.arrivals, values.duration),
    defaultThresholds: client === undefined ? SERVER_THRESHOLDS : CLIENT_THRESHOLDS,
    mainOperation: "request",
    instrument: (run, say) => new HttperfRun(run, { values, roles, io, say }).work(),
  });
}

/** The load as one line, e.g. `16 request loops on 2 connections, 50 to 99 blocks of 500 B every 10ms`. */
function modelText(values: HttperfValues, { client }: Roles): string {
  if (client === undefined) return "server only";
  const base = values["blocks-per-request"];
  const blocks = base === 1 ? "1 block" : `${base} to ${2 * base - 1} blocks`;
  const pace = values.period === 0 ? "unpaced" : `every ${formatDuration(values.period)}`;
  const who = client.model.kind === "closed"
    ? `closed, ${client.model.workers} request loops`
    : `open, ${client.model.arrivals.label}, at most ${client.model.maxInFlight} in flight`;
  const size = formatBytes(values["block-size"]);
  return `${who} on ${values.connections} connections, ${blocks} of ${size} ${pace}`;
}

/** Offered load of an open model over the time that it is driven. */
function meanRatePerSec(arrivals: ArrivalProcess, durationMs: number | undefined): number {
  const endMs = Math.min(arrivals.durationMs, durationMs ?? Infinity);
  const spanMs = Number.isFinite(endMs) ? endMs : 60_000;
  return arrivals.expectedBy(spanMs) * 1_000 / spanMs;
}

function portOf(url: URL | undefined): number | undefined {
  if (url === undefined) return undefined;
  return url.port === "" ? 443 : Number(url.port);
}
