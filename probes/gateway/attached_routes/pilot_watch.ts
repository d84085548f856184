/**
 * Does a route that is there all the time go on being served while others come and go? Asks for the
 * first route of each Gateway at a slow pace, each time over a fresh connection, and tells apart
 * whether the Gateway went on counting meanwhile: a data plane that loses its configuration from a
 * controller that forgets its routes. A lapse that is shorter than the pace may be missed.
 * @module
 */

import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import { classOf, matches } from "../answers/answer.ts";
import type { Asker } from "../answers/data_plane.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import { outcomeOf } from "../frame/outcome.ts";
import type { Pilot } from "../frame/pilots.ts";
import { LAPSES } from "./faults.ts";

const INTERVAL_MS = 100;

export interface PilotWatchOptions {
  readonly run: Pick<Run, "clock" | "stopping" | "aborted" | "warn"> & {
    readonly recorder: Pick<Recorder, "count">;
  };
  readonly pilot: Pilot;
  /** Over fresh connections. */
  readonly asker: Pick<Asker, "ask">;
  readonly count: { readonly gateway: Pick<SceneGateway, "tag">; readonly isLost: boolean };
}

/** One time without a good answer, from the first other one on. */
interface Lapse {
  readonly fromMs: number;
  readonly answerClass: string;
  readonly isCounted: boolean;
}

/** See the module. Dispose it to end it, and to have the lapses told. */
export class PilotWatch implements AsyncDisposable {
  readonly #options: PilotWatchOptions;
  readonly #over = new AbortController();
  readonly #ended: Promise<unknown>;
  #lapse: Lapse | undefined;
  #lapses = 0;
  #longestMs = 0;
  #example: Lapse | undefined;

  constructor(options: PilotWatchOptions) {
    this.#options = options;
    const { stopping, aborted } = options.run;
    const signal = AbortSignal.any([this.#over.signal, stopping]);
    this.#ended = outcomeOf({ stopping: signal, aborted }, this.#watch(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#ended;
    this.#end(this.#options.run.clock.now());
    this.#say();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { run: { clock }, pilot: { host, expected }, asker } = this.#options;
    while (!signal.aborted) {
      const answer = await asker.ask({ host, path: expected.path, signal });
      if (matches(answer, expected)) this.#end(answer.atMs);
      else this.#go({ fromMs: answer.atMs, answerClass: classOf(answer, expected) });
      await clock.sleepUntil(answer.askedMs + INTERVAL_MS, signal);
    }
  }

  #go({ fromMs, answerClass }: Pick<Lapse, "fromMs" | "answerClass">): void {
    const { isCounted, ...began } = this.#lapse ?? { fromMs, answerClass, isCounted: true };
    this.#lapse = { ...began, isCounted: isCounted && !this.#options.count.isLost };
  }

  #end(atMs: number): void {
    if (this.#lapse === undefined) return;
    const { run, count } = this.#options;
    const lapse = this.#lapse;
    this.#lapse = undefined;
    const tags = { gateway: count.gateway.tag, counted: lapse.isCounted ? "yes" : "no" };
    run.recorder.count(LAPSES, 1, { atMs: lapse.fromMs, tags });
    this.#lapses++;
    this.#example ??= lapse;
    this.#longestMs = Math.max(this.#longestMs, atMs - lapse.fromMs);
  }

  #say(): void {
    if (this.#example === undefined) return;
    const { run, count } = this.#options;
    const { answerClass, isCounted } = this.#example;
    run.warn(
      LAPSES,
      `The first route of Gateway ${count.gateway.tag}, which is there all the time, was not ` +
        `served ${this.#lapses} times, the longest for about ${
          formatDuration(this.#longestMs)
        }: ${answerClass}, while its listener ${
          isCounted ? "went on counting it" : "counted too few routes"
        }`,
    );
  }
}
