/**
 * The server role: block servers on one port, the first in the main thread and the others in worker
 * threads, with one certificate and one account of what every client got.
 * @module
 */

import { given } from "../core/given.ts";
import { formatAddress } from "../core/net/address.ts";
import type { Say } from "../core/say.ts";
import type { Agreed } from "../core/serve/accepted_connection.ts";
import { withFineSleeps } from "../core/load/clock.ts";
import { Ticker } from "../core/load/ticker.ts";
import type { Run } from "../core/run/run.ts";
import { type WorkerTask, WorkerThread } from "../core/run/worker.ts";
import type { ByteAccount } from "./byte_accounts.ts";
import type { FlushMode } from "./block_schedule.ts";
import { SERVER_TASK } from "./worker_tasks.ts";
import { ConnectionFigures } from "./connection_figures.ts";
import {
  type BlockServer,
  type BlockServerOptions,
  type ServerStats,
  startBlockServer,
} from "./server.ts";
import type { OpenedConnection } from "./watched_connection.ts";

/** How long open responses may go on when the server ends. */
const CLOSE_GRACE_MS = 500;
/** How often threads tell each other what they have sent. */
const SHARE_EVERY_MS = 200;

/** Names of the counters in the report. */
const COUNTER_NAMES: Readonly<Record<keyof ByteAccount, string>> = {
  bytes: "sentBytes",
  streams: "servedStreams",
  completed: "completedStreams",
  cancelled: "brokenOffStreams",
  rejected: "rejectedStreams",
  invalid: "invalidRequests",
};

export const SERVER_COUNTERS: readonly string[] = Object.values(COUNTER_NAMES);

/** Plain data: it is also sent to worker threads. */
interface ServerTaskOptions {
  readonly hostname: string;
  readonly port: number;
  readonly certPem: string;
  readonly keyPem: string;
  readonly maxBlockBytes: number;
  readonly maxStreams: number;
  readonly flush: FlushMode;
  /** Its number, of several. @default {0} */
  readonly thread?: number;
}

/** Servers that are up. */
export interface ServersUp extends AsyncDisposable {
  readonly port: number;
  readonly nagleDisabled: boolean;
}

/** Starts `threads` servers on one port. @throws {CannotRunError} if the port is taken */
export async function startServers(
  run: Run,
  options: ServerTaskOptions,
  { threads, spawnWorker, say }: {
    threads: number;
    spawnWorker: () => Worker;
    say: Say;
  },
): Promise<ServersUp> {
  const others = new Map<number, ServerStats>();
  const first = await startOne(run, options, {
    others: () => [...others.values()],
    reusePort: threads > 1,
  });
  const workers: WorkerThread[] = [];
  for (let index = 1; index < threads; index++) {
    const started = Promise.withResolvers<void>();
    const worker = new WorkerThread(run, spawnWorker(), {
      task: SERVER_TASK,
      options: { ...options, port: first.port, thread: index },
      seed: index,
      say,
      onValue(value) {
        started.resolve();
        others.set(index, value as ServerStats);
      },
    });
    workers.push(worker);
    await Promise.race([started.promise, worker.result]);
  }
  const sharing = new Ticker(() => {
    for (const [index, worker] of workers.entries()) {
      const rest = [...others].filter(([other]) => other !== index + 1).map(([, stats]) => stats);
      worker.send([first.stats(), ...rest]);
    }
  }, { clock: run.clock, periodMs: SHARE_EVERY_MS });
  return {
    port: first.port,
    nagleDisabled: first.nagleDisabled,
    async [Symbol.asyncDispose]() {
      await sharing[Symbol.asyncDispose]();
      for (const worker of workers) worker.send("close");
      await Promise.all([first[Symbol.asyncDispose](), ...workers.map((worker) => worker.result)]);
    },
  };
}

/** A worker's share of the server role. */
export const serverTask: WorkerTask = async (run, options, channel) => {
  let others: readonly ServerStats[] = [];
  const closing = Promise.withResolvers<void>();
  channel.onValue((value) => {
    if (value === "close") closing.resolve();
    else others = value as readonly ServerStats[];
  });
  await using server = await startOne(run, options as ServerTaskOptions, {
    others: () => others,
    reusePort: true,
  });
  channel.publish(server.stats());
  await using _sharing = new Ticker(() => channel.publish(server.stats()), {
    clock: run.clock,
    periodMs: SHARE_EVERY_MS,
  });
  await closing.promise;
};

/** One server whose bytes and streams go to the run's recorder. */
async function startOne(
  run: Run,
  options: ServerTaskOptions,
  { others, reusePort }: { others: () => readonly ServerStats[]; reusePort: boolean },
): Promise<BlockServer & AsyncDisposable> {
  const { certPem, keyPem, hostname, port, thread = 0, ...rest } = options;
  const figures = new ConnectionFigures(run, { role: "server", thread });
  const server = await startBlockServer({
    ...rest,
    listen: { hostname, port },
    tls: { certPem, keyPem },
    clock: withFineSleeps(run.clock),
    reusePort,
    otherStats: others,
    onInterrupted: (message) => run.warn("server-interrupted", message),
    onConnection: (connection, agreed) => figures.add(openedOf(connection, agreed)),
  });
  const counting = countSent(run, server);
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: CLOSE_GRACE_MS });
      await counting[Symbol.asyncDispose]();
      await figures[Symbol.asyncDispose]();
    },
  });
}

function openedOf(
  connection: Parameters<NonNullable<BlockServerOptions["onConnection"]>>[0],
  { protocol, handshakeMs }: Agreed,
): OpenedConnection {
  const { facts, remoteAddr } = connection;
  const h2 = facts === undefined ? undefined : {
    get facts() {
      return connection.facts ?? facts;
    },
  };
  return { name: formatAddress(remoteAddr), protocol, tlsMs: handshakeMs, ...given({ h2 }) };
}

/** Counts what a server sends, a few times a second. */
function countSent(run: Run, server: BlockServer): Ticker {
  let before = server.stats().total;
  return new Ticker(() => {
    const { total, openStreams } = server.stats();
    const at = { atMs: run.clock.now() };
    for (const [counter, name] of Object.entries(COUNTER_NAMES) as [keyof ByteAccount, string][]) {
      const growth = total[counter] - before[counter];
      if (growth > 0) run.recorder.count(name, growth, at);
    }
    run.recorder.gauge("openStreams", openStreams, at);
    before = total;
  }, { clock: run.clock, periodMs: SHARE_EVERY_MS });
}
