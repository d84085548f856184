/** Every fault of the Gateway API implementation, in the order of the help: time, count, routes, life. @module */

import { delay } from "./delay.ts";
import { flapping } from "./flapping.ts";
import { foreignRewrite } from "./foreign_rewrite.ts";
import type { GatewayFaultKind } from "./gateway_fault.ts";
import { lostUpdate } from "./lost_update.ts";
import { missingStatus } from "./missing_status.ts";
import { overCount } from "./over_count.ts";
import { residue } from "./residue.ts";
import { restartGap } from "./restart_gap.ts";
import { staleDataPlane } from "./stale_data_plane.ts";
import { underCount } from "./under_count.ts";
import { unserved } from "./unserved.ts";

export const GATEWAY_FAULTS: readonly GatewayFaultKind[] = [
  delay,
  overCount,
  underCount,
  flapping,
  residue,
  missingStatus,
  foreignRewrite,
  lostUpdate,
  unserved,
  staleDataPlane,
  restartGap,
];
