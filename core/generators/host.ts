/**
 * Where generators run: the port between the coordinator, which leads them, and the processes or pods
 * that they are. Knows nothing of what they do.
 * @module
 */

import type { Manifest } from "../run_log/manifest.ts";
import type { Say } from "../say.ts";
import type { GeneratorLine } from "./line.ts";
import type { Order } from "./order.ts";

/** What becomes of generators, told as it comes. */
export interface GeneratorEvents {
  /** In the order in which each of them has told them; the same line may come twice. */
  readonly onLine: (line: GeneratorLine) => void;
  /** Lines between them that will never come: a log was rotated away. */
  readonly onGap: (generator: number, why: string) => void;
  /** It has ended, or is not there any more, whatever it told before. */
  readonly onEnd: (generator: number, end: GeneratorEnd) => void;
  /** Takes lines for the user. */
  readonly say: Say;
}

export interface GeneratorEnd {
  /** Whether it ended as a program does that has done its work. */
  readonly isOrderly: boolean;
  /** E.g. `OOMKilled`, `killed by SIGKILL`; one line without a full stop. */
  readonly why: string;
  /** Another one takes its place. */
  readonly isReplaced: boolean;
}

/** What a report says of generators: how many of which kind, and how they are found again. */
export type GeneratorsToldOf = NonNullable<Manifest["generators"]>;

export interface GeneratorHost {
  readonly place: GeneratorsToldOf;
  /** How long it takes at most, in order, until an order has reached all of them. */
  readonly orderWithinMs: number;
  /** After how long without a word one is lost; default: 30 s, of a few seconds between two words. */
  readonly silenceMs?: number;
  /** The command line that removes what was made for them, if the program cannot. Absent: nothing was. */
  readonly byHand?: string;
  /**
   * Told before they are started what the run is, to be found with them when their coordinator is gone.
   * Absent: they go with it.
   */
  keep?(manifest: Manifest): void;
  /**
   * Starts all of them. Resolves when they are on their way; each tells itself when it is ready.
   * @throws {CannotRunError} if they cannot be had; {@link close} removes what was made by then
   */
  start(events: GeneratorEvents, signal: AbortSignal): Promise<void>;
  /** Hands an order to all of them. */
  send(order: Order): Promise<void>;
  /** Ends those that are left, and removes all that was made for them. */
  close(signal: AbortSignal): Promise<void>;
}
