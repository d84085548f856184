/**
 * `scaletool maas rate` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { flag, integer, text, type Values } from "../../../core/command/flags.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { ACCOUNT_FLAGS, LEVEL_FLAGS, MAAS_FLAGS } from "../flags.ts";
import { MAAS_REASONS } from "../reasons.ts";

/** Beside those of every probe. */
export const RATE_FLAGS = {
  ...MAAS_FLAGS,
  ...ACCOUNT_FLAGS,
  ...LEVEL_FLAGS,
  rate: flag(text("arrival"), {
    help:
      "questions at times that do not wait for answers, e.g. 50/s or poisson:50/s; this level " +
      "alone, or where --find-max begins; default: 10, 25, 50 and 100 a second, one after another",
    variables: { SOAK_RATE_FREE: (perSec) => /^[\d.]+$/.test(perSec) ? `${perSec}/s` : perSec },
  }),
  "max-in-flight": flag(integer({ min: 1 }), {
    help:
      "most questions under way; what is due beyond is never asked, which is the target's doing",
    default: 1_000,
  }),
};
export type RateFlags = typeof RATE_FLAGS;
export type RateValues = Values<RateFlags>;

const DESCRIPTION =
  `Questions to a model through its gateway at a given rate, of users in turn, whatever is still unanswered: a higher rate at
each level, until it breaks. A level is healthy if as many answers come as questions are due, within 500 ms; saturated if
the queue grows or answers get slow; breaking if questions fail. Times are from when a question was due. Limits of the
gateway are raised for the run and given back; where one stands in the way all the same, the answer is policy-limited.`;

export const rateCommand = defineLoadCommand({
  name: "rate",
  summary: "how many requests per second a model gateway sustains, and what gives way first",
  description: DESCRIPTION,
  flags: RATE_FLAGS,
  reasons: MAAS_REASONS,
  examples: [
    {
      line: "maas rate",
      does:
        "10, 25, 50 and 100 questions a second, 30 s each, and stop at the first level that breaks",
    },
    {
      line: "maas rate --find-max --rate poisson:20/s --tolerance 10%",
      does: "the highest rate that is sustained, at times like those of many users",
    },
    {
      line: "maas rate --rate 25/s --duration 2m --tiers free=8,premium=2",
      does: "one phase of the plan of the field, with users of two tiers",
    },
  ],
  use: async (invocation) => (await import("./rate.ts")).useRate(invocation),
});
