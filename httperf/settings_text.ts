/** What SETTINGS say, in words for people. @module */

import type { Settings } from "../core/h2/settings.ts";
import { formatBytes } from "../core/units.ts";

/** `100 streams, windows of 1.05 MB, frames of 16.4 kB, header table of 4.1 kB`. */
export function settingsText(settings: Settings): string {
  const { maxConcurrentStreams, initialWindowBytes, maxFrameBytes, headerTableBytes } = settings;
  const { maxHeaderListBytes } = settings;
  const most = Number.isFinite(maxConcurrentStreams) ? `${maxConcurrentStreams}` : "any number of";
  return [
    `${most} streams`,
    `windows of ${formatBytes(initialWindowBytes)}`,
    `frames of ${formatBytes(maxFrameBytes)}`,
    `header table of ${formatBytes(headerTableBytes)}`,
    ...Number.isFinite(maxHeaderListBytes) ? [`headers of ${formatBytes(maxHeaderListBytes)}`] : [],
  ].join(", ");
}
