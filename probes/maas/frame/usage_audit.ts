/**
 * Did the limiter charge what the model's answers say was used? A quota that is charged too little lets
 * users have more than they pay for, and nothing in the answers shows it: a limiter that is late is passed
 * over. Compares sums over the run, with an allowance for what was under way or had failed, of which
 * nobody here knows what it cost.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Finding } from "../../../core/judge/finding.ts";
import type { ChatReason } from "../chat/chat.ts";
import type { ChatClient } from "../chat/chat_client.ts";

/** Refusals of who stands before the model, or of its door: no tokens were used. */
const REFUSED: ReadonlySet<string> = new Set<ChatReason>([
  "auth-overload",
  "auth-timeout",
  "not-authenticated",
  "not-authorized",
  "rate-limited",
  "model-full",
]);

const SUBJECT = "the limiter charges what was used";

/** What was asked and used so far. */
export interface Tally {
  /** Each may be charged as one by a limit of requests. */
  asked: number;
  /** Of answers that told it. */
  usedTokens: number;
  /** Good answers without usage, and questions whose answer was lost or cut, or is not there yet. */
  unknown: number;
}

/** The client, which counts along. */
export function tallying(client: ChatClient, tally: Tally): ChatClient {
  return {
    get opened() {
      return client.opened;
    },
    async ask(user, options) {
      tally.asked++;
      tally.unknown++;
      const answer = await answerOrRefusal(client.ask(user, options), () => tally.unknown--);
      if (answer.usage === undefined) return answer;
      tally.unknown--;
      tally.usedTokens += answer.usage.totalTokens;
      return answer;
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

/** What it settles to, after a call of `onRefused` if no model can have begun to answer. */
async function answerOrRefusal<T>(answer: Promise<T>, onRefused: () => void): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof OperationFailedError && REFUSED.has(thrown.reason)) onRefused();
    throw thrown;
  }
}

/** @param options `charged`: by how much the limiter's count has grown; `mostTokens`: of one answer */
export function auditUsage(
  { asked, usedTokens, unknown }: Tally,
  { charged, mostTokens }: { charged: number; mostTokens: number },
): Finding {
  const allowance = asked + unknown * mostTokens;
  const finding = {
    subject: SUBJECT,
    observed: `${charged} tokens charged`,
    limit: `${usedTokens} tokens used, and up to ${allowance} more`,
  };
  if (charged < usedTokens) {
    return {
      ...finding,
      verdict: "fail",
      reason:
        `${usedTokens - charged} tokens of good answers were never charged: the limiter was ` +
        "passed over, or did not see their usage",
    };
  }
  if (charged <= usedTokens + allowance) return { ...finding, verdict: "pass", reason: "" };
  return {
    ...finding,
    verdict: "inconclusive",
    reason: "more was charged than this run can have used: the limiter serves others as well, or " +
      "charges requests and not tokens",
  };
}
