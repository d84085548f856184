/**
 * A reader that never ends keeps the write-ahead log from beginning at its front again.
 * Source: rancher/rancher issue 55165.
 * @module
 */

import { bytes } from "../../../core/command/flags.ts";
import { valuedSteveFault } from "./steve_fault.ts";

export const walGrowth = valuedSteveFault({
  name: "wal-growth",
  does: "the write-ahead log grows by so much each second and never starts over",
  value: { is: "BYTES", kind: bytes({ min: 1 }), default: 2 * 1024 * 1024 },
  start(bytesPerSec, { clock }) {
    const startMs = clock.now();
    return {
      walBytes: (size) => size + Math.round((clock.now() - startMs) / 1_000 * bytesPerSec),
    };
  },
});
