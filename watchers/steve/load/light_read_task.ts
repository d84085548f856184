/**
 * Light reads on a thread of their own, whose event loop does nothing else: what they are judged by is
 * their time alone. This is both sides of that thread.
 * @module
 */

import { constant } from "../../../core/load/arrival.ts";
import { execute, type LoadContext } from "../../../core/load/executor.ts";
import type { Share } from "../../../core/load/share.ts";
import type { Iteration } from "../../../core/load/workload.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Say } from "../../../core/say.ts";
import { type WorkerTask, WorkerThread } from "../../../core/run/worker.ts";
import { type SteveAccess, SteveClient, type SteveList } from "../client/steve_client.ts";
import type { Told } from "../fleet/share_observer.ts";
import { STEVE_LIGHT_READ_TASK } from "../worker_tasks.ts";
import type { SteveType } from "../written_event.ts";

const LIGHT_READ_TYPE: SteveType = "configmaps";

interface LightReadOptions {
  readonly steve: Pick<SteveClient, "list">;
  readonly namespace: string;
  readonly ratePerSec: number;
  /** Fields to leave out of the answer, e.g. `data`; without any it carries whole objects. */
  readonly exclude?: readonly string[];
  /** What watchers were told; absent: the age of an answer is not looked at. */
  readonly notified?: NotifiedRevisions;
}

/**
 * The newest revision that any watcher was told of, by type. A list that is asked for afterwards
 * and knows less is stale: its reader misses what it came for (rancher/rancher#51254).
 */
export class NotifiedRevisions {
  readonly #newest = new Map<SteveType, { readonly revision: bigint; readonly atMs: number }>();

  /** @param atMs when it was told, any one clock */
  notified(type: SteveType, { revision, atMs }: { revision: bigint; atMs: number }): void {
    if (revision > (this.#newest.get(type)?.revision ?? 0n)) {
      this.#newest.set(type, { revision, atMs });
    }
  }

  newest(type: SteveType): { readonly revision: bigint; readonly atMs: number } | undefined {
    return this.#newest.get(type);
  }
}

/**
 * Reads until `stopping`. Operation `lightRead`, whose failures are counted by status; distribution
 * `lightReadBytes`; with `notified` the counters `freshReads` and `staleReads`, and `readStaleness`,
 * how long before a stale read was sent its watchers knew more already.
 */
export async function runLightRead(
  context: LoadContext,
  options: LightReadOptions,
): Promise<void> {
  await execute(context, {
    workload: {
      name: "light read",
      firstOp: "lightRead",
      iterate: (iteration) => readOnce(iteration, { ...options, context }),
    },
    model: {
      kind: "open",
      arrivals: constant(options.ratePerSec),
      maxInFlight: Infinity,
      whenFull: "queue",
      catchUp: "burst",
    },
  });
}

async function readOnce(
  iteration: Iteration,
  { steve, namespace, exclude = [], notified, context }: LightReadOptions & {
    context: LoadContext;
  },
): Promise<void> {
  const { clock, recorder } = context;
  let sentMs = 0;
  let known: ReturnType<NotifiedRevisions["newest"]>;
  const list = await iteration.timed(() => {
    sentMs = clock.now();
    known = notified?.newest(LIGHT_READ_TYPE);
    return steve.list(LIGHT_READ_TYPE, {
      filter: [`metadata.namespace=${namespace}`],
      exclude,
      signal: iteration.aborted,
    });
  }, { op: "lightRead" });
  const atMs = clock.now();
  recorder.observeBytes("lightReadBytes", list.bytes, { atMs });
  if (known === undefined) return;
  const isStale = revisionOf(list) < known.revision;
  recorder.count(isStale ? "staleReads" : "freshReads", 1, { atMs });
  if (isStale) recorder.observeMs("readStaleness", sentMs - known.atMs, { atMs });
}

/** A list without one has seen no object of the type. */
function revisionOf({ revision = "" }: SteveList): bigint {
  return /^\d+$/.test(revision) ? BigInt(revision) : 0n;
}

/** Plain data: what the thread is started with. */
interface LightReadTaskOptions extends Omit<LightReadOptions, "steve" | "notified"> {
  readonly access: SteveAccess;
}

/** What the thread itself has to know, too: which reads of the whole load are its own. */
type ThreadOptions = LightReadTaskOptions & { readonly share: Share };

type ToReader =
  | { readonly kind: "begin" }
  | { readonly kind: "notified"; readonly told: Told };

/** The thread's side: reads from when it is told to begin until the run is stopped. */
export const lightReadTask: WorkerTask = async (run, options, channel) => {
  const { access, share, ...read } = options as ThreadOptions;
  const notified = new NotifiedRevisions();
  const beginning = new AbortController();
  channel.onValue((value) => {
    const message = value as ToReader;
    if (message.kind === "begin") return beginning.abort();
    const { revision, atMs } = message.told;
    const told = { revision: BigInt(revision), atMs: atMs - run.wallOffsetMs };
    notified.notified(LIGHT_READ_TYPE, told);
  });
  using steve = await SteveClient.open(access, { clock: run.clock });
  const begun = AbortSignal.any([beginning.signal, run.stopping]);
  await run.clock.sleepUntil(Infinity, begun);
  const { clock, rng, tempo, recorder, stopping, aborted } = run;
  await runLightRead({ clock, rng, share, tempo, recorder, stopping, aborted }, {
    ...read,
    steve,
    notified,
  });
};

/** The main thread's side. */
export class LightReads {
  /** Resolves after the run was stopped; rejects with what broke the thread. */
  readonly result: Promise<unknown>;
  readonly #thread: WorkerThread;

  /** Starts the thread, which waits for {@link begin}. */
  constructor(
    scope: LoadScope,
    options: LightReadTaskOptions,
    { spawnWorker, say }: { spawnWorker: () => Worker; say: Say },
  ) {
    this.#thread = new WorkerThread(scope, spawnWorker(), {
      task: STEVE_LIGHT_READ_TASK,
      options: { ...options, share: scope.share } satisfies ThreadOptions,
      seed: scope.rng.fork("light read").seed,
      say,
    });
    this.result = this.#thread.result;
    this.result.catch(() => {}); // those who await it are told
  }

  begin(): void {
    this.#send({ kind: "begin" });
  }

  /** A watcher was told of this revision: an older answer to a read that is sent from now on is stale. */
  notified(type: SteveType, told: Told): void {
    if (type === LIGHT_READ_TYPE) this.#send({ kind: "notified", told });
  }

  #send(message: ToReader): void {
    this.#thread.send(message);
  }
}
