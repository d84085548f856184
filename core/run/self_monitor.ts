/**
 * How busy is the load generator itself? Measures its event loop, CPU and memory while it works, so
 * that the report can tell a slow target from a slow generator; it judges nothing.
 * @module
 */

import process from "node:process";
import type { Clock } from "../load/clock.ts";
import type { LoopLog } from "../measure/loop_log.ts";
import type { Recorder } from "../measure/recorder.ts";
import type { Tags } from "../measure/sample.ts";

/** What the operating system and V8 say about this process. */
export interface ProcessUsage {
  /** User and system CPU time of all threads since the process began. */
  cpuMs: number;
  /** Resident memory. */
  rssBytes: number;
  /** Objects on the JavaScript heap, with garbage not yet collected. */
  heapUsedBytes: number;
}

/**
 * Not 10 or 20, lest it keeps step with a load that is due at round times and sees its work always or
 * never. Waking an idle Deno costs some 0.2 ms of CPU, so this is 1 % of a core at most; a busy one is
 * awake anyway.
 */
const LOOP_LAG_INTERVAL_MS = 19;
const USAGE_INTERVAL_MS = 1_000;
/** CPU time is counted in steps of up to 10 ms, so a ratio over less than this is mostly rounding. */
const SHORTEST_USAGE_MS = 100;
const US_PER_MS = 1_000;

interface SelfMonitorOptions {
  clock: Clock;
  recorder: Recorder;
  /** Of `loopLag`, where the run has other threads. */
  tags?: Tags;
  /** Told of each wake-up, so that others know when the loop was away. */
  loop?: LoopLog;
  /** Ends the measuring, as `close()` does. */
  signal?: AbortSignal;
  /**
   * From one wake-up to the next, ms.
   * @default 19
   */
  loopLagIntervalMs?: number | undefined;
  /** Replaces the process's own readings. */
  readUsage?: () => ProcessUsage;
}

/**
 * Records, from its making until it is closed:
 * - distribution `loopLag` (ms): how late a wake-up at a known time came, every 19 ms or as asked for. Wake-ups that
 *   fell into a stall are recorded one by one, each with its own lateness: else a stall of a second
 *   would count as one late wake-up among hundreds, and no quantile would show it. Timers are
 *   millisecond-grained, so an idle process shows about 1 ms.
 * - gauges each second, and once at the end of a run that was shorter: `cpuRatio` (CPU seconds of all
 *   threads per wall second, 2 = two cores), `rssBytes`, `heapUsedBytes` (of the calling thread).
 */
export class SelfMonitor implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #tags: Tags | undefined;
  readonly #loop: LoopLog | undefined;
  readonly #readUsage: () => ProcessUsage;
  readonly #loopLagIntervalMs: number;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: SelfMonitorOptions) {
    this.#clock = options.clock;
    this.#recorder = options.recorder;
    this.#tags = options.tags;
    this.#loop = options.loop;
    this.#loopLagIntervalMs = options.loopLagIntervalMs ?? LOOP_LAG_INTERVAL_MS;
    this.#readUsage = options.readUsage ?? readProcessUsage;
    const own = this.#closing.signal;
    const signal = options.signal === undefined ? own : AbortSignal.any([options.signal, own]);
    this.#done = this.#run(signal);
  }

  /** Ends the measuring; nothing is recorded any more once this resolves. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const startMs = this.#clock.now();
    let last = { atMs: startMs, cpuMs: this.#readUsage().cpuMs };
    let dueMs = startMs + this.#loopLagIntervalMs;
    const wallOffsetMs = this.#clock.wallNow().getTime() - this.#clock.now();
    this.#loop?.open(startMs, { nextDueMs: dueMs, wallOffsetMs });
    for (;;) {
      await this.#clock.sleepUntil(dueMs, signal);
      if (signal.aborted) break;
      const nowMs = this.#clock.now();
      dueMs = this.#woken(nowMs, dueMs);
      if (nowMs - last.atMs >= USAGE_INTERVAL_MS) last = this.#recordUsage(last);
    }
    this.#loop?.close();
    const isShort = last.atMs === startMs;
    if (isShort && this.#clock.now() - startMs >= SHORTEST_USAGE_MS) this.#recordUsage(last);
  }

  /** Records how late every wake-up is that was due by now; when the next one is due. */
  #woken(nowMs: number, firstDueMs: number): number {
    let dueMs = firstDueMs;
    const tagged = this.#tags === undefined ? {} : { tags: this.#tags };
    for (; dueMs <= nowMs; dueMs += this.#loopLagIntervalMs) {
      // It is lag itself: nothing of it is to be taken away.
      this.#recorder.observeMs("loopLag", nowMs - dueMs, {
        atMs: dueMs,
        sinceMs: dueMs,
        ...tagged,
      });
    }
    this.#loop?.ran(nowMs, { dueMs: firstDueMs, nextDueMs: dueMs });
    return dueMs;
  }

  #recordUsage(last: { atMs: number; cpuMs: number }): { atMs: number; cpuMs: number } {
    const usage = this.#readUsage();
    const at = { atMs: this.#clock.now() };
    this.#recorder.gauge("cpuRatio", (usage.cpuMs - last.cpuMs) / (at.atMs - last.atMs), at);
    this.#recorder.gauge("rssBytes", usage.rssBytes, at);
    this.#recorder.gauge("heapUsedBytes", usage.heapUsedBytes, at);
    return { ...at, cpuMs: usage.cpuMs };
  }
}

/** This process's own readings. */
export function readProcessUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = Deno.memoryUsage();
  return { cpuMs: (user + system) / US_PER_MS, rssBytes: rss, heapUsedBytes: heapUsed };
}
