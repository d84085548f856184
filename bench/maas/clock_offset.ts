/**
 * How far is this process's steady clock from a server's calendar clock? As NTP does it: the server's
 * time was half way through the quickest of many questions.
 * Source: RFC 5905, section 8.
 * @module
 */

const QUESTIONS = 200;

export interface ClockOffset {
  /** To be added to `performance.now()`: ms since 1970 by the server. */
  readonly offsetMs: number;
  /** Half of the quickest round trip: it is wrong by no more. */
  readonly errorMs: number;
}

export async function clockOffset(origin: string): Promise<ClockOffset> {
  let best: ClockOffset = { offsetMs: NaN, errorMs: Infinity };
  for (let times = 0; times < QUESTIONS; times++) {
    const sentMs = performance.now();
    const answer = await fetch(`${origin}/clock`);
    const doneMs = performance.now();
    const errorMs = (doneMs - sentMs) / 2;
    const serverMs = Number(await answer.text()) / 1e6;
    if (errorMs < best.errorMs) best = { offsetMs: serverMs - (sentMs + errorMs), errorMs };
  }
  return best;
}
