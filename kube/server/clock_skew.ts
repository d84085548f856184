/**
 * How far does a server's clock differ from this machine's? Judges one answer's times; sends nothing.
 * @module
 */

/** The server's clock is `skewMs` ahead of this machine's (behind, if negative), give or take. */
export interface ClockSkew {
  readonly skewMs: number;
  /** The true skew lies within `skewMs` +- this. */
  readonly uncertaintyMs: number;
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`. Source: RFC 9110, section 5.6.7, IMF-fixdate. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
/** A Date header says the second that has begun: the time is somewhere in it. */
const SECOND_MS = 1_000;

/**
 * Compares the middle of the second that the server names with the middle of the round trip, each
 * of which may be off by half its length.
 * @param answer.sentMs when the request was sent, ms since 1970 of this machine's calendar clock
 * @param answer.receivedMs when the answer's headers had come, on the same clock
 * @returns undefined if the header is absent or no date
 */
export function estimateClockSkew(
  { sentMs, receivedMs, dateHeader }: {
    sentMs: number;
    receivedMs: number;
    dateHeader: string | null | undefined;
  },
): ClockSkew | undefined {
  if (!IMF_FIXDATE.test(dateHeader ?? "")) return undefined;
  const secondMs = Date.parse(dateHeader ?? "");
  if (Number.isNaN(secondMs)) return undefined;
  return {
    skewMs: secondMs + SECOND_MS / 2 - (sentMs + receivedMs) / 2,
    uncertaintyMs: SECOND_MS / 2 + (receivedMs - sentMs) / 2,
  };
}
