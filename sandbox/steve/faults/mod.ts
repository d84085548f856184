/** Every fault of Steve, in the order of the help: notifications, resets, sockets, reads, disk. @module */

import { drop } from "./drop.ts";
import { duplicate } from "./duplicate.ts";
import { killSockets } from "./kill_sockets.ts";
import { late } from "./late.ts";
import { silentReset } from "./silent_reset.ts";
import { slowRead } from "./slow_read.ts";
import type { SteveFaultKind } from "./steve_fault.ts";
import { walGrowth } from "./wal_growth.ts";

export const STEVE_FAULTS: readonly SteveFaultKind[] = [
  drop,
  duplicate,
  late,
  silentReset,
  killSockets,
  slowRead,
  walGrowth,
];
