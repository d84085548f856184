/** What the live line says of connections. @module */

import { US_PER_MS } from "../core/measure/recorder.ts";
import type { Totals } from "../core/measure/totals.ts";
import { formatDuration, formatSignificant } from "../core/units.ts";

/** Shares below it are noise. */
const SHOWN_RATIO = 0.01;

/** For example `ping 0.4ms  no stream window 43%  waited for a stream 12`. */
export function connectionsText(lastSecond: Totals): string {
  const parts: string[] = [];
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
