/**
 * The generators of a run as their coordinator sees them: takes what each tells, keeps account of how
 * far it is, and notices who is lost. Orders nothing.
 * @module
 */

import type { GeneratorEnd, GeneratorEvents } from "../../generators/host.ts";
import type { GeneratorLine, Told } from "../../generators/line.ts";
import type { Clock } from "../../load/clock.ts";
import type { GeneratorEvent } from "../../run_log/generator_event.ts";
import type { Say } from "../../say.ts";
import { formatDuration } from "../../units.ts";
import type { Run } from "../run.ts";
import { Member, type Over } from "./member.ts";
import { namesOf } from "./said_once.ts";
import { TakenOver } from "./taken_over.ts";

/** A generator tells something every few seconds. */
const SILENCE_MS = 30_000;

interface RosterOptions {
  readonly count: number;
  /** See {@link TakenOver}. */
  readonly takesStages: boolean;
  readonly say: Say;
  /** See {@link import("../../generators/host.ts").GeneratorHost.silenceMs}. */
  readonly silenceMs?: number;
}

type Begun = Extract<Told, { type: "begun" }>;

/** See the module. */
export class Roster {
  readonly members: readonly Member[];
  readonly takenOver: TakenOver;
  /** The calendar's time at which the load was ordered to begin. */
  startAtMs: number | undefined;
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #options: RosterOptions;
  /** Resolved, and made anew, whenever one of them is further than before. */
  #moved = Promise.withResolvers<void>();

  constructor(run: Run, options: RosterOptions) {
    this.#run = run;
    this.#clock = run.clock;
    this.#options = options;
    const { count, takesStages } = options;
    const nowMs = this.#clock.now();
    this.members = Array.from({ length: count }, (_, index) => new Member(index, nowMs));
    this.takenOver = new TakenOver(run, {
      generators: count,
      takesStages,
      present: () => numbersOf(this.members.filter(({ lostWhy }) => lostWhy === undefined)),
      expected: () => numbersOf(this.expected),
    });
  }

  /** Those of whom more is to come. */
  get expected(): Member[] {
    return this.members.filter(({ isExpected }) => isExpected);
  }

  get areAllLost(): boolean {
    return this.members.every(({ lostWhy }) => lostWhy !== undefined);
  }

  /** What the host of the generators tells. */
  events(): GeneratorEvents {
    const at = (index: number) => this.members[index];
    return {
      onLine: (line) => {
        const member = at(line.generator);
        if (member !== undefined) this.#heard(member, line);
      },
      onGap: (generator, why) => {
        const member = at(generator);
        if (member !== undefined) member.toldGap ??= why;
      },
      onEnd: (generator, end) => {
        const member = at(generator);
        if (member !== undefined) this.#ended(member, end);
      },
      say: this.#options.say,
    };
  }

  /** Looks who has said nothing for too long, and says what has waited long enough; once a second. */
  look(): void {
    const nowMs = this.#clock.now();
    this.takenOver.flush(nowMs);
    const silentFor = (limitMs: number) =>
      this.expected.filter(({ hasBegun, heardMs }) => hasBegun && nowMs - heardMs > limitMs);
    const limitMs = this.#silenceMs;
    const lost = silentFor(limitMs);
    for (const member of lost) {
      this.lose(member, `nothing was heard of it for ${formatDuration(limitMs)}`);
    }
    if (lost.length > 0) this.#move();
    const silent = silentFor(SILENCE_MS).filter(({ isSilent }) => !isSilent);
    for (const member of silent) member.isSilent = true;
    if (silent.length === 0) return;
    const who = namesOf(silent.map(numberOf));
    this.#options.say(
      `nothing is heard of ${who}, which is waited for up to ${formatDuration(limitMs)}`,
    );
  }

  /** Who interrupts a run does not wait for what may yet come. */
  get #silenceMs(): number {
    const isInterrupted = isOfSignal(this.#run.end?.reason ?? "");
    return isInterrupted ? SILENCE_MS : this.#options.silenceMs ?? SILENCE_MS;
  }

  /** Nothing more is expected of it, unless it is heard again. */
  lose(member: Member, why: string): void {
    if (member.lostWhy !== undefined) return;
    member.lostWhy = why;
    const run = this.#run;
    if (!run.hasBegun) return;
    this.takenOver.end(member);
    const share = `1 of ${this.members.length} shares of the load`;
    this.#options.say(`WARNING: ${nameOf(member)} is lost (${why}), and with it ${share}`);
    this.#note(member, { kind: "lost", atMs: run.elapsedMs, why });
    if (this.areAllLost) run.stop("failed");
  }

  /** @returns whether it is so; false: the time is over, or the signal has aborted */
  async until(
    isSo: () => boolean,
    { signal, limitMs = Infinity }: { signal?: AbortSignal; limitMs?: number } = {},
  ): Promise<boolean> {
    const ended = new AbortController();
    const given = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    let isLate = false;
    const late = this.#clock.sleepUntil(this.#clock.now() + limitMs, given)
      .then(() => isLate = true);
    try {
      while (!isSo()) {
        if (isLate) return false;
        await Promise.race([this.#moved.promise, late]);
      }
      return true;
    } finally {
      ended.abort();
      await late;
    }
  }

  #heard(member: Member, line: GeneratorLine): void {
    member.heardMs = this.#clock.now();
    member.isSilent = false;
    if (!member.accepts(line)) return;
    if (member.lostWhy !== undefined) this.#found(member);
    const { told } = line;
    switch (told.type) {
      case "records":
        return this.takenOver.take(member, told.records);
      case "said":
        return this.takenOver.say(member, told.line, this.#options.say);
      case "ready":
        member.isReady = true;
        member.clock = told.clock;
        this.#note(member, { kind: "ready", clock: told.clock });
        break;
      case "climbs":
        member.climbs = told;
        break;
      case "begun":
        this.#begun(member, told);
        break;
      case "answer":
        member.answers.set(told.order, told.error);
        break;
      case "rungDone":
        member.doneRung = told.order;
        break;
      case "over":
        this.#isOver(member, told);
    }
    this.#move();
  }

  #begun(member: Member, { atMs }: Begun): void {
    if (member.hasBegun) return;
    member.hasBegun = true;
    // A calendar is told in whole ms, so that it may seem to be too early.
    member.laterMs = Math.max(0, atMs - (this.startAtMs ?? atMs));
    this.#note(member, { kind: "begun", lateMs: member.laterMs });
  }

  #isOver(member: Member, over: Over): void {
    const run = this.#run;
    member.over = over;
    if (!run.hasBegun) return;
    this.takenOver.end(member);
    if (over.error !== undefined || over.end?.reason === "failed") run.stop("failed");
    else if (run.stopping.aborted) return;
    // It was told to end by others than us.
    else if (over.end === undefined || isOfSignal(over.end.reason)) {
      this.lose(member, over.end === undefined ? "it never began" : `it was ${over.end.reason}`);
    }
  }

  #ended(member: Member, { isOrderly, why, isReplaced }: GeneratorEnd): void {
    if (member.over !== undefined) return;
    if (isReplaced && !member.hasBegun) return this.#options.say(`${nameOf(member)}: ${why}; anew`);
    this.lose(member, isOrderly ? "what it told last did not arrive" : why);
    this.#move();
  }

  #found(member: Member): void {
    member.lostWhy = undefined;
    this.#options.say(`${nameOf(member)} is heard again`);
    this.#note(member, { kind: "found", atMs: this.#run.elapsedMs });
  }

  #note({ index: generator }: Member, event: GeneratorEvent): void {
    this.#run.note({ type: "generator", generator, event });
  }

  #move(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }
}

export function numberOf({ index }: Member): number {
  return index;
}

function numbersOf(members: readonly Member[]): ReadonlySet<number> {
  return new Set(members.map(numberOf));
}

/** As a sentence begins with it: `Generator 2`. */
export function nameOf({ index }: Member): string {
  const [first = "", ...rest] = namesOf([index]);
  return first.toUpperCase() + rest.join("");
}

function isOfSignal(reason: string): boolean {
  return ["interrupted", "terminated", "hung-up"].includes(reason);
}
