/**
 * How far is this machine's calendar behind that of a server which tells its own in whole seconds, in
 * the Date of its answers? Every answer bounds it from both sides, and the next question is asked when
 * the server's second is about to change, in the middle of what is still possible: so each one halves
 * that, down to what a request takes.
 * Source of the format: RFC 9110, section 6.6.1; Go's net/http writes the second that has begun.
 * @module
 */

import type { ClockOffset } from "../../core/generators/line.ts";
import type { Clock } from "../../core/load/clock.ts";

/** One answer. All are ms since 1970: the first two by our calendar, the date by the server's. */
export interface DatedAnswer {
  readonly sentMs: number;
  readonly receivedMs: number;
  /** Whole seconds. */
  readonly dateMs: number;
}

/** What has to be added to our calendar for the server's, ms: at least, at most. */
export type OffsetRange = readonly [lowMs: number, highMs: number];

/** Nothing is known. */
export const ANY_OFFSET: OffsetRange = [-Infinity, Infinity];

const SECOND_MS = 1_000;

/** What an answer leaves possible: the server read its calendar between our sending and receiving. */
function rangeOf({ sentMs, receivedMs, dateMs }: DatedAnswer): OffsetRange {
  return [dateMs - receivedMs, dateMs + SECOND_MS - sentMs];
}

/**
 * The range that is left after one more answer. Where an answer contradicts what was known, one of the
 * two calendars was set meanwhile, or another server answered: then it alone counts.
 */
export function narrowed([lowMs, highMs]: OffsetRange, answer: DatedAnswer): OffsetRange {
  const [fromMs, toMs] = rangeOf(answer);
  const both: OffsetRange = [Math.max(lowMs, fromMs), Math.min(highMs, toMs)];
  return both[0] <= both[1] ? both : [fromMs, toMs];
}

/** The middle of the range, and how far away the truth may be. */
export function offsetOf([lowMs, highMs]: OffsetRange): ClockOffset {
  return { offsetMs: (lowMs + highMs) / 2, boundMs: (highMs - lowMs) / 2 };
}

/**
 * The next times of our calendar at which the server's second changes if its offset is as the points
 * say that divide the range into equal parts; ascending, none before `nowMs`.
 */
export function questionTimes(
  [lowMs, highMs]: OffsetRange,
  { nowMs, count }: { nowMs: number; count: number },
): number[] {
  const widthMs = Math.min(highMs - lowMs, SECOND_MS);
  const fromMs = Number.isFinite(lowMs) ? lowMs : 0;
  return Array.from({ length: count }, (_, index) => {
    const offsetMs = fromMs + widthMs * (index + 1) / (count + 1);
    return Math.ceil((nowMs + offsetMs) / SECOND_MS) * SECOND_MS - offsetMs;
  }).sort((one, other) => one - other);
}

/** Questions around one change of the second: with three it narrows the range to a quarter. */
const QUESTIONS_A_SECOND = 3;
const MOST_QUESTIONS = 18;
/** Nobody needs it closer. */
const CLOSE_ENOUGH_MS = 3;
/** Wider than that it is asked on where a second brought nothing: a busy machine asks too late at times. */
const WIDE_MS = 25;

/**
 * Asks until the offset is known to some ms, or no question brings it closer: about 4 s, at most 6.
 * @param ask sends one request, and gives the Date of its answer in ms since 1970
 * @throws what `ask` throws; the signal's reason
 */
export async function measureOffset(
  clock: Clock,
  ask: () => Promise<number>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ClockOffset> {
  const question = async (range: OffsetRange) => {
    const sentMs = clock.wallNow().getTime();
    const dateMs = await ask();
    return narrowed(range, { sentMs, receivedMs: clock.wallNow().getTime(), dateMs });
  };
  await question(ANY_OFFSET); // the first pays for the handshake
  let range = await question(ANY_OFFSET);
  for (let asked = 2; asked < MOST_QUESTIONS; asked += QUESTIONS_A_SECOND) {
    if (offsetOf(range).boundMs <= CLOSE_ENOUGH_MS) break;
    const before = range;
    const times = questionTimes(range, {
      nowMs: clock.wallNow().getTime(),
      count: QUESTIONS_A_SECOND,
    });
    for (const atMs of times) {
      await clock.sleepUntil(clock.now() + atMs - clock.wallNow().getTime(), signal);
      signal?.throwIfAborted();
      range = await question(range);
    }
    if (isNoCloser(range, before) && offsetOf(range).boundMs <= WIDE_MS) break;
  }
  return offsetOf(range);
}

function isNoCloser(range: OffsetRange, before: OffsetRange): boolean {
  return offsetOf(range).boundMs > offsetOf(before).boundMs * 0.9;
}

/**
 * The offset to another machine's calendar, of which both know how far it is from the same server's.
 */
export function offsetBetween(own: ClockOffset, other: ClockOffset): ClockOffset {
  return { offsetMs: own.offsetMs - other.offsetMs, boundMs: own.boundMs + other.boundMs };
}
