/**
 * One client of route-change: asks one data plane back to back over one kind of connection, and counts
 * what was not the route's. Makes no change.
 * @module
 */

import type { Tags } from "../../../core/measure/sample.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { formatDuration } from "../../../core/units.ts";
import { type Answer, classOf, type Expected } from "../answers/answer.ts";
import { ClosedLoop } from "../answers/closed_loop.ts";
import type { Asker } from "../answers/data_plane.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { ChangeProgress } from "./change_progress.ts";
import type { ChangingRoute } from "./changing_route.ts";
import {
  FAILED_ANSWERS,
  FAILURE_AFTER_CHANGE,
  FAILURE_BURST,
  LONGEST_GAP,
  RECONNECTS,
  STALE_ANSWERS,
} from "./measured.ts";

const MOST_EXAMPLES = 3;

export interface ClientOptions {
  readonly asker: Asker;
  readonly route: ChangingRoute;
}

/** See the module. */
export class Client {
  readonly progress: ChangeProgress;
  readonly tags: Tags;
  readonly #stage: RunStage;
  readonly #options: ClientOptions;
  readonly #expected: Expected;
  readonly #examples: string[] = [];
  #failures = 0;
  #bursts = 0;
  #longestBurstMs = 0;
  /** When the first failure came since the last good answer. */
  #burstFromMs: number | undefined;
  #requests = 0;
  #latest: { readonly change: number; readonly sentMs: number } | undefined;

  constructor(stage: RunStage, options: ClientOptions) {
    const { asker, route } = options;
    this.#stage = stage;
    this.#options = options;
    this.tags = asker.tags;
    this.progress = new ChangeProgress((answer) => route.changeOf(answer));
    const accepts = (answer: Answer) => this.progress.standingOf(answer) !== "failed";
    this.#expected = { ...route.expected, accepts };
  }

  /** For people. */
  get name(): string {
    const { gateway, connection } = this.tags;
    return `${gateway} (${connection})`;
  }

  /** A change is on its way: the data plane may have it before the API answers. */
  sent(change: number, sentMs: number): void {
    this.progress.sent(change);
    this.#latest = { change, sentMs };
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { asker, route: { host, path } } = this.#options;
    const loop = new ClosedLoop(this.#stage, {
      asker,
      host,
      path,
      expected: this.#expected,
      onAnswer: (answer) => this.#take(answer),
    });
    const seen = await outcomeOf(this.#stage, loop.run(signal));
    this.#endBurst(this.#stage.clock.now());
    if (seen === undefined) return;
    const { recorder } = this.#stage;
    const { longestGapMs, longestGapFromMs: sinceMs, connections } = seen;
    const atMs = sinceMs + longestGapMs;
    recorder.observeMs(LONGEST_GAP, longestGapMs, { atMs, sinceMs, tags: this.tags });
    if (asker.connection !== "kept") return;
    recorder.count(RECONNECTS, Math.max(0, connections - 1), { atMs, tags: this.tags });
  }

  /** How many there were, and what the first ones of bursts were; undefined: none. */
  failuresText(): string | undefined {
    if (this.#failures === 0) return undefined;
    const more = this.#bursts > MOST_EXAMPLES ? ", ..." : "";
    const bursts = this.#bursts === 1 ? "1 burst" : `${this.#bursts} bursts`;
    return `${this.#failures} of ${this.#requests} requests, in ${bursts} of at most ${
      formatDuration(this.#longestBurstMs)
    }: ${this.#examples.join(", ")}${more}`;
  }

  #take(answer: Answer): void {
    this.#requests++;
    const { recorder } = this.#stage;
    const { atMs } = answer;
    const standing = this.progress.take(answer);
    if (standing !== "failed") this.#endBurst(atMs);
    if (standing === "good") return;
    if (standing === "stale") return recorder.count(STALE_ANSWERS, 1, { atMs, tags: this.tags });
    this.#failures++;
    const isFirstOfBurst = this.#burstFromMs === undefined;
    this.#burstFromMs ??= atMs;
    const [answerClass, body] = [classOf(answer, this.#expected), bodyOf(answer)];
    const tags = { ...this.tags, answer: answerClass, body };
    recorder.count(FAILED_ANSWERS, 1, { atMs, tags });
    const sinceMs = this.#latest?.sentMs;
    if (sinceMs !== undefined) {
      recorder.observeMs(FAILURE_AFTER_CHANGE, atMs - sinceMs, { atMs, tags: this.tags });
    }
    if (isFirstOfBurst && this.#examples.length < MOST_EXAMPLES) {
      this.#examples.push(`${answerClass} (${BODY_TEXT[body]}) ${this.#whenText(atMs)}`);
    }
  }

  #endBurst(atMs: number): void {
    const sinceMs = this.#burstFromMs;
    if (sinceMs === undefined) return;
    this.#burstFromMs = undefined;
    const burstMs = atMs - sinceMs;
    this.#bursts++;
    this.#longestBurstMs = Math.max(this.#longestBurstMs, burstMs);
    this.#stage.recorder.observeMs(FAILURE_BURST, burstMs, { atMs, sinceMs, tags: this.tags });
  }

  #whenText(atMs: number): string {
    if (this.#latest === undefined) return "before the first change";
    const { change, sentMs } = this.#latest;
    return `${formatDuration(atMs - sentMs)} after change ${change}`;
  }
}

const BODY_TEXT = { none: "no answer", empty: "empty body", text: "with a body" } as const;

function bodyOf(answer: Answer): keyof typeof BODY_TEXT {
  if (answer.kind === "failed") return "none";
  return answer.bodyHead === "" ? "empty" : "text";
}
