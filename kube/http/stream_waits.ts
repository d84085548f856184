/**
 * Requests that wait in this process, because so many are under way on their connection as the server
 * allows (HTTP/2, SETTINGS_MAX_CONCURRENT_STREAMS). A run is warned of them, and told how long.
 * @module
 */

import type { Measures } from "../../core/run/measures.ts";
import type { Run } from "../../core/run/run.ts";
import type { Waits } from "./h2_answer.ts";

/** See {@link StreamWaits.flush}; absent where none waited. */
export const STREAM_MEASURES: Measures = { counters: [], others: ["streamWait"] };

/** Of all connections of a session. */
export class StreamWaits implements Waits {
  #waitsMs: number[] = [];
  #mostStreams: number | undefined;
  #hasWarned = false;

  begin(mostStreams: number): void {
    this.#mostStreams = mostStreams;
  }

  end(waitedMs: number): void {
    this.#waitsMs.push(waitedMs);
  }

  /** Forgets what was no load. */
  reset(): void {
    this.#waitsMs = [];
    this.#mostStreams = undefined;
  }

  /** Hands over `streamWait`, how long each request that had to wait did; warns of the first. */
  flush(run: Run): void {
    if (!run.hasBegun) return;
    const atMs = run.clock.now();
    for (const waitedMs of this.#waitsMs) run.recorder.observeMs("streamWait", waitedMs, { atMs });
    this.#waitsMs = [];
    if (this.#mostStreams === undefined || this.#hasWarned) return;
    this.#hasWarned = true;
    run.warn(
      "stream-limit",
      `Requests wait in this process for a place on their connection: the server takes ` +
        `${this.#mostStreams} at a time on each; give more connections with --conns`,
    );
  }
}
