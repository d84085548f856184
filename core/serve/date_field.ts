/** When an answer was made, as a header field. Source: RFC 9110, section 6.6.1. @module */

import type { Clock } from "../load/clock.ts";

/** How long one is good for: it has whole seconds. */
const GOOD_FOR_MS = 1_000;

/** Made anew once a second: it is in every answer. */
export class DateField {
  readonly #clock: Clock;
  #goodUntilMs = -Infinity;
  #field: readonly ["date", string] = ["date", ""];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): readonly [name: "date", value: string] {
    const nowMs = this.#clock.now();
    if (nowMs < this.#goodUntilMs) return this.#field;
    const date = this.#clock.wallNow();
    this.#goodUntilMs = nowMs + GOOD_FOR_MS - date.getUTCMilliseconds();
    return this.#field = ["date", date.toUTCString()];
  }
}
