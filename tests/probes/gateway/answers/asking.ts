/**
 * What tests of waits share: an asker that answers from a script on the test's clock, no socket.
 * @module
 */

import type { Answer } from "../../../../probes/gateway/answers/answer.ts";
import {
  Asker,
  type ConnectionKind,
  type Question,
} from "../../../../probes/gateway/answers/data_plane.ts";
import type { Clock } from "../../../../core/load/clock.ts";

const NOWHERE = { gateway: "gw/one", address: "127.0.0.1", port: 9 };

/** A status, a status with the head of a body, or the reason of a failure. */
export type Told = number | readonly [status: number, bodyHead: string] | string;

interface ScriptOptions {
  readonly connection?: ConnectionKind;
  /** How long an answer takes. @default 0 */
  readonly tookMs?: number;
}

/** Answers with what `at` says of the time at which it was asked. */
export class ScriptedAsker extends Asker {
  readonly askedMs: number[] = [];
  readonly #clock: Clock;
  readonly #at: (askedMs: number) => Told;
  readonly #tookMs: number;

  constructor(clock: Clock, at: (askedMs: number) => Told, options: ScriptOptions = {}) {
    const { connection = "fresh", tookMs = 0 } = options;
    super(NOWHERE, { clock, connection });
    this.#clock = clock;
    this.#at = at;
    this.#tookMs = tookMs;
  }

  override async ask({ signal }: Question): Promise<Answer> {
    const askedMs = this.#clock.now();
    this.askedMs.push(askedMs);
    const told = this.#at(askedMs);
    await this.#clock.sleepUntil(askedMs + this.#tookMs, signal);
    signal?.throwIfAborted();
    return answer(told, { askedMs, atMs: this.#clock.now() });
  }
}

/** An answer as an asker would have it. */
export function answer(told: Told, { askedMs = 0, atMs = 0 } = {}): Answer {
  const times = { askedMs, atMs, connection: 1 };
  if (typeof told === "string") return { kind: "failed", reason: told, text: told, ...times };
  const [status, bodyHead] = typeof told === "number" ? [told, ""] : told;
  return { kind: "status", status, headers: new Map(), bodyHead, ...times };
}
