/**
 * The client role: the request loops, spread over threads, and the comparison of what they received
 * with what the server says it sent.
 * @module
 */

import { given } from "../core/given.ts";
import type { Say } from "../core/say.ts";
import { CannotRunError, OperationFailedError } from "../core/errors.ts";
import { LONGEST_PING_MS, LONGEST_SILENCE_MS } from "../core/h2/ping_watch.ts";
import { execute, type LoadModel } from "../core/load/executor.ts";
import { ourCount, ownRng, type Share as LoadShare, WHOLE } from "../core/load/share.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { type WorkerTask, WorkerThread } from "../core/run/worker.ts";
import { formatDuration } from "../core/units.ts";
import type { Connection, Http2View } from "./connection.ts";
import { ConnectionFigures } from "./connection_figures.ts";
import type { OpenedConnection } from "./watched_connection.ts";
import { CLIENT_TASK } from "./worker_tasks.ts";
import { BlocksClient, type BlocksClientOptions, type Received } from "./client.ts";

/** How much, at most; undefined: no bound. */
interface ClientLimits {
  readonly requests: number | undefined;
  readonly bytes: number | undefined;
}

/** What a thread of this generator does. */
interface Share {
  /** Its number. */
  readonly thread: number;
  readonly client: BlocksClientOptions;
  readonly loops: number;
  readonly limits: ClientLimits;
  /** Of the PINGs on a connection; 0: none. */
  readonly pingPeriodMs: number;
  /** Nothing has been loaded yet: a target that cannot be reached ends the run. */
  readonly isFirst: boolean;
}

/**
 * Runs the client until its load is stopped or a limit is reached: of loops, requests and bytes what is
 * this generator's share.
 * @param options `model` and `limits` of the whole load, `client` with the connections that are ours
 * @throws {CannotRunError} if the target cannot be reached at the start of the run
 */
export async function runClient(
  scope: LoadScope,
  { client, model, limits, pingPeriodMs, threads, spawnWorker, say }: {
    client: BlocksClientOptions;
    model: LoadModel;
    limits: ClientLimits;
    pingPeriodMs: number;
    threads: number;
    spawnWorker: () => Worker;
    say: Say;
  },
): Promise<Received> {
  const isFirst = !scope.run.hasBegun;
  const { share } = scope;
  const bytes = ourLimit(share, limits.bytes);
  if (threads === 1) {
    const { requests } = limits;
    return await runShare(scope, {
      ...{ thread: 0, client, share, model, pingPeriodMs, isFirst },
      limits: { requests, bytes },
    });
  }
  if (model.kind === "open") throw new RangeError("Cannot spread an open model over threads");
  const loops = ourCount(share, model.workers);
  const requests = ourLimit(share, limits.requests);
  const ours = { client, loops, limits: { requests, bytes }, pingPeriodMs, isFirst };
  const shares = sharesOf(ours, threads);
  const workers = shares.slice(1).map((options, index) =>
    new WorkerThread(scope, spawnWorker(), {
      task: CLIENT_TASK,
      options,
      seed: ownRng(share, scope.rng).fork(`worker ${index}`).seed,
      say,
    })
  );
  const [first] = shares as [Share];
  const received = await Promise.all([
    runShare(scope, {
      ...first,
      share: WHOLE,
      model: { kind: "closed", workers: first.loops, thinkMs: 0 },
      othersReady: Promise.all(workers.map(({ ready, result }) => Promise.race([ready, result]))),
    }),
    ...workers.map((worker) => worker.result as Promise<Received>),
  ]);
  return received.reduce(sumOf);
}

/** A worker's share of the client role. */
export const clientTask: WorkerTask = (run, options) => {
  const { loops, ...share } = options as Share;
  return runShare(run, {
    ...share,
    share: WHOLE,
    model: { kind: "closed", workers: loops, thinkMs: 0 },
  });
};

function ourLimit(share: LoadShare, limit: number | undefined): number | undefined {
  return limit === undefined ? undefined : ourCount(share, limit);
}

/**
 * Of this generator's, connection c belongs to thread c mod threads, and request loop i to connection
 * i mod connections.
 */
function sharesOf(whole: Omit<Share, "thread">, threads: number): Share[] {
  const { client, loops, limits, pingPeriodMs, isFirst } = whole;
  const connections = client.connectionIds.length;
  const isOf = (thread: number) => (number: number) => number % connections % threads === thread;
  const part = (amount: number | undefined, thread: number) =>
    amount === undefined ? undefined : Math.floor((amount + threads - 1 - thread) / threads);
  return Array.from({ length: threads }, (_, thread) => ({
    thread,
    client: {
      ...client,
      turnStride: 1,
      connectionIds: client.connectionIds.filter((_, place) => isOf(thread)(place)),
    },
    loops: Array.from({ length: loops }, (_, loop) => loop).filter(isOf(thread)).length,
    limits: { requests: part(limits.requests, thread), bytes: part(limits.bytes, thread) },
    pingPeriodMs,
    isFirst,
  })).filter((share) => share.loops > 0);
}

async function runShare(
  scope: LoadScope,
  { thread, client, share, model, limits, pingPeriodMs, isFirst, othersReady }:
    & Omit<Share, "loops">
    & {
      /** What of the model and of the requests is put on here. */
      share: LoadShare;
      model: LoadModel;
      /** Shares of other threads that begin with this one. */
      othersReady?: Promise<unknown>;
    },
): Promise<Received> {
  await using figures = new ConnectionFigures(scope, { role: "client", thread, pingPeriodMs });
  using workload = new BlocksClient(scope, client);
  workload.onOpened = (connection) => {
    // Of what `fetch` opens nothing is seen, not even how many there are.
    if (connection.http2 !== undefined) figures.add(openedOf(connection, connection.http2));
  };
  const over = new AbortController();
  await connectAll(workload, client).catch((error) => {
    // Later on it is a failure of the target's under load, which was counted.
    if (isFirst || !(error instanceof CannotRunError)) throw error;
  });
  const stopped = scope.clock.sleepUntil(Infinity, AbortSignal.any([scope.stopping, over.signal]));
  await Promise.race([othersReady, stopped]);
  // A thread's share begins with the program's, and that with all generators.
  await scope.begin();
  over.abort();
  const enough = new AbortController();
  workload.onBytes = (total) => {
    if (limits.bytes !== undefined && total >= limits.bytes) enough.abort();
  };
  const { clock, rng, tempo, recorder, aborted } = scope;
  await execute(
    {
      clock,
      rng,
      share,
      tempo,
      recorder,
      aborted,
      stopping: AbortSignal.any([scope.stopping, enough.signal]),
    },
    {
      workload,
      model,
      ...given({ maxIterations: limits.requests }),
    },
  );
  return workload.received;
}

/** A target that cannot be reached at the start is no load test: it ends the run before any load. */
async function connectAll(
  workload: BlocksClient,
  { connection }: BlocksClientOptions,
): Promise<void> {
  try {
    await workload.connect();
  } catch (error) {
    if (!(error instanceof OperationFailedError)) throw error;
    throw new CannotRunError(`Cannot reach ${connection.baseUrl}: ${error.message}`);
  }
}

function sumOf(one: Received, other: Received): Received {
  return {
    bytes: one.bytes + other.bytes,
    completedRequests: one.completedRequests + other.completedRequests,
    brokenOffRequests: one.brokenOffRequests + other.brokenOffRequests,
  };
}

function openedOf(connection: Connection, http2: Http2View): OpenedConnection {
  const { id, protocol, handshake } = connection;
  const h2 = {
    get facts() {
      return http2.facts;
    },
    get isOpen() {
      return connection.isOpen;
    },
    ping: () => http2.ping(),
    onLost: () => http2.cut(lost()),
  };
  return { name: String(id), protocol, ...handshake, h2 };
}

/** Class of what was under way on a connection that nobody is at the other end of. */
export const CONNECTION_LOST = "connection-lost";

function lost(): OperationFailedError {
  return new OperationFailedError(
    CONNECTION_LOST,
    `Nothing came for ${formatDuration(LONGEST_SILENCE_MS)}, and no answer to a PING for ${
      formatDuration(LONGEST_PING_MS)
    }: there is nobody at the other end of the connection`,
  );
}
