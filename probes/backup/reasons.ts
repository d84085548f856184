/** Classes of failure of the backup probe, beside those of an API server. @module */

import { MISSES } from "./accounting/account.ts";
import { READY_REASONS } from "./load/measured.ts";
import { RESTORE_REASONS } from "./restore/measured.ts";
import { STOP_REASONS } from "./stop/measured.ts";

export const BACKUP_REASONS: readonly string[] = [
  ...new Set([...READY_REASONS, ...STOP_REASONS, ...MISSES, ...RESTORE_REASONS]),
];
