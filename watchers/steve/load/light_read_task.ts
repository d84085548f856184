/**
 * Light reads on a thread of their own, whose event loop does nothing else: what they are judged by is
 * their time alone. This is both sides of that thread.
 * @module
 */

import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Say } from "../../../core/say.ts";
import { type WorkerTask, WorkerThread } from "../../../core/run/worker.ts";
import { type SteveAccess, SteveClient } from "../client/steve_client.ts";
import type { Told } from "../fleet/share_observer.ts";
import { STEVE_LIGHT_READ_TASK } from "../worker_tasks.ts";
import type { SteveType } from "../written_event.ts";
import {
  LIGHT_READ_TYPE,
  type LightReadOptions,
  NotifiedRevisions,
  runLightRead,
} from "./light_read.ts";

/** Plain data: what the thread is started with. */
interface LightReadTaskOptions extends Omit<LightReadOptions, "steve" | "notified"> {
  readonly access: SteveAccess;
}

type ToReader =
  | { readonly kind: "begin" }
  | { readonly kind: "notified"; readonly told: Told };

/** The thread's side: reads from when it is told to begin until the run is stopped. */
export const lightReadTask: WorkerTask = async (run, options, channel) => {
  const { access, ...read } = options as LightReadTaskOptions;
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
  await runLightRead(run, { ...read, steve, notified });
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
      options,
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
