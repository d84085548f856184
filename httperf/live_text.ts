/** What the live line says of connections. @module */

import { US_PER_MS } from "../core/measure/recorder.ts";
import type { Totals } from "../core/measure/totals.ts";
import { formatBytes, formatDuration, formatSignificant } from "../core/units.ts";

/** Shares below it are noise. */
const SHOWN_RATIO = 0.01;

/** For example `sent 12 MB/s`, where there is only a server, and `ping 0.4ms  no stream window 43%  waited for a stream 12`. */
export function connectionsText(lastSecond: Totals): string {
  const parts: string[] = [];
  const sentBytes = lastSecond.counter("sentBytes");
  if (sentBytes !== undefined && lastSecond.counter("receivedBytes") === undefined) {
    parts.push(`sent ${formatBytes(sentBytes * 1_000 / Math.max(1, lastSecond.durationMs))}/s`);
  }
  const pings = lastSecond.distribution("pingRtt")?.histogram;
  if (pings !== undefined && pings.count > 0) {
    parts.push(`ping ${formatDuration(pings.valueAt(0.5) / US_PER_MS)}`);
  }
  for (const [window, words] of [["connection", "no window"], ["stream", "no stream window"]]) {
    const ratio = lastSecond.gauge("windowStallRatio", { window: window! })?.max ?? 0;
    if (ratio >= SHOWN_RATIO) parts.push(`${words} ${formatSignificant(100 * ratio)}%`);
  }
  const waited = lastSecond.counter("streamWaits") ?? 0;
  if (waited > 0) parts.push(`waited for a stream ${waited}`);
  return parts.join("  ");
}
