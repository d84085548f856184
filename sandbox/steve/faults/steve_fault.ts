/**
 * What a fault of Steve is: something that stands between its caches and its sockets, or answers in
 * place of a part of it. Each one has a file of its own beside this one; none knows the others.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import { type FaultValue, type NamedFault, takingValue } from "../../faults/fault_value.ts";

interface SteveFaultTools {
  readonly clock: Clock;
  /** The fault's own. */
  readonly rng: Rng;
  /** Aborts with the sandbox. */
  readonly ended: AbortSignal;
}

/** Each one that it has is asked while the fault is on. */
export interface SteveFault {
  /** A change on its way to one subscription; calls `send` as often as it is to go. */
  onNotification?(send: () => void): void;
  /** Whether watches learn that their cache was dropped. */
  tellsOfReset?(): boolean;
  /** What a look at the write-ahead log shows instead. */
  walBytes?(bytes: number): number;
  /** Sockets are closed, and no new ones taken. */
  readonly closesSockets?: true;
  /** Before a list is answered. */
  beforeList?(signal: AbortSignal): Promise<void>;
}

/** A fault as it is listed; `start` begins one with its value. */
export interface SteveFaultKind extends NamedFault {
  readonly start: (value: string | undefined, tools: SteveFaultTools) => SteveFault;
}

export function plainSteveFault(
  fault: Pick<SteveFaultKind, "name" | "does"> & {
    readonly start: (tools: SteveFaultTools) => SteveFault;
  },
): SteveFaultKind {
  return { ...fault, start: (_value, tools) => fault.start(tools) };
}

export function valuedSteveFault<T>(
  { value, start, ...fault }: Pick<SteveFaultKind, "name" | "does"> & {
    readonly value: FaultValue<T>;
    readonly start: (value: T, tools: SteveFaultTools) => SteveFault;
  },
): SteveFaultKind {
  return { ...fault, ...takingValue(value, start) };
}
