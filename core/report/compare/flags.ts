/** The flags of `scaletool compare`. @module */

import { choice, flag, listOf, text } from "../../command/flags.ts";

export const COMPARE_FLAGS = {
  "fail-on": flag(listOf(text("rule")), {
    help:
      "what counts as a regression, e.g. 'p99>10%', 'rate<-5%', any; repeatable; default: any metric " +
      "significantly worse by at least 5 %",
    default: [],
  }),
  output: flag(choice(["text", "json"]), { help: "format", short: "o", default: "text" }),
};
