/** Summaries as the scripts of the field leave them, for what reads those. @module */

import { choice, flag } from "../../../core/command/flags.ts";
import { K6_SHAPES } from "../../../core/judge/k6_shapes.ts";
import type { K6Spec } from "../../../core/judge/k6_spec.ts";

export const SUMMARY_FLAGS = {
  "summary-shape": flag(choice(K6_SHAPES), {
    help: "shape of the summaries of each level, results/*.json of the run directory: as k6's " +
      "--summary-export, as its handleSummary, of both kinds, or as its newer machine-readable one",
    default: "both",
  }),
};

/** What the script of the field counts beside what k6 does. */
const COUNTERS: K6Spec["counters"] = {
  auth_failures: ["auth-overload", "not-authenticated", "not-authorized"],
  rate_limit_hits: ["rate-limited"],
  // No answer says which limit it was.
  token_limit_hits: [],
};

/** @param file with `{level}` where that of a stage comes */
export function k6Of(values: { readonly "summary-shape": K6Spec["shape"] }, file: string): K6Spec {
  return { shape: values["summary-shape"], file: `results/${file}`, counters: COUNTERS };
}
