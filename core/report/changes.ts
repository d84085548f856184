/**
 * What was changed of a run while it went, as its log has it: what that was in words, which time was
 * paused and what load was asked for. Times are ms since the run's start.
 * @module
 */

import * as z from "zod";
import { Change, changeText } from "../run_log/change.ts";
import type { Mark, RunLogRecord } from "../run_log/record.ts";
import { printable } from "../say.ts";
import { formatDuration } from "../units.ts";
import { columns, formatTable } from "./table.ts";

/** One change; a pause and its end are one. */
export const ToldChange = z.object({
  atMs: z.number().describe("since the run's start, when it was in force"),
  untilMs: z.number().nullable().describe("of a pause: when it was over; null: of any other"),
  what: z.string().describe("e.g. rate 50/s -> 200/s, paused 4s"),
  by: z.string().describe("who asked for it, e.g. ctl"),
  change: Change,
});
export type ToldChange = z.infer<typeof ToldChange>;

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

type ChangeRecord = Extract<RunLogRecord, { type: "change" }>;

/** See the module. */
export class Changes {
  readonly #records: ChangeRecord[] = [];

  add(record: ChangeRecord): void {
    this.#records.push(record);
  }

  /** When it was paused, if it has not been resumed since; undefined: it is not paused. */
  get pausedSinceMs(): number | undefined {
    const last = this.#records.findLast(({ change: { kind } }) =>
      kind === "pause" || kind === "resume"
    );
    return last?.change.kind === "pause" ? last.atMs : undefined;
  }

  /** @param endMs of the load, or of what is known of it */
  told(endMs: number): ToldChange[] {
    return this.#records.flatMap((record, index): ToldChange[] => {
      const { atMs, change, was, by } = record;
      if (change.kind === "resume") return [];
      if (change.kind !== "pause") {
        return [{ atMs, untilMs: null, what: changeText(change, was), by, change }];
      }
      const untilMs = Math.max(atMs, this.#resumedMs(index) ?? endMs);
      const what = `${changeText(change)} ${formatDuration(Math.round(untilMs - atMs))}`;
      return [{ atMs, untilMs, what, by, change }];
    });
  }

  /** How much of that time was paused. */
  pausedMs({ fromMs, toMs }: Span): number {
    return this.#records.reduce((sum, { atMs, change: { kind } }, index) => {
      if (kind !== "pause") return sum;
      const untilMs = this.#resumedMs(index) ?? Infinity;
      return sum + Math.max(0, Math.min(untilMs, toMs) - Math.max(atMs, fromMs));
    }, 0);
  }

  /** The mean of the rates asked for in that time, without pauses. @param firstPerSec before any change */
  meanRatePerSec(firstPerSec: number, { fromMs, toMs }: Span): number {
    const runningMs = (span: Span) => Math.max(0, span.toMs - span.fromMs - this.pausedMs(span));
    let perSec = firstPerSec;
    let sinceMs = fromMs;
    let asked = 0;
    for (const { atMs, change } of this.#records) {
      if (change.kind !== "rate" || atMs >= toMs) continue;
      const untilMs = Math.max(sinceMs, atMs);
      asked += perSec * runningMs({ fromMs: sinceMs, toMs: untilMs });
      perSec = change.ratePerSec;
      sinceMs = untilMs;
    }
    asked += perSec * runningMs({ fromMs: sinceMs, toMs });
    const allMs = runningMs({ fromMs, toMs });
    return allMs > 0 ? asked / allMs : perSec;
  }

  #resumedMs(index: number): number | undefined {
    return this.#records.slice(index).find(({ change: { kind } }) => kind === "resume")?.atMs;
  }
}

/** As the charts mark it. */
export function markOf({ atMs, what, by, change }: ToldChange): Mark {
  return { atMs, label: change.kind === "mark" ? change.text : `${what} by ${by}` };
}

/** For a terminal; none without a change. */
export function changeLines(changes: readonly ToldChange[]): string[] {
  if (changes.length === 0) return [];
  return formatTable(
    columns(">AT", "CHANGE", "BY"),
    changes.map(({ atMs, what, by }) =>
      [formatDuration(Math.round(atMs)), what, by].map(printable)
    ),
  );
}
