/** Pods that another process has started, as generators: what they tell, and no orders. @module */

import type {
  GeneratorEvents,
  GeneratorHost,
  GeneratorsToldOf,
} from "../../core/generators/host.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ClusterReader } from "../cluster.ts";
import type { HttpCluster } from "../http/http_cluster.ts";
import { laneOf, POD_SILENCE_MS } from "./pod_host.ts";
import { PodLives } from "./pod_lives.ts";
import { INDEX_LABEL } from "./pod_objects.ts";
import { podTelling } from "./pod_telling.ts";

interface AttachedOptions {
  readonly place: GeneratorsToldOf;
  readonly runId: string;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Whether a pod that is lost is replaced. */
  readonly isReplaced: boolean;
}

/** See the module. */
export class AttachedPods implements GeneratorHost {
  readonly place: GeneratorsToldOf;
  readonly orderWithinMs = 0;
  readonly silenceMs = POD_SILENCE_MS;
  readonly #source: ClusterReader & Pick<HttpCluster, "lines">;
  readonly #options: AttachedOptions;
  #lives: PodLives | undefined;

  constructor(source: ClusterReader & Pick<HttpCluster, "lines">, options: AttachedOptions) {
    this.#source = source;
    this.#options = options;
    this.place = options.place;
  }

  async start(events: GeneratorEvents, signal: AbortSignal): Promise<void> {
    const { place: { found: { namespace = "" }, count }, runId, clock, rng, isReplaced } =
      this.#options;
    const lives = await PodLives.open(this.#source, {
      namespace,
      runId,
      clock,
      rng,
      signal,
      laneOf: (index) => laneOf(index, count),
      events: podTelling(events, (_, { isOrderly }) => isReplaced && !isOrderly),
    });
    this.#lives = lives;
    const there = new Set(lives.pods.map(({ metadata }) => metadata.labels?.[INDEX_LABEL]));
    for (let index = 0; index < count; index++) {
      if (there.has(String(index))) continue;
      const why = "its pod is not there any more";
      events.onEnd(index, { isOrderly: false, why, isReplaced: false });
    }
  }

  send(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#lives?.[Symbol.asyncDispose]();
  }
}
