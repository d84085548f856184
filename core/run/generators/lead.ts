/**
 * Leads the generators of a run: lets them begin, climb, change and end together, and waits until all
 * of them are as far as they have to be. Nobody is waited for without an end.
 * @module
 */

import { CannotRunError, messageOf, UsageError } from "../../errors.ts";
import { given } from "../../given.ts";
import type { GeneratorHost } from "../../generators/host.ts";
import type { What } from "../../generators/order.ts";
import type { Clock } from "../../load/clock.ts";
import { Ticker } from "../../load/ticker.ts";
import type { Change } from "../../run_log/change.ts";
import type { Say } from "../../say.ts";
import { formatDuration } from "../../units.ts";
import type { Run } from "../run.ts";
import { CannotChangeError } from "../steering.ts";
import { clockWarnings } from "./clock_warnings.ts";
import { lossFindings } from "./loss_findings.ts";
import type { Climbs, Member } from "./member.ts";
import { nameOf, numberOf, Roster } from "./roster.ts";
import { namesOf } from "./said_once.ts";

const LOOK_PERIOD_MS = 1_000;
/** A change has to reach pods through the API server, and its answer to come back. */
const CHANGE_LIMIT_MS = 10_000;

interface LeadOptions {
  readonly host: GeneratorHost;
  readonly readyTimeoutMs: number;
  /** The only generator begins stages of its own, which are the run's. */
  readonly takesStages: boolean;
  readonly say: Say;
}

/** See the module. */
export class Lead {
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #options: LeadOptions;
  readonly #roster: Roster;
  #orders = 0;

  constructor(run: Run, options: LeadOptions) {
    this.#run = run;
    this.#clock = run.clock;
    this.#options = options;
    const { host: { place: { count }, silenceMs }, takesStages, say } = options;
    this.#roster = new Roster(run, { count, takesStages, say, ...given({ silenceMs }) });
  }

  /**
   * Starts them; dispose the result when nothing more is expected of them.
   * @throws {CannotRunError} if they cannot be had
   */
  async start(): Promise<AsyncDisposable> {
    const { host } = this.#options;
    await using starting = new AsyncDisposableStack();
    starting.use(
      new Ticker(() => this.#roster.look(), {
        clock: this.#clock,
        periodMs: LOOK_PERIOD_MS,
        atEnd: false,
      }),
    );
    starting.use(this.#passingOn());
    await host.start(this.#roster.events(), this.#run.stopping);
    return starting.move();
  }

  /** @returns the number of the order */
  async order(what: What): Promise<number> {
    const order = ++this.#orders;
    await this.#options.host.send({ order, what });
    return order;
  }

  /**
   * Waits until all are ready, and lets them begin. Resolves when they do, or when the run is stopped.
   * @throws {CannotRunError} before the load, if one of them cannot begin or is not ready in time
   */
  async begin(): Promise<void> {
    await this.#all((member) => member.isReady, "ready");
    if (this.#run.stopping.aborted) return;
    for (const message of clockWarnings(this.#roster.members)) this.#run.warn("clocks", message);
    for (const member of this.#roster.members) member.isReady = false;
    const nowMs = this.#clock.wallNow().getTime();
    const atMs = nowMs + this.#options.host.orderWithinMs;
    this.#roster.startAtMs ??= atMs;
    const dueMs = this.#clock.now() + atMs - nowMs;
    await this.order({ type: "begin", atMs });
    await this.#clock.sleepUntil(dueMs, this.#run.stopping);
  }

  /**
   * They have begun already, led by another coordinator.
   * @param startAtMs the calendar's time at which they were to
   */
  join(startAtMs: number): void {
    this.#roster.startAtMs = startAtMs;
  }

  /**
   * Has all of them change their load. Resolves when it is in force, or who does not answer had time
   * enough. An end goes its own way, and what is only noted is none of theirs.
   * @returns who of them has not told that it is in force; undefined: all have
   * @throws {CannotChangeError} if it is in force with none of them
   */
  async change(change: Change): Promise<string | undefined> {
    if (change.kind === "stop" || change.kind === "mark") return undefined;
    const order = await this.order({ type: "change", change });
    const isAnswered = ({ answers }: Member) => answers.has(order);
    const isDone = () => this.#roster.expected.every(isAnswered);
    await this.#roster.until(isDone, { limitMs: CHANGE_LIMIT_MS });
    // Who is silent has the order, or will: with him it comes into force, whenever he tells it.
    const silent = this.#roster.expected.filter((one) => !isAnswered(one)).map(numberOf);
    const answered = this.#roster.members.filter(isAnswered);
    const refused = answered.flatMap(({ index, answers }) => {
      const error = answers.get(order);
      answers.delete(order);
      return error === undefined ? [] : [`${namesOf([index])}: ${error}`];
    });
    if (refused.length > 0 && refused.length === answered.length + silent.length) {
      throw new CannotChangeError(refused[0]!);
    }
    if (silent.length === 0) return refused[0];
    return `${namesOf(silent)} did not answer in ${formatDuration(CHANGE_LIMIT_MS)}`;
  }

  /** How they climb, once all of them are at the foot of their ladder. @throws as {@link begin} */
  async climbing(): Promise<Climbs | undefined> {
    await this.#all((member) => member.climbs !== undefined, "ready");
    return this.#roster.members.find(({ climbs }) => climbs !== undefined)?.climbs;
  }

  /** Resolves when none has anything of the load of that rung under way. */
  async rungDone(order: number): Promise<void> {
    await this.#roster.until(() =>
      this.#roster.expected.every(({ doneRung }) => doneRung >= order)
    );
    this.#roster.takenOver.flush();
  }

  /**
   * Resolves when nothing more is to come of any of them.
   * @throws what broke the load of the first one that broke
   */
  async over(): Promise<void> {
    await this.#roster.until(() => this.#roster.expected.length === 0);
    const run = this.#run;
    this.#roster.takenOver.flush();
    for (const member of this.#roster.members) {
      this.#roster.takenOver.missing(member, run.elapsedMs);
    }
    for (const finding of lossFindings(this.#roster.members)) run.addFinding(finding);
    const ends = this.#roster.members.flatMap(({ over, laterMs }) =>
      over?.end === undefined ? [] : { ...over.end, atMs: over.end.atMs + laterMs }
    );
    if (ends.length > 0) {
      const isDuration = ends.every(({ reason }) => reason === "duration");
      run.stop(isDuration ? "duration" : "limit", Math.max(...ends.map(({ atMs }) => atMs)));
    }
    for (const { index, over } of this.#roster.members) {
      if (over?.error !== undefined) throw new Error(`${namesOf([index])}: ${over.error.message}`);
    }
    if (this.#roster.areAllLost) {
      throw new CannotRunError("All generators were lost");
    }
  }

  /** The run's stop and abort, as orders. */
  #passingOn(): Disposable {
    const run = this.#run;
    const over = new AbortController();
    const { signal } = over;
    const order = (what: What) =>
      void this.order(what).catch((error) =>
        this.#options.say(`not told to end: ${messageOf(error)}`)
      );
    const stop = () => order({ type: "stop", reason: run.end?.reason ?? "limit" });
    const abort = () => order({ type: "abort" });
    run.stopping.addEventListener("abort", stop, { signal });
    run.aborted.addEventListener("abort", abort, { signal });
    return { [Symbol.dispose]: () => over.abort() };
  }

  /** Waits until it is so of all of whom anything is expected, or the run is stopped. */
  async #all(isSo: (member: Member) => boolean, what: string): Promise<void> {
    const run = this.#run;
    const { readyTimeoutMs } = this.#options;
    const isDone = () => {
      if (!run.hasBegun) this.#requireAll();
      return run.stopping.aborted || this.#roster.expected.every(isSo);
    };
    const signal = run.stopping;
    if (await this.#roster.until(isDone, { signal, limitMs: readyTimeoutMs })) return;
    if (signal.aborted) return;
    const late = this.#roster.expected.filter((member) => !isSo(member)).map(({ index }) => index);
    const limit = formatDuration(readyTimeoutMs);
    const text = `${namesOf(late)} not ${what} within ${limit} (--generators-timeout)`;
    if (!run.hasBegun) throw new CannotRunError(`Cannot begin: ${text}`);
    for (const index of late) {
      this.#roster.lose(this.#roster.members[index]!, `not ${what} within ${limit}`);
    }
  }

  /** @throws {UsageError | CannotRunError} if there is one that will not be there */
  #requireAll(): void {
    if (this.#run.stopping.aborted) return;
    const member = this.#roster.members.find(({ isExpected }) => !isExpected);
    if (member === undefined) return;
    const { over, lostWhy } = member;
    const { name, message } = over?.error ?? {};
    const why = message ?? lostWhy ?? "it ended before the load";
    const text = `${nameOf(member)} cannot begin: ${why}`;
    throw name === "UsageError" ? new UsageError(text) : new CannotRunError(text);
  }
}
