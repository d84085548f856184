/** Facts of an HTTP/2 connection that a test writes itself. @module */

import { FACT_STALLS, type FactCounts, noCounts } from "../../core/h2/facts_growth.ts";
import type { ConnectionFacts } from "../../core/h2/facts.ts";
import { INITIAL_SETTINGS, type Settings } from "../../core/h2/settings.ts";

/** All of them can be changed; asked for, they are what they are then, as those of the engine. */
export class WrittenFacts {
  readonly counts: FactCounts = noCounts();
  openStreams = 0;
  mostOpenStreams = 0;
  startedStreams = 0;
  peerSettings: Settings = INITIAL_SETTINGS;

  get facts(): ConnectionFacts {
    const { counts, openStreams, mostOpenStreams, startedStreams, peerSettings } = this;
    return {
      ...structuredClone(counts),
      openStreams,
      mostOpenStreams,
      startedStreams,
      peerSettings,
      ownSettings: INITIAL_SETTINGS,
    };
  }

  /** So many frames of a kind went a way, of so many bytes in all. */
  add(direction: "sent" | "received", type: string, { frames = 1, bytes = 0 } = {}): void {
    const traffic = this.counts[direction];
    traffic.bytes += bytes;
    traffic.frames.set(type, (traffic.frames.get(type) ?? 0) + frames);
  }

  stall(stall: typeof FACT_STALLS[number], ms: number): void {
    this.counts[stall].count++;
    this.counts[stall].totalMs += ms;
  }
}
