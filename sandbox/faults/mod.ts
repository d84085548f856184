/** Every fault, in the order of the help: refusals, connections, writes, watches. @module */

import { droppedEvent } from "./dropped_event.ts";
import { duplicateEvent } from "./duplicate_event.ts";
import { earlyWatchClose } from "./early_watch_close.ts";
import { expiredToken } from "./expired_token.ts";
import type { FaultKind } from "./fault.ts";
import { forbiddenFault } from "./forbidden.ts";
import { gone } from "./gone.ts";
import { lateEvent } from "./late_event.ts";
import { latency } from "./latency.ts";
import { lostWrite } from "./lost_write.ts";
import { noAnswer } from "./no_answer.ts";
import { quota } from "./quota.ts";
import { reset } from "./reset.ts";
import { serverErrorFault } from "./server_error.ts";
import { stalledWatch } from "./stalled_watch.ts";
import { tooManyRequests } from "./too_many_requests.ts";
import { truncated } from "./truncated.ts";

export const FAULTS: readonly FaultKind[] = [
  latency,
  tooManyRequests,
  serverErrorFault,
  expiredToken,
  forbiddenFault,
  reset,
  truncated,
  noAnswer,
  quota,
  lostWrite,
  stalledWatch,
  droppedEvent,
  duplicateEvent,
  lateEvent,
  earlyWatchClose,
  gone,
];
