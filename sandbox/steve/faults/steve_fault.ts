/**
 * What a fault of Steve is: something that stands between its caches and its sockets, or answers in
 * place of a part of it. Each one has a file of its own beside this one; none knows the others.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { FlagKind } from "../../../core/command/flags.ts";

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
export interface SteveFaultKind {
  readonly name: string;
  /** For `--help`: what goes wrong. */
  readonly does: string;
  /** `NAME=VALUE`; undefined: it takes none. */
  readonly value?: {
    /** For `--help`: what the value is, with its default. */
    readonly is: string;
    /** The value as it counts. @throws {SyntaxError | RangeError} saying what is allowed */
    readonly check: (text: string) => unknown;
  };
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
  { name, does, value, start }: Pick<SteveFaultKind, "name" | "does"> & {
    readonly value: { readonly is: string; readonly kind: FlagKind<T>; readonly default: T };
    readonly start: (value: T, tools: SteveFaultTools) => SteveFault;
  },
): SteveFaultKind {
  const { is, kind, default: defaultValue } = value;
  return {
    name,
    does,
    value: { is: `${is}, ${kind.format(defaultValue)}`, check: kind.parse },
    start: (text, tools) => start(text === undefined ? defaultValue : kind.parse(text), tools),
  };
}
