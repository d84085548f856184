/**
 * Do all pods of a Job begin? Waits until they have, or until it is known that they will not: then it
 * says why in the words of the scheduler, the kubelet, or who refused to make them.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Say } from "../../core/say.ts";
import { formatDuration } from "../../core/units.ts";
import type { ClusterReader } from "../cluster.ts";
import { textOf } from "../fields.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import { EVENTS } from "../resource.ts";
import { createTrouble, endOf, hasBegun, type PodTrouble, troubleOf } from "./pod_end.ts";
import type { PodLives } from "./pod_lives.ts";
import { INDEX_LABEL } from "./pod_objects.ts";

interface BeginOptions {
  readonly reader: Pick<ClusterReader, "list">;
  readonly job: Required<ObjectRef>;
  readonly count: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: Say;
}

/** Nobody tells of a pod that was not made but an event. */
const EVENTS_PERIOD_MS = 1_000;

/** @throws {CannotRunError} if they do not @throws the signal's reason */
export async function untilPodsBegin(
  lives: Pick<PodLives, "pods" | "until">,
  options: BeginOptions,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const start = new Start(lives, options);
  const refused = start.untilRefused(signal);
  const begun = lives.until(() => start.look(), {
    timeoutMs: options.timeoutMs,
    signal,
    late: () => start.late(),
  });
  try {
    await Promise.race([begun, refused.then(() => begun)]);
  } finally {
    over.abort();
    await Promise.allSettled([begun, refused]);
  }
}

interface Trouble extends PodTrouble {
  /** The same of every pod that suffers from it, and said once. */
  readonly what: string;
}

/** One start of all pods. */
class Start {
  readonly #lives: Pick<PodLives, "pods">;
  readonly #options: BeginOptions;
  readonly #said = new Set<string>();
  /** What the Job's controller says of a pod that it may not make. */
  #refusal: PodTrouble | undefined;

  constructor(lives: Pick<PodLives, "pods">, options: BeginOptions) {
    this.#lives = lives;
    this.#options = options;
  }

  /** @throws {CannotRunError} if one of them never will */
  look(): true | undefined {
    const { begun, troubles } = this.#standing();
    if (begun >= this.#options.count) return true;
    const hopeless = troubles.find(({ isHopeless }) => isHopeless);
    if (hopeless !== undefined) throw notStarted(hopeless.why);
    for (const { what, why } of troubles) {
      if (this.#said.has(what)) continue;
      this.#said.add(what);
      this.#options.say(`waiting for pods: ${why}`);
    }
    return undefined;
  }

  late(): never {
    const { begun, troubles } = this.#standing();
    const { count, timeoutMs } = this.#options;
    const after = `${begun} of ${count} run after ${formatDuration(timeoutMs)} (--pods-timeout)`;
    throw notStarted(`${after}; ${troubles[0]?.why ?? "nothing tells why"}`);
  }

  /**
   * Does without what it may not see, or cannot now. Resolves when the signal aborts.
   * @throws {CannotRunError} if a pod may never be made
   */
  async untilRefused(signal: AbortSignal): Promise<void> {
    const { reader, job: { namespace, name }, clock } = this.#options;
    const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${name},reason=FailedCreate`;
    while (!signal.aborted) {
      await clock.sleepUntil(clock.now() + EVENTS_PERIOD_MS, signal);
      if (signal.aborted) return;
      try {
        const { items } = await reader.list(EVENTS, { namespace, fieldSelector, signal });
        const message = textOf(items.at(-1)?.["message"]);
        if (message !== undefined) this.#refusal = createTrouble(message);
      } catch (thrown) {
        if (signal.aborted) return;
        if (!(thrown instanceof OperationFailedError)) throw thrown;
      }
      this.look();
    }
  }

  /** How many places have a pod that has begun, and what the others suffer from. */
  #standing(): { readonly begun: number; readonly troubles: readonly Trouble[] } {
    const pods = this.#lives.pods;
    const placeOf = ({ metadata }: KubeObject) => metadata.labels?.[INDEX_LABEL];
    const begun = new Set(
      pods.filter((pod) => hasBegun(pod) || endOf(pod) !== undefined).map(placeOf),
    );
    const troubles = pods.filter((pod) => !begun.has(placeOf(pod))).flatMap((pod) => {
      const trouble = troubleOf(pod);
      return trouble === undefined
        ? []
        : [{ ...trouble, what: trouble.why, why: `${pod.metadata.name}: ${trouble.why}` }];
    });
    const refusal = pods.length < this.#options.count ? this.#refusal : undefined;
    const refusals = refusal === undefined ? [] : [{ ...refusal, what: refusal.why }];
    return { begun: begun.size, troubles: [...refusals, ...troubles] };
  }
}

function notStarted(why: string): CannotRunError {
  return new CannotRunError(`Cannot start the pods: ${why}`);
}
