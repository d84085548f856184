/**
 * What parts of the installation tell of themselves while a run goes on: CPU and memory, and what they
 * count, read at a fixed pace. Decides nothing.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Measures } from "../../../core/run/measures.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { type Component, usageMeasures, watchUsage } from "../../../kube/component/usage.ts";
import { usageReader } from "../../../kube/component/usage_reader.ts";
import type { UsageSource } from "../../../kube/component/usage_source.ts";
import type { Part, PartSource } from "./component_flags.ts";
import { PART_EVENTS, type PartCounts, partCounts, type PartEvent } from "./part_events.ts";

/** Growth of what a part counts, tagged {component, event}. */
export const PART_EVENT = "componentEvents";
/** Questions that wait for the model, by its own account. */
export const WAITING = "waitingAtModel";

interface PartWatchOptions {
  readonly cluster: Cluster;
  readonly sources: readonly PartSource[];
  readonly periodMs: number;
}

export function partMeasures(sources: readonly PartSource[]): Measures {
  const components = sources.map(({ name }) => ({ name }));
  const { counters, others } = usageMeasures(components);
  return { counters, others: [...others, ...sources.length > 0 ? [PART_EVENT, WAITING] : []] };
}

/** See the module. Dispose it to end the readings. */
export function watchParts(run: Run, options: PartWatchOptions): AsyncDisposable {
  const { clock, recorder } = run;
  const books = new Map<UsageSource, EventBook>();
  const readerOf = usageReader({
    clock,
    cluster: options.cluster,
    onPage: (source, text) => books.get(source)?.take(text),
  });
  const components = options.sources.map(({ name: part, source }): Component => {
    const book = new EventBook(run, part);
    books.set(source, book);
    const read = readerOf(source);
    return { name: part, read: (signal) => readUsage(read(signal), book) };
  });
  return watchUsage(components, {
    clock,
    recorder,
    periodMs: options.periodMs,
    warn: (message) => run.warn("no-usage", message),
  });
}

/** A page that tells of no process is none the worse if it counts what is known here. */
async function readUsage(reading: ReturnType<Component["read"]>, book: EventBook) {
  try {
    return await reading;
  } catch (thrown) {
    const isOnlyCounts = thrown instanceof OperationFailedError && thrown.reason === "protocol";
    if (isOnlyCounts && book.hasCounts) return { levels: {} };
    throw thrown;
  }
}

/** Turns what one page counts into growth from reading to reading. */
class EventBook {
  readonly #run: Run;
  readonly #part: Part;
  #before: PartCounts | undefined;

  constructor(run: Run, part: Part) {
    this.#run = run;
    this.#part = part;
  }

  get hasCounts(): boolean {
    return this.#before !== undefined &&
      (this.#before.events.size > 0 || this.#before.waiting !== undefined);
  }

  take(page: string): void {
    const { clock, recorder } = this.#run;
    const counts = partCounts(this.#part, page);
    const atMs = clock.now();
    if (counts.waiting !== undefined) recorder.gauge(WAITING, counts.waiting, { atMs });
    for (const event of PART_EVENTS) {
      const growth = growthOf(event, this.#before, counts);
      if (growth === undefined) continue;
      const tags = { component: this.#part, event: event.event };
      recorder.count(PART_EVENT, growth, { atMs, tags });
    }
    this.#before = counts;
  }
}

/** Undefined: nothing can be compared, as at a first reading or after a restart. */
function growthOf(
  event: PartEvent,
  before: PartCounts | undefined,
  { events }: PartCounts,
): number | undefined {
  const now = events.get(event);
  if (before === undefined || now === undefined) return undefined;
  const growth = now - (before.events.get(event) ?? 0);
  return growth < 0 ? undefined : growth;
}
