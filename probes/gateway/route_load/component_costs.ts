/**
 * What does a change cost the components of a Gateway? Reads their totals at both ends of a phase,
 * takes off what they use when nothing is asked of them, and records what is left for each change.
 * What could not be read is no figure, and is said.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Run } from "../../../core/run/run.ts";
import { type Component, tagsOf } from "../../../kube/component/usage.ts";
import {
  beyondIdle,
  type TotalsReading,
  type UsedUp,
  usedUp,
} from "../../../kube/component/used_up.ts";

/** CPU time of one change, beyond idle. */
export const CPU_PER_CHANGE = "cpuPerChange";
/** Bytes that were allocated for one change, beyond idle. */
export const ALLOCATED_PER_CHANGE = "allocatedPerChange";

const MS_PER_SEC = 1_000;

/** What was changed between the ends of a phase. */
export interface Changes {
  readonly phase: string;
  readonly changes: number;
  /** Clock time at which it is recorded. */
  readonly atMs: number;
}

/** See the module. */
export class ComponentCosts {
  readonly #run: Run;
  readonly #components: readonly Component[];
  /** By component, when nothing is asked of it; absent: not known. */
  readonly #idle = new Map<Component, UsedUp>();

  constructor(run: Run, components: readonly Component[]) {
    this.#run = run;
    this.#components = components;
  }

  /** The totals of all of them; one that could not be read is not there. */
  async read(): Promise<ReadonlyMap<Component, TotalsReading>> {
    const { clock, aborted } = this.#run;
    const readings = new Map<Component, TotalsReading>();
    await Promise.all(this.#components.map(async (component) => {
      try {
        const { totals } = await component.read(aborted);
        readings.set(component, { atMs: clock.now(), totals });
      } catch (thrown) {
        if (aborted.aborted || thrown instanceof OperationFailedError) return;
        throw thrown;
      }
    }));
    return readings;
  }

  /** From that reading until now nothing was asked of them. */
  async idleSince(before: ReadonlyMap<Component, TotalsReading>): Promise<void> {
    const now = await this.read();
    for (const component of this.#components) {
      const used = this.#usedUp(component, { before, now, phase: "idle" });
      if (used !== undefined) this.#idle.set(component, used);
    }
  }

  /** From that reading until now so many changes were made. */
  async record(
    recorder: Recorder,
    before: ReadonlyMap<Component, TotalsReading>,
    { phase, changes, atMs }: Changes,
  ): Promise<void> {
    if (changes === 0) return;
    const now = await this.read();
    for (const component of this.#components) {
      const idle = this.#idle.get(component);
      if (idle === undefined) continue; // that has been said
      const used = this.#usedUp(component, { before, now, phase });
      if (used === undefined) continue;
      const { cpuSeconds, allocatedBytes } = beyondIdle(used, idle);
      const tags = { ...tagsOf(component), phase };
      if (cpuSeconds !== undefined) {
        const ms = cpuSeconds * MS_PER_SEC / changes;
        recorder.observeMs(CPU_PER_CHANGE, ms, { atMs, sinceMs: atMs, tags });
      }
      if (allocatedBytes !== undefined) {
        const bytes = Math.round(allocatedBytes / changes);
        recorder.observeBytes(ALLOCATED_PER_CHANGE, bytes, { atMs, tags });
      }
    }
  }

  #usedUp(component: Component, { before, now, phase }: {
    before: ReadonlyMap<Component, TotalsReading>;
    now: ReadonlyMap<Component, TotalsReading>;
    phase: string;
  }): UsedUp | undefined {
    const used = usedUp(before.get(component), now.get(component));
    if (!("unknown" in used)) return used;
    const { component: name, gateway } = tagsOf(component);
    this.#run.warn(
      "no-cost",
      `What the ${name} of Gateway ${gateway} used in phase "${phase}" is not known, as ` +
        used.unknown,
    );
    return undefined;
  }
}
