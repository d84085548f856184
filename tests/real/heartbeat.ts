/**
 * How does a user see that something slow has not hung? Writes a line with the elapsed time while
 * it lasts. Never speeds it up and never gives up on it.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";

const EVERY_MS = 15_000;

export interface HeartbeatOptions {
  readonly progress: (line: string) => void;
  /** What is going on; the elapsed time is put behind it. */
  readonly line: string;
  /** Stops waiting, though not the work. */
  readonly signal?: AbortSignal | undefined;
}

/** Waits for the work, with a line every 15 s. */
export async function withHeartbeat<T>(work: Promise<T>, options: HeartbeatOptions): Promise<T> {
  const { progress, line, signal } = options;
  const clock = new SystemClock();
  const startMs = clock.now();
  const over = new AbortController();
  const stop = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const beats = (async () => {
    for (let beat = 1; !stop.aborted; beat += 1) {
      await clock.sleepUntil(startMs + beat * EVERY_MS, stop);
      if (!stop.aborted) progress(`${line}: ${Math.round((clock.now() - startMs) / 1000)} s`);
    }
    signal?.throwIfAborted();
    return work;
  })();
  beats.catch(() => {}); // seen below, or the same failure as that of the work
  try {
    return await Promise.race([work, beats]);
  } finally {
    over.abort();
  }
}
