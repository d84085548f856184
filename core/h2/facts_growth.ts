/**
 * What has grown in the facts of a connection since they were last looked at, so that those of many
 * connections come to one sum. Plain arithmetic.
 * @module
 */

import type { ConnectionFacts, Stall, Traffic } from "./facts.ts";

/** Those of a connection's facts that only grow. */
export type FactCounts = Pick<
  ConnectionFacts,
  "sent" | "received" | "connectionWindow" | "streamWindow" | "streamLimit"
>;

export const DIRECTIONS = ["sent", "received"] as const;
export const FACT_STALLS = ["connectionWindow", "streamWindow", "streamLimit"] as const;

export function noCounts(): FactCounts {
  const stall = () => ({ count: 0, totalMs: 0 });
  return {
    sent: noTraffic(),
    received: noTraffic(),
    connectionWindow: stall(),
    streamWindow: stall(),
    streamLimit: stall(),
  };
}

/** Adds to each of `sums` what `now` is more than `seen`, which is as much as `now` afterwards. */
export function addGrowth(
  now: FactCounts,
  { seen, sums }: { seen: FactCounts; sums: readonly FactCounts[] },
): void {
  for (const direction of DIRECTIONS) {
    // Most of ten thousand connections may be idle.
    if (now[direction].bytes === seen[direction].bytes) continue;
    addTraffic(now[direction], {
      seen: seen[direction],
      sums: sums.map((sum) => sum[direction]),
    });
  }
  for (const stall of FACT_STALLS) {
    if (now[stall].count === 0) continue;
    addStall(now[stall], { seen: seen[stall], sums: sums.map((sum) => sum[stall]) });
  }
}

function noTraffic(): Traffic {
  return { bytes: 0, frames: new Map(), resets: new Map(), goAways: new Map() };
}

function addTraffic(
  now: Traffic,
  { seen, sums }: { seen: Traffic; sums: readonly Traffic[] },
): void {
  for (const sum of sums) sum.bytes += now.bytes - seen.bytes;
  seen.bytes = now.bytes;
  for (const kind of ["frames", "resets", "goAways"] as const) {
    for (const [name, count] of now[kind]) {
      const growth = count - (seen[kind].get(name) ?? 0);
      if (growth === 0) continue;
      for (const sum of sums) sum[kind].set(name, (sum[kind].get(name) ?? 0) + growth);
      seen[kind].set(name, count);
    }
  }
}

function addStall(now: Stall, { seen, sums }: { seen: Stall; sums: readonly Stall[] }): void {
  const { count, totalMs } = now; // read once: one that goes on grows with every look
  for (const sum of sums) {
    sum.count += count - seen.count;
    sum.totalMs += totalMs - seen.totalMs;
  }
  seen.count = count;
  seen.totalMs = totalMs;
}
