/**
 * How much CPU and memory does each component of the target use while it is under load? Reads at a
 * fixed pace and records gauges by component, so that a report can say which of them was at its end.
 * Knows nothing of where a reading comes from.
 * @module
 */

import { given } from "../../core/given.ts";
import { messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { Ticker } from "../../core/load/ticker.ts";
import type { Recorder } from "../../core/measure/recorder.ts";
import type { Tags } from "../../core/measure/sample.ts";
import type { Measures } from "../../core/run/measures.ts";

/** What only grows; of a part of it that is not told nothing is known. */
export interface ProcessTotals {
  readonly cpuSeconds?: number;
  /** Allocated since its start, what was freed again included. */
  readonly allocatedBytes?: number;
  /** Periods of the CPU quota in which it ran, and those in which it was held back. */
  readonly periods?: number;
  readonly throttledPeriods?: number;
}

/** One reading. */
export interface Usage {
  /** As they are now; what the source does not tell is undefined. */
  readonly levels: {
    readonly cpuCores?: number | undefined;
    readonly memoryBytes?: number | undefined;
    readonly goroutines?: number | undefined;
    /** Of allocated objects, those included that the next collection frees. */
    readonly heapBytes?: number | undefined;
  };
  /** By process or container: the totals of one are never compared with another's. */
  readonly totals?: ReadonlyMap<string, ProcessTotals>;
}

export interface Component {
  /** E.g. `authorino`: the tag; several sources of one component have the same. */
  readonly name: string;
  /** What tells it from others of that name. */
  readonly tags?: Tags;
  /** @throws {OperationFailedError} */
  readonly read: (signal: AbortSignal) => Promise<Usage>;
}

interface UsageWatchOptions {
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** From one reading to the next; one that takes longer lets the next ones fall out. */
  readonly periodMs: number;
  /** Takes the first failure of each source. */
  readonly warn: (message: string) => void;
  /** Sees each reading; undefined: it failed. */
  readonly onRead?: (component: Component, usage: Usage | undefined) => void;
}

const GAUGES = {
  cpuCores: "componentCpuCores",
  memoryBytes: "componentMemoryBytes",
  goroutines: "componentGoroutines",
  heapBytes: "componentHeapBytes",
  throttledRatio: "componentThrottledRatio",
} as const;
type Level = keyof typeof GAUGES;
const FAILURES = "componentFailures";

/** What {@link watchUsage} records of these components. */
export function usageMeasures(components: readonly Pick<Component, "name" | "tags">[]): Measures {
  return {
    counters: components.map((component) => ({ name: FAILURES, tags: tagsOf(component) })),
    others: components.length === 0 ? [] : Object.values(GAUGES),
  };
}

/** Of all that is recorded of a component. */
export function tagsOf({ name, tags }: Pick<Component, "name" | "tags">): Tags {
  return { ...tags, component: name };
}

/**
 * Gauges `componentCpuCores`, `componentMemoryBytes`, `componentGoroutines`, `componentHeapBytes` and
 * `componentThrottledRatio`, counter `componentFailures`, all tagged with the component. Reads at
 * once, so that the second reading can tell a rate; dispose it to end it.
 */
export function watchUsage(
  components: readonly Component[],
  options: UsageWatchOptions,
): AsyncDisposable {
  const sources = components.map((component) => new Source(component, options));
  const look = () => sources.forEach((source) => source.look());
  look();
  const ticker = new Ticker(look, options);
  return {
    async [Symbol.asyncDispose]() {
      for (const source of sources) source.end();
      await ticker[Symbol.asyncDispose]();
      await Promise.all(sources.map(({ reading }) => reading));
    },
  };
}

class Source {
  readonly #component: Component;
  readonly #options: UsageWatchOptions;
  readonly #rates = new Rates();
  readonly #ending = new AbortController();
  #isReading = false;
  #hasFailed = false;
  /** The last one. */
  reading: Promise<void> = Promise.resolve();

  constructor(component: Component, options: UsageWatchOptions) {
    this.#component = component;
    this.#options = options;
  }

  look(): void {
    if (this.#isReading || this.#ending.signal.aborted) return;
    this.#isReading = true;
    this.reading = this.#read().finally(() => this.#isReading = false);
  }

  end(): void {
    this.#ending.abort();
  }

  async #read(): Promise<void> {
    const { recorder, clock, onRead } = this.#options;
    const tags = tagsOf(this.#component);
    try {
      const usage = await this.#component.read(this.#ending.signal);
      const atMs = clock.now();
      const levels = { ...usage.levels, ...this.#rates.since(usage.totals, atMs) };
      for (const [level, value] of Object.entries(levels)) {
        if (value !== undefined) recorder.gauge(GAUGES[level as Level], value, { atMs, tags });
      }
      onRead?.(this.#component, usage);
    } catch (thrown) {
      if (this.#ending.signal.aborted) return;
      recorder.count(FAILURES, 1, { atMs: clock.now(), tags });
      onRead?.(this.#component, undefined);
      this.#warn(thrown);
    }
  }

  #warn(thrown: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const { name } = this.#component;
    this.#options.warn(`CPU and memory of ${name} could not be read: ${messageOf(thrown)}`);
  }
}

/** A process that has not been read for so long is taken to be gone. */
const FORGOTTEN_MS = 600_000;

/** Turns what only grows into what it grew by. */
class Rates {
  readonly #before = new Map<string, { totals: ProcessTotals; atMs: number }>();

  /** Undefined where nothing can be compared: at a first reading, and after a counter began anew. */
  since(
    totals: ReadonlyMap<string, ProcessTotals> | undefined,
    atMs: number,
  ): { cpuCores?: number; throttledRatio?: number } {
    let cpuCores: number | undefined;
    let [periods, throttled] = [0, 0];
    for (const [process, now] of totals ?? []) {
      const before = this.#before.get(process);
      this.#before.set(process, { totals: now, atMs });
      if (before === undefined || atMs <= before.atMs) continue;
      const seconds = (atMs - before.atMs) / 1_000;
      const cpu = growth(before.totals.cpuSeconds, now.cpuSeconds);
      if (cpu !== undefined) cpuCores = (cpuCores ?? 0) + cpu / seconds;
      const ran = growth(before.totals.periods, now.periods);
      const held = growth(before.totals.throttledPeriods, now.throttledPeriods);
      if (ran !== undefined && held !== undefined) {
        [periods, throttled] = [periods + ran, throttled + held];
      }
    }
    this.#forget(atMs);
    return {
      ...given({ cpuCores }),
      ...(periods === 0 ? {} : { throttledRatio: throttled / periods }),
    };
  }

  #forget(nowMs: number): void {
    for (const [process, { atMs }] of this.#before) {
      if (nowMs - atMs > FORGOTTEN_MS) this.#before.delete(process);
    }
  }
}

function growth(before: number | undefined, now: number | undefined): number | undefined {
  return before === undefined || now === undefined || now < before ? undefined : now - before;
}
