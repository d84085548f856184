/**
 * What generators log, as records of the one run: figures of each with its number and on the run's time,
 * what all of them say once, and nothing of what only the coordinator can know (stages, the end).
 * @module
 */

import type { Interval } from "../../measure/interval.ts";
import { LevelSums } from "../../measure/level_sums.ts";
import type { Mark, RunLogRecord, Warning } from "../../run_log/record.ts";
import type { Run } from "../run.ts";
import type { Member } from "./member.ts";
import { namesOf, SaidOnce } from "./said_once.ts";

/** For how many the live line and `--json-stream` wait for who is behind; nothing waits in the log. */
const PATIENCE_SECONDS = 3;

interface TakenOverOptions {
  readonly generators: number;
  /** The only generator begins stages of its own, which are the run's. */
  readonly takesStages: boolean;
  /** Numbers of those that are not lost, */
  readonly present: () => ReadonlySet<number>;
  /** and of those among them of whom more is to come. */
  readonly expected: () => ReadonlySet<number>;
}

type ArrivalsOver = Extract<RunLogRecord, { type: "arrivalsOver" }>;
type OfStages = Extract<RunLogRecord, { type: "stage" | "stageOver" }>;

export class TakenOver {
  readonly #run: Run;
  readonly #options: TakenOverOptions;
  readonly #saidOnce = new SaidOnce();
  readonly #levels: LevelSums;
  /** By stage, who has told that its arrivals are over, and when the last of them were. */
  readonly #arrivalsOver = new Map<number | undefined, { by: Set<number>; lastMs: number }>();

  constructor(run: Run, options: TakenOverOptions) {
    this.#run = run;
    this.#options = options;
    this.#levels = new LevelSums(options.generators);
  }

  take(member: Member, records: readonly RunLogRecord[]): void {
    const intervals = records.flatMap((record) =>
      record.type === "interval" ? record.interval : []
    );
    if (intervals.length > 0) this.#measured(member, intervals);
    for (const record of records) this.#said(member, record);
  }

  /** A line for the user. */
  say(member: Member, line: string, say: (line: string) => void): void {
    this.#once(member, `said ${line}`, (who) => say(who === "" ? line : `${who}: ${line}`));
  }

  /** Says what has waited long enough for the others, by default all. */
  flush(nowMs?: number): void {
    this.#saidOnce.flush(nowMs);
  }

  /** Nothing more is to come of it. */
  end({ index }: Member): void {
    this.#takeLevels(this.#levels.end(index));
  }

  /** Notes that nothing of a generator is known from then on, or up to its next interval. */
  missing(member: Member, untilMs: number): void {
    const { gapWhy: why, intervalEndMs: fromMs, index: generator } = member;
    if (why === undefined) return;
    member.gapWhy = undefined;
    const event = { kind: "missing", fromMs, untilMs: Math.max(fromMs, untilMs), why } as const;
    member.missingMs += event.untilMs - fromMs;
    this.#run.note({ type: "generator", generator, event });
  }

  #measured(member: Member, intervals: readonly Interval[]): void {
    const { index: generator, laterMs } = member;
    this.missing(member, Math.min(...intervals.map(({ startMs }) => startMs)) + laterMs);
    const ends = intervals.map(({ endMs }) => endMs + laterMs);
    member.intervalEndMs = Math.max(member.intervalEndMs, ...ends);
    const own = intervals.map((interval) => ofGenerator(interval, { generator, laterMs }));
    this.#run.absorb(own.map((interval) => ({ type: "interval", interval })));
    this.#takeLevels(own.flatMap((interval) => this.#levels.add(interval)));
  }

  #takeLevels(levels: readonly Interval[]): void {
    const run = this.#run;
    run.absorb(levels.map((interval) => ({ type: "interval", interval })));
    const { toldSeconds, foremostSeconds } = this.#levels;
    run.latest.toldSeconds = Math.max(toldSeconds, foremostSeconds - PATIENCE_SECONDS);
  }

  #said(member: Member, record: RunLogRecord): void {
    switch (record.type) {
      case "warning":
        return this.#warned(member, record.warning);
      case "finding":
        return this.#found(member, record);
      case "fact":
        return this.#once(
          member,
          JSON.stringify(record),
          (who) => this.#run.addFact(ofWhom(record.name, who), record.value),
        );
      case "mark":
        return this.#marked(member, record.mark);
      case "table":
        return this.#run.note({ ...record, from: `${namesOf([member.index])} ${record.from}` });
      case "disqualified":
        return this.#run.note(record);
      case "arrivalsOver":
        return this.#arrivalsAreOver(member, record);
      case "stage":
      case "stageOver":
        if (this.#options.takesStages) this.#followStage(member, record);
    }
  }

  #warned(member: Member, { code, message }: Warning): void {
    this.#once(
      member,
      `${code}: ${message}`,
      (who) => this.#run.warn(code, who === "" ? message : `Of ${who}: ${message}`),
    );
  }

  #found(member: Member, record: Extract<RunLogRecord, { type: "finding" }>): void {
    const { finding } = record;
    this.#once(
      member,
      JSON.stringify(record),
      (who) =>
        this.#run.note({
          ...record,
          finding: { ...finding, subject: ofWhom(finding.subject, who) },
        }),
    );
  }

  /** The same moment is one that is in the same second. */
  #marked(member: Member, { label, atMs }: Mark): void {
    const shiftedMs = atMs + member.laterMs;
    this.#once(
      member,
      `mark ${label} ${Math.round(atMs / 1_000)}`,
      (who) =>
        this.#run.note({ type: "mark", mark: { atMs: shiftedMs, label: ofWhom(label, who) } }),
    );
  }

  #followStage({ laterMs }: Member, record: OfStages): void {
    const run = this.#run;
    if (record.type === "stage") {
      const { stage, fromMs, untilMs } = record;
      const until = untilMs === undefined ? {} : { untilMs: untilMs + laterMs };
      run.enter(stage, { fromMs: fromMs + laterMs, ...until });
      return;
    }
    const atMs = record.atMs + laterMs;
    this.flush();
    run.leave(atMs);
    run.closeStage(record.index, { atMs, isDone: record.isDone === true });
  }

  #once(member: Member, key: string, emit: (who: string) => void): void {
    const of = this.#options.present();
    this.#saidOnce.take(member.index, { key, of, nowMs: this.#run.clock.now(), emit });
  }

  /** Those of the whole are when the last generator's are. */
  #arrivalsAreOver({ index, laterMs }: Member, record: ArrivalsOver): void {
    let over = this.#arrivalsOver.get(record.stage);
    if (over === undefined) {
      this.#arrivalsOver.set(record.stage, over = { by: new Set(), lastMs: 0 });
    }
    over.by.add(index);
    over.lastMs = Math.max(over.lastMs, record.atMs + laterMs);
    const { by, lastMs } = over;
    if (![...this.#options.expected()].every((one) => by.has(one))) return;
    this.#run.note({ ...record, atMs: lastMs });
  }
}

/** On the time of the whole run. */
function ofGenerator(
  interval: Interval,
  { generator, laterMs }: { generator: number; laterMs: number },
): Interval {
  const { startMs, endMs } = interval;
  return { ...interval, generator, startMs: startMs + laterMs, endMs: endMs + laterMs };
}

/** What only some say, with who they are. */
function ofWhom(text: string, who: string): string {
  return who === "" ? text : `${text} (${who})`;
}
