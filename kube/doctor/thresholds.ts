/**
 * What will the run be judged by? The thresholds that are given, and the command's own about anything
 * else; nothing is asked of anybody.
 * @module
 */

import { effectiveThresholds } from "../../core/run/make_manifest.ts";
import type { Check } from "./check.ts";
import type { MachineContext } from "./context.ts";

const ID = "thresholds";

export const THRESHOLDS_CHECK: Check<MachineContext> = {
  id: ID,
  look: ({ values: { threshold }, needs: { defaultThresholds = [] } }) => {
    const given = (threshold ?? []) as readonly string[];
    const all = effectiveThresholds({ threshold: given }, defaultThresholds);
    if (all.length > 0) {
      return [{ id: ID, status: "ok", what: `the run passes if ${all.join(", ")}` }];
    }
    return [{
      id: ID,
      status: "notice",
      what: "no threshold",
      why: "Nothing that is measured can fail the run",
      fix: "say what must hold with --threshold",
    }];
  },
};
