/**
 * HTTP/2 block traffic: `scaletool httperf` as the command line knows it, and the tasks of its worker
 * threads. What they do is loaded when it is used, so that every other command starts fast.
 * @module
 */

import { type Command, defineCommand } from "../core/command/command.ts";
import type { WorkerTasks } from "../core/run/worker.ts";
import { HTTPERF_FLAGS } from "./flags.ts";
import { CLIENT_TASK, SERVER_TASK } from "./worker_tasks.ts";

const DESCRIPTION =
  `Sends blocks of bytes over TLS HTTP/2 at a fixed pace, and measures how well the pace is kept.
The server answers GET /blocks?size=BYTES&n=BLOCKS&periodMS=MS (or period=MICROSECONDS) with n blocks, one a period:
the first byte of a block is A, the last Z, the others are 0. The client asks for N + uniform(0..N-1) blocks again and again.
--listen is the server, --base-url the client, both together both; neither runs both ends here on a free loopback port.`;

const httperfCommand = defineCommand({
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
  run: async (invocation) => (await import("./run_httperf.ts")).runHttperf(invocation),
});

export const HTTPERF_COMMANDS: readonly Command[] = [httperfCommand];

export const HTTPERF_WORKER_TASKS: WorkerTasks = {
  [CLIENT_TASK]: async () => (await import("./client_role.ts")).clientTask,
  [SERVER_TASK]: async () => (await import("./server_role.ts")).serverTask,
};
