/** What every maas probe may measure. @module */

import { allMeasures, type Measures } from "../../../core/run/measures.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import {
  CREATE_ACCOUNT,
  CREATE_KEY,
  REQUEST_TOKEN,
  TOKEN_RENEWAL_FAILURES,
  TOKEN_RENEWALS,
} from "../users/measured.ts";
import { REVIEW } from "./review.ts";
import { ANSWERS, BEYOND_AUTH } from "./asked.ts";
import { CANARY_MEASURES } from "./canaries.ts";

/** @param tiers of the users */
export function frameMeasures(tiers: readonly string[]): Measures {
  const ofTiers = ["answersWithoutUsage", TOKEN_RENEWALS, TOKEN_RENEWAL_FAILURES];
  const ofChat: Measures = {
    counters: tiers.flatMap((tier) => ofTiers.map((name) => ({ name, tags: { tier } }))),
    others: [
      ...[
        CHAT_OP,
        ANSWERS,
        BEYOND_AUTH,
        REVIEW,
        "timeToFirstToken",
        "interTokenLatency",
        "timePerOutputToken",
      ],
      ...["promptTokens", "completionTokens", "totalTokens"],
      ...[CREATE_ACCOUNT, REQUEST_TOKEN, CREATE_KEY],
    ],
  };
  return allMeasures(ofChat, CANARY_MEASURES);
}
