/**
 * Flags -> roles -> a run. The roles do the work.
 * @module
 */

import type { ExitCode } from "../core/exit_code.ts";
import { meanRatePerSec } from "../core/load/arrival.ts";
import { SystemClock } from "../core/load/clock.ts";
import { generatorCount, type Invocation } from "../core/command/command.ts";
import { UsageError } from "../core/errors.ts";
import { givenLadder } from "../core/command/given_ladder.ts";
import { firstLevel, type Ladder } from "../core/ladder/ladder.ts";
import { conduct } from "../core/run/conduct.ts";
import { changesOf, type LoadChanges } from "../core/run/run_plan.ts";
import { allMeasures, countersOf, type Measures } from "../core/run/measures.ts";
import { proxyFromEnvironment } from "../core/net/proxy.ts";
import { formatBytes, formatDuration } from "../core/units.ts";
import { CONNECTION_LOST } from "./client_role.ts";
import { CONNECTION_MEASURES } from "./connection_figures.ts";
import { FRAMES_TABLE } from "./connection_table.ts";
import { CONNECTION_CAUSES } from "./connection_warnings.ts";
import { connectionsText } from "./live_text.ts";
import type { HttperfFlags, HttperfValues } from "./flags.ts";
import { HTTP2_REASONS } from "../core/h2/failure_told.ts";
import { HttperfRun } from "./session.ts";
import {
  createKeyLog,
  KEY_LOG_VARIABLE,
  keyLogPath,
  requireClientKeys,
  requireKeyLog,
} from "./key_log.ts";
import { httperfLadder, valuesOnRung } from "./ladder.ts";
import { type Roles, rolesOf, withDemoValues } from "./roles.ts";
import { SERVER_COUNTERS } from "./server_role.ts";

const CLIENT_THRESHOLDS = [
  "request.failed.count <= 0",
  "connect.failed.count <= 0",
  "receivedBytes.total > 0B",
];
const SERVER_THRESHOLDS = ["sentBytes.total > 0B"];

const CLIENT_MEASURES: Measures = {
  counters: countersOf("receivedBytes"),
  others: [
    ...["request", "connect", "streamWait", "ttfb", "gapError", "blockLag"],
  ],
};
const SERVER_MEASURES: Measures = {
  counters: countersOf(...SERVER_COUNTERS),
  others: ["openStreams"],
};

/** Runs the command. */
export async function runHttperf(given: Invocation<HttperfFlags>): Promise<ExitCode> {
  const invocation = withDemoValues(given);
  const { values, io } = invocation;
  const ladder = httperfLadder(invocation);
  const first = ladder === undefined ? values : valuesOnRung(values, ladder, firstLevel(ladder));
  const roles = rolesOf(first, new SystemClock().wallNow());
  if (values.keylog !== undefined && io.env(KEY_LOG_VARIABLE) === undefined) {
    requireKeyLog(Deno.version.deno);
    const { server, client } = roles;
    if (server === undefined && client?.baseUrl !== undefined) {
      const proxy = proxyFromEnvironment(client.baseUrl, io.env);
      requireClientKeys({ ...values, clientCert: client.clientCert, proxy });
    }
    const port = roles.server !== undefined && roles.server.port > 0
      ? roles.server.port
      : portOf(roles.client?.baseUrl);
    const path = keyLogPath(values.keylog, port);
    createKeyLog(path);
    io.stderr(`TLS keys go to ${path}\n`);
    return await io.reexec({ [KEY_LOG_VARIABLE]: path }) as ExitCode;
  }
  const { client, server } = roles;
  if (client !== undefined) requireConnections(first, generatorCount(invocation));
  const open = client?.model.kind === "open" ? client.model : undefined;
  return await conduct(invocation, {
    target: client?.baseUrl?.href ??
      (client === undefined ? `served on ${server?.hostname}:${server?.port}` : "own server"),
    model: modelText(first, { roles, ladder }),
    targetRatePerSec: open === undefined || ladder !== undefined
      ? null
      : meanRatePerSec(open.arrivals, values.duration ?? Infinity),
    ...givenLadder(values, ladder),
    // A server is one, and so is a client of the server beside it.
    isDivisible: server === undefined,
    changes: changesOfLoad(values, { roles, ladder }),
    defaultThresholds: client === undefined ? SERVER_THRESHOLDS : CLIENT_THRESHOLDS,
    measures: allMeasures(
      ...(client === undefined ? [] : [CLIENT_MEASURES]),
      ...(server === undefined ? [] : [SERVER_MEASURES]),
      CONNECTION_MEASURES,
    ),
    ...ladder === undefined ? {} : { causes: CONNECTION_CAUSES },
    tables: [FRAMES_TABLE],
    liveText: connectionsText,
    reasons: [...HTTP2_REASONS, CONNECTION_LOST],
    mainOperation: client === undefined ? "servedStreams" : "request",
    instrument: (run, say) => new HttperfRun(run, { values, roles, ladder, io, say }).work(),
  });
}

/** @throws {UsageError} if there are too few for each generator to have one */
function requireConnections({ connections }: HttperfValues, generators: number): void {
  if (connections >= generators) return;
  throw new UsageError(
    `--connections must be at least ${generators}, one for each generator, not ${connections}`,
  );
}

/** A server alone serves whoever comes; threads have their request loops from the beginning on. */
function changesOfLoad(
  { workers: threads }: HttperfValues,
  { roles: { client }, ladder }: { roles: Roles; ladder: Ladder | undefined },
): LoadChanges | undefined {
  if (client === undefined) return undefined;
  return ladder === undefined && threads === 1 ? changesOf(client.model) : {};
}

/** The load as one line, e.g. `16 request loops on 2 connections, 50 to 99 blocks of 500 B every 10ms`. */
function modelText(
  values: HttperfValues,
  { roles: { client }, ladder }: { roles: Roles; ladder: Ladder | undefined },
): string {
  if (client === undefined) return "server only";
  const { model } = client;
  const base = values["blocks-per-request"];
  const blocks = base === 1 ? "1 block" : `${base} to ${2 * base - 1} blocks`;
  const pace = values.period === 0 ? "unpaced" : `every ${formatDuration(values.period)}`;
  const who = model.kind === "closed"
    ? `closed, ${counted(model.workers, "request loop")}`
    : `open, ${model.arrivals.label}, at most ${model.maxInFlight} in flight`;
  const size = formatBytes(values["block-size"]);
  const climbs = ladder === undefined ? "" : `, then more ${ladder.unit}`;
  const connections = counted(values.connections, "connection");
  return `${who} on ${connections}, ${blocks} of ${size} ${pace}${climbs}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

function portOf(url: URL | undefined): number | undefined {
  if (url === undefined) return undefined;
  return url.port === "" ? 443 : Number(url.port);
}
