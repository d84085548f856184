/** Every fault of a Models-as-a-Service installation, in the order of the help: auth, limits, model. @module */

import { authSlow } from "./auth_slow.ts";
import { cacheOff } from "./cache_off.ts";
import { failOpen } from "./fail_open.ts";
import { limitOn } from "./limit_on.ts";
import { limiterDry } from "./limiter_dry.ts";
import type { MaasFaultKind } from "./maas_fault.ts";
import { modelFull } from "./model_full.ts";
import { modelSlow } from "./model_slow.ts";
import { policyReverted } from "./policy_reverted.ts";
import { streamCut } from "./stream_cut.ts";

export const MAAS_FAULTS: readonly MaasFaultKind[] = [
  limiterDry,
  authSlow,
  cacheOff,
  failOpen,
  limitOn,
  policyReverted,
  streamCut,
  modelSlow,
  modelFull,
];
