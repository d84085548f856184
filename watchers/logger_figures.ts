/**
 * What a logger's turns and its informers' doings come to in the report: counters, latencies, and
 * whether the clocks can be trusted. Never decides when anything happens.
 * @module
 */

import { Histogram } from "../core/measure/histogram.ts";
import { US_PER_MS } from "../core/measure/recorder.ts";
import type { FailureReason } from "../core/measure/sample.ts";
import type { Run } from "../core/run/run.ts";
import { formatDuration, formatSignificant } from "../core/units.ts";
import type { ReflectorActivity } from "../kube/watch/reflector.ts";
import type { Turn } from "./object_log.ts";
import { type Counter, Tally } from "./tally.ts";

/** Latencies are at most a clock's millisecond off: more negative ones than this are no chance. */
const BEARABLE_NEGATIVE_RATIO = 0.01;

const TAGS_OF = { create: { op: "create" }, update: { op: "update" } } as const;

/**
 * The counters by their names in the report. Of every row but those of the first list:
 * `rows` = `creates` + `updates` + `deletes` + `duplicates`; `collapsed` are the rows of any kind
 * with other than one notification.
 */
export class LoggerFigures {
  readonly #run: Run;
  readonly #levelsAddUp: boolean;
  readonly #tally = new Tally();
  readonly #latencies = new Histogram();
  #negativeLatencies = 0;
  readonly #rows = this.#tally.counter("rows");
  readonly #op = {
    create: this.#tally.counter("creates"),
    update: this.#tally.counter("updates"),
    delete: this.#tally.counter("deletes"),
  };
  readonly #duplicates = this.#tally.counter("duplicates");
  readonly #collapsed = this.#tally.counter("collapsed");
  readonly #notifications = this.#tally.counter("notifications");
  readonly #negative = this.#tally.counter("negativeLatencies");
  readonly #unreadable = this.#tally.counter("unreadableTimestamps");
  readonly #lists = this.#tally.counter("lists");
  readonly #relists = this.#tally.counter("relists");
  readonly #watches = this.#tally.counter("watches");
  readonly #bookmarks = this.#tally.counter("bookmarks");
  readonly #failures = new Map<FailureReason, Counter>();

  /** @param options as `ObserverOptions` has it */
  constructor(run: Run, { seesOwn }: { seesOwn: boolean }) {
    this.#run = run;
    this.#levelsAddUp = seesOwn;
  }

  /** A turn; one before the run's beginning counts for nothing, nor does one of the first list. */
  turn(turn: Turn): void {
    if (!this.#run.hasBegun || turn.isInitial) return;
    const { at, row, latency, queueDelayMs, notifications } = turn;
    const { recorder } = this.#run;
    this.#rows.value++;
    this.#notifications.value += notifications;
    if (notifications !== 1) this.#collapsed.value++;
    if (turn.isDuplicate) this.#duplicates.value++;
    else this.#op[row.op].value++;
    if (turn.hasUnreadableTimestamp) this.#unreadable.value++;
    const atMs = at.nowMs;
    if (queueDelayMs !== undefined) recorder.observeMs("queueDelay", queueDelayMs, { atMs });
    if (latency === undefined) return;
    const { op, latencyMs, notificationDelayMs } = latency;
    recorder.observeMs(op === "create" ? "createLatency" : "updateLatency", latencyMs, { atMs });
    recorder.observeMs("notificationDelay", notificationDelayMs, { atMs, tags: TAGS_OF[op] });
    this.#latencies.record(latencyMs * US_PER_MS);
    if (latencyMs >= 0) return;
    this.#negative.value++;
    this.#negativeLatencies++;
  }

  activity(activity: ReflectorActivity): void {
    switch (activity.kind) {
      case "listed":
        this.#lists.value++;
        if (activity.isRelist) this.#relists.value++;
        break;
      case "watching":
        this.#watches.value++;
        break;
      case "bookmark":
        this.#bookmarks.value++;
        break;
      case "expired":
        this.#failed("expired");
        break;
      case "failed":
        this.#failed(activity.error.reason);
        break;
      case "event":
      case "closed":
        break;
    }
  }

  #failed(reason: FailureReason): void {
    let counter = this.#failures.get(reason);
    if (counter === undefined) {
      counter = this.#tally.counter("watchFailures", { reason });
      this.#failures.set(reason, counter);
    }
    counter.value++;
  }

  /** Hands the counters over, and takes the readings of two levels. */
  flush(levels: { readonly observedPopulation: number; readonly queueLength: number }): void {
    const { recorder, clock, hasBegun } = this.#run;
    if (!hasBegun) return;
    this.#tally.flush(this.#run);
    const at = { atMs: clock.now(), addsUp: this.#levelsAddUp };
    for (const [name, level] of Object.entries(levels)) recorder.gauge(name, level, at);
  }

  /** What the latencies say about the clocks, if they say something. */
  clockWarning(): { readonly code: string; readonly message: string } | undefined {
    const { count, min } = this.#latencies;
    if (count === 0) return undefined;
    const medianMs = this.#latencies.valueAt(0.5) / US_PER_MS;
    const ratio = this.#negativeLatencies / count;
    if (ratio <= BEARABLE_NEGATIVE_RATIO && medianMs >= 0) return undefined;
    const leastSkew = formatDuration(-min / US_PER_MS);
    return {
      code: "clock-skew",
      message: `${formatSignificant(ratio * 100)} % of ${count} latencies are negative (median ` +
        `${
          formatDuration(medianMs)
        }): this machine's clock is at least ${leastSkew} behind the one that ` +
        "wrote the timestamps, and every latency is too short by that; synchronise the clocks, or " +
        "run both programs on one machine",
    };
  }
}
