/**
 * What do clocks on a wall show, and when do they show it? Where they are turned, a time may come
 * twice or never; then this answers as Go does, because schedules are Go's.
 * Sources: Go, time/zoneinfo.go, LoadLocation; time/time.go, Date.
 * @module
 */

/** A time on the wall, as if it were UTC, epoch ms. */
export type WallMs = number;

export class TimeZone {
  /** Undefined: UTC. */
  readonly #format: Intl.DateTimeFormat | undefined;

  /**
   * @param name as in the IANA database, `Europe/Berlin`; empty: UTC
   * @throws {SyntaxError} if there is no such zone
   */
  constructor(name: string) {
    if (name !== "" && name !== "UTC") this.#format = formatOf(name);
  }

  /** What the clocks show then. */
  wallAt(atMs: number): WallMs {
    return atMs + this.#offsetMs(atMs);
  }

  /** When they show it: the earlier or the later time, or one beside it, where there are two or none. */
  instantOf(wallMs: WallMs): number {
    const offsetMs = this.#offsetMs(wallMs);
    if (offsetMs === 0) return wallMs;
    return wallMs - this.#offsetMs(wallMs - offsetMs);
  }

  #offsetMs(atMs: number): number {
    if (this.#format === undefined) return 0;
    const [, sign, hours = 0, minutes = 0, seconds = 0] =
      /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(this.#format.format(atMs)) ?? [];
    const offsetSec = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    return (sign === "-" ? -1_000 : 1_000) * offsetSec;
  }
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      timeZoneName: "longOffset",
    });
    if (isSpeltSo(name, format.resolvedOptions().timeZone)) return format;
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  throw new SyntaxError(`there is no time zone "${name}"`);
}

/** Go finds a zone by the name of its file, and knows no plain offsets such as +05:00. */
function isSpeltSo(name: string, canonical: string): boolean {
  if (name.toLowerCase() === canonical.toLowerCase()) return name === canonical && /^\w/.test(name);
  return name.split("/").every((part) => /^[A-Z]/.test(part));
}
