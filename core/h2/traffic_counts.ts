/** What went one way of a connection, counted as cheaply as can be. @module */

import { errorCodeName } from "./error_code.ts";
import { FRAME_TYPES, type Traffic } from "./facts.ts";

export class TrafficCounts {
  bytes = 0;
  /** By type; a type that RFC 9113 does not know makes it longer, up to 256. */
  readonly #frames: number[] = FRAME_TYPES.map(() => 0);
  readonly #resets = new Map<number, number>();
  readonly #goAways = new Map<number, number>();

  countFrame(type: number, times = 1): void {
    this.#frames[type] = (this.#frames[type] ?? 0) + times;
  }

  countReset(code: number): void {
    this.#resets.set(code, (this.#resets.get(code) ?? 0) + 1);
  }

  countGoAway(code: number): void {
    this.#goAways.set(code, (this.#goAways.get(code) ?? 0) + 1);
  }

  toTraffic(): Traffic {
    return {
      bytes: this.bytes,
      frames: new Map(
        this.#frames.flatMap((count, type): [string, number][] =>
          count > 0 ? [[FRAME_TYPES[type] ?? String(type), count]] : []
        ),
      ),
      resets: namedCodes(this.#resets),
      goAways: namedCodes(this.#goAways),
    };
  }
}

function namedCodes(counts: ReadonlyMap<number, number>): Map<string, number> {
  return new Map(Array.from(counts, ([code, count]) => [errorCodeName(code), count]));
}
