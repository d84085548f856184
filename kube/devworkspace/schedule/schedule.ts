/**
 * Schedules of backups as the operator takes them: a cron line of five fields, `@hourly` and its like,
 * or `@every` with a duration. The API server takes any text, and a schedule that the operator cannot
 * read stops the one that worked before with no more than a line in its log: so it is read here first.
 * Source: robfig/cron v3.0.0, parser.go (ParseStandard), constantdelay.go.
 * @module
 */

import { parseCronFields } from "./cron_fields.ts";
import { parseGoDurationNs } from "./go_duration.ts";
import { nextMatch } from "./next_match.ts";
import { TimeZone } from "./time_zone.ts";

export interface Schedule {
  /** When the first tick after that time is, epoch ms, in full seconds; undefined: it never comes. */
  nextAfter(atMs: number): number | undefined;
}

const LINES: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);
const EVERY = "@every ";
const SECOND_NS = 1_000_000_000n;

/** As Go calls the zone of the machine that a program runs on. */
const LOCAL = "Local";

/**
 * @param options `localZone`: of the machine that the operator runs on; containers have UTC
 * @throws {SyntaxError} if the operator would not take it; its text begins with "cannot read schedule"
 */
export function parseSchedule(
  text: string,
  { localZone = "UTC" }: { localZone?: string } = {},
): Schedule {
  try {
    const { zoneName, line } = splitZone(text);
    const zone = new TimeZone(zoneName === LOCAL ? localZone : zoneName);
    return line.startsWith(EVERY) ? everyOf(line.slice(EVERY.length)) : cronOf(line, zone);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new SyntaxError(`cannot read schedule ${JSON.stringify(text)}: ${thrown.message}`);
  }
}

/** How many ticks {@link longestWaitMs} looks at: at one a minute, some hours. */
const TICKS_LOOKED_AT = 200;

/** The longest time, ms, that passes without a tick from then on; undefined: there is none at all. */
export function longestWaitMs(schedule: Schedule, fromMs: number): number | undefined {
  let longestMs: number | undefined;
  let lastMs = fromMs;
  for (let ticks = 0; ticks < TICKS_LOOKED_AT; ticks++) {
    const nextMs = schedule.nextAfter(lastMs);
    if (nextMs === undefined) break;
    longestMs = Math.max(longestMs ?? 0, nextMs - lastMs);
    lastMs = nextMs;
  }
  return longestMs;
}

/** `CRON_TZ=Europe/Berlin 0 6 * * *`, also with `TZ=`. */
function splitZone(text: string): { zoneName: string; line: string } {
  const [prefix] = /^(?:CRON_)?TZ=/.exec(text) ?? [];
  if (prefix === undefined) return { zoneName: LOCAL, line: text };
  const end = text.indexOf(" ");
  if (end < 0) throw new SyntaxError("nothing follows its time zone");
  const line = text.slice(end).replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
  return { zoneName: text.slice(prefix.length, end), line };
}

function cronOf(text: string, zone: TimeZone): Schedule {
  const line = text.startsWith("@") ? LINES.get(text) : text;
  if (line === undefined) {
    throw new SyntaxError(`it is none of ${[...LINES.keys()].join(", ")}, @every DURATION`);
  }
  const fields = parseCronFields(line);
  return { nextAfter: (afterMs) => nextMatch(fields, { zone, afterMs }) };
}

/** From the time on that it is asked: in whole seconds, at least one. */
function everyOf(text: string): Schedule {
  const seconds = parseGoDurationNs(text) / SECOND_NS;
  const periodMs = 1_000 * Math.max(1, Number(seconds));
  return { nextAfter: (atMs) => Math.floor(atMs / 1_000) * 1_000 + periodMs };
}
