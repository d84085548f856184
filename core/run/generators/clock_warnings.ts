/** Clocks of generators that are not to be relied upon, as lines for the user and the report. @module */

import type { ClockOffset } from "../../generators/line.ts";
import { formatDuration } from "../../units.ts";
import { namesOf } from "./said_once.ts";

/** A tenth of an interval: a share that begins so much later shows in the charts. */
const UNSURE_MS = 100;
/** What other programs compare by time of day (logs, rows, expiry of tokens) is wrong by then. */
const FAR_MS = 1_000;

interface Timed {
  readonly index: number;
  /** Undefined: it has not told. */
  readonly clock: ClockOffset | undefined;
}

/** One line for those that are far away, and one for those of which that is not known well. */
export function clockWarnings(generators: readonly Timed[]): string[] {
  const known = generators.flatMap(({ index, clock }) =>
    clock === undefined ? [] : { index, ...clock }
  );
  const far = known.filter(({ offsetMs, boundMs }) => Math.abs(offsetMs) - boundMs > FAR_MS);
  const unsure = known.filter(({ boundMs }) => boundMs > UNSURE_MS);
  const lines: string[] = [];
  if (far.length > 0) {
    const worst = far.reduce((one, other) =>
      Math.abs(other.offsetMs) > Math.abs(one.offsetMs) ? other : one
    );
    const side = worst.offsetMs > 0 ? "behind" : "ahead of";
    const away = `${formatDuration(Math.abs(worst.offsetMs))} ${side} the coordinator's`;
    lines.push(
      `Clocks are far apart: that of generator ${worst.index} is ${away}${
        andOthers(far.length)
      }; ` +
        "all begin together nevertheless, but times of day in logs do not match",
    );
  }
  if (unsure.length > 0) {
    const most = formatDuration(Math.max(...unsure.map(({ boundMs }) => boundMs)));
    lines.push(
      `Clocks could not be compared closely: ${
        namesOf(unsure.map(({ index }) => index))
      } may begin up to ` +
        `${most} before or after the others`,
    );
  }
  return lines;
}

function andOthers(count: number): string {
  return count === 1 ? "" : `, and ${count - 1} more are over ${formatDuration(FAR_MS)} away`;
}
