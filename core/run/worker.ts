/**
 * Worker threads: a run's share of the work on another core. A worker has a `Run` of its own whose
 * log goes to the main thread as messages; the main thread's run takes it over, so that a report
 * cannot tell how many threads it came from.
 * @module
 */

import type { Say } from "../say.ts";
import { CannotRunError, messageOf } from "../errors.ts";
import { SystemClock } from "../load/clock.ts";
import { createRng } from "../load/rng.ts";
import { LoopLog } from "../measure/loop_log.ts";
import type { TempoState } from "../load/tempo.ts";
import type { Stretch } from "../measure/recorder.ts";
import { Run } from "./run.ts";
import type { LoadScope } from "./run_stage.ts";
import type { EndReason, RunLogRecord } from "../run_log/record.ts";
import { SelfMonitor } from "./self_monitor.ts";

/** How a task talks to the thread that started it. */
interface WorkerChannel {
  say(line: string): void;
  /** Sends any cloneable value to the main thread. */
  publish(value: unknown): void;
  /** Calls the listener with each value that the main thread sends, or has sent before. */
  onValue(listener: (value: unknown) => void): void;
}

/** What a worker does; options and result must be structured-cloneable. */
export type WorkerTask = (run: Run, options: unknown, channel: WorkerChannel) => Promise<unknown>;

/** By name, loaded when asked for; every folder contributes its own. */
export type WorkerTasks = Readonly<Record<string, () => Promise<WorkerTask>>>;

type ToWorker =
  | {
    readonly type: "start";
    readonly task: string;
    readonly options: unknown;
    readonly run: {
      readonly id: string;
      readonly seed: number;
      readonly tempo: TempoState;
      /** Buffers of {@link LoopLog}s. */
      readonly loop: ArrayBufferLike | undefined;
      readonly standIns: readonly ArrayBufferLike[];
    };
  }
  | { readonly type: "begin"; readonly timeline: readonly Stretch[]; readonly laterMs: number }
  | { readonly type: "stretch"; readonly stretch: Stretch }
  | { readonly type: "tempo"; readonly tempo: TempoState }
  | { readonly type: "value"; readonly value: unknown }
  | { readonly type: "stop"; readonly reason: EndReason }
  | { readonly type: "abort" };

type FromWorker =
  | { readonly type: "records"; readonly records: readonly RunLogRecord[] }
  | { readonly type: "ready" }
  | { readonly type: "say"; readonly line: string }
  | { readonly type: "value"; readonly value: unknown }
  | {
    readonly type: "done";
    readonly result?: unknown;
    readonly error?: { name: string; message: string };
  };

/** What a worker's global object offers; the type checker only knows a main thread's. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => unknown) | null;
}

/** The worker side: waits for its task and does it. Called by the program's entry inside a worker. */
export function runWorkerTask(tasks: WorkerTasks): void {
  let run: Run | undefined;
  let onValue: ((value: unknown) => void) | undefined;
  /** What came before the task was there to listen. */
  const early: unknown[] = [];
  const main = globalThis as unknown as WorkerScope;
  const post = (message: FromWorker) => main.postMessage(message);
  const channel: WorkerChannel = {
    say: (line) => post({ type: "say", line }),
    publish: (value) => post({ type: "value", value }),
    onValue(listener) {
      onValue = listener;
      early.splice(0).forEach(listener);
    },
  };
  main.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
    if (data.type === "value") {
      return onValue === undefined ? void early.push(data.value) : onValue(data.value);
    }
    if (data.type === "begin") return run?.beginNow(data.timeline, data.laterMs);
    if (data.type === "stretch") return run?.recorder.enter(data.stretch);
    if (data.type === "tempo") return run?.tempo.change(data.tempo);
    if (data.type === "stop") return run?.stop(data.reason);
    if (data.type === "abort") return run?.abort();
    const { loop, standIns, tempo, ...identity } = data.run;
    const own = run = new Run({
      ...identity,
      stages: [], // they come with the beginning
      onReady: () => post({ type: "ready" }),
      loop: new LoopLog(loop),
      standIns: standIns.map((buffer) => new LoopLog(buffer)),
      clock: new SystemClock(),
      rng: createRng(data.run.seed),
      say: channel.say,
      log: (...records) => post({ type: "records", records }),
    });
    own.tempo.change(tempo);
    const work = async () => {
      const load = tasks[data.task];
      if (load === undefined) throw new Error(`No worker task "${data.task}"`);
      return await (await load())(own, data.options, channel);
    };
    post({ type: "done", ...await outcomeOf(own, work, data.task) });
  };
}

/** Does the work with the same readings and rotations as a main thread's run has. */
async function outcomeOf(
  run: Run,
  work: () => Promise<unknown>,
  thread: string,
): Promise<Omit<Extract<FromWorker, { type: "done" }>, "type">> {
  const ended = new AbortController();
  const { clock, recorder, loop } = run;
  const monitor = new SelfMonitor({ clock, recorder, loop, tags: { thread } });
  const rotating = (async () => {
    await Promise.race([run.begun, run.clock.sleepUntil(Infinity, ended.signal)]);
    while (!ended.signal.aborted) {
      await run.clock.sleepUntil(run.nextSecondMs, ended.signal);
      if (!ended.signal.aborted) run.rotate();
    }
  })();
  try {
    return { result: await work() };
  } catch (error) {
    const name = error instanceof Error ? error.name : "Error";
    return { error: { name, message: messageOf(error) } };
  } finally {
    ended.abort();
    await rotating;
    await monitor.close();
    if (run.hasBegun) run.rotate();
  }
}

/** A task given to a worker thread. */
interface WorkerJob {
  readonly task: string;
  readonly options: unknown;
  readonly seed: number;
  readonly say: Say;
  /** Called with each value that the task publishes. */
  readonly onValue?: (value: unknown) => void;
  /** On a shared buffer: where the thread notes how late it is. */
  readonly loop?: LoopLog;
}

/** The main side of one worker: feeds its records to the run, stops it when the run stops. */
export class WorkerThread {
  /** What the task returned; rejects with what broke it. */
  readonly result: Promise<unknown>;
  /** Resolves when the task has asked for its run to begin. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<void>();

  constructor(load: LoadScope, worker: Worker, job: WorkerJob) {
    this.#worker = worker;
    this.ready = this.#ready.promise;
    const { run } = load;
    const ended = new AbortController();
    const { signal } = ended;
    const onStop = () => this.#post({ type: "stop", reason: load.end?.reason ?? "limit" });
    load.stopping.addEventListener("abort", onStop, { signal });
    load.aborted.addEventListener("abort", () => this.#post({ type: "abort" }), { signal });
    this.result = this.#results(load, job).finally(() => {
      ended.abort();
      worker.terminate();
    });
    const { task, options, seed } = job;
    const standIns = run.standIns.map(({ buffer }) => buffer);
    const { tempo } = run;
    const ownRun = { id: run.id, seed, tempo: tempo.state, loop: job.loop?.buffer, standIns };
    this.#post({ type: "start", task, options, run: ownRun });
    const leave = tempo.onChange(() => this.#post({ type: "tempo", tempo: tempo.state }));
    signal.addEventListener("abort", leave);
    void load.begun.then(() => this.#begin(load, signal));
    if (load.stopping.aborted) onStop();
  }

  /** The thread's time counts from the load's beginning, and so does its timeline. */
  #begin({ run, startMs }: LoadScope, ended: AbortSignal): void {
    const laterMs = startMs - run.startMs;
    const own = (stretch: Stretch) => ({ ...stretch, fromMs: stretch.fromMs - laterMs });
    this.#post({ type: "begin", timeline: run.recorder.timeline.map(own), laterMs });
    const leave = run.onStretch((stretch) =>
      this.#post({ type: "stretch", stretch: own(stretch) })
    );
    ended.addEventListener("abort", leave);
  }

  /** Sends any cloneable value to the task. */
  send(value: unknown): void {
    this.#post({ type: "value", value });
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #results(load: LoadScope, job: WorkerJob): Promise<unknown> {
    const { run } = load;
    return new Promise((resolve, reject) => {
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`Worker "${job.task}" broke: ${event.message}`));
      };
      this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "ready") this.#ready.resolve();
        else if (data.type === "records") run.absorb(data.records, load.startMs - run.startMs);
        else if (data.type === "say") job.say(data.line);
        else if (data.type === "value") job.onValue?.(data.value);
        else if (data.error === undefined) resolve(data.result);
        else reject(errorOf(data.error));
      };
    });
  }
}

/** Classes do not survive the way between threads; the one that callers branch on is made again. */
function errorOf({ name, message }: { name: string; message: string }): Error {
  return name === "CannotRunError" ? new CannotRunError(message) : new Error(message);
}
