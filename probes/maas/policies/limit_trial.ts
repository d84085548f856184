/**
 * When is a user refused? Asks one question after another until a limiter says no, or until enough is
 * known, and counts what got through. What is refused is charged to nobody.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { ChatAnswer } from "../chat/chat.ts";
import type { Rate } from "../../../kube/kuadrant/rates.ts";

/** A user that has asked nothing before, so that its counts begin with its first question. */
export interface LimitCanary {
  /** @throws {OperationFailedError} `rate-limited` where a limiter refuses it */
  ask(options: { readonly maxTokens: number; readonly signal: AbortSignal }): Promise<ChatAnswer>;
}

/** What got through, one after another. */
export interface Passed {
  readonly requests: number;
  /** As the server counts. */
  readonly tokens: number;
}

export interface Trial extends Passed {
  /**
   * `over`: more than the limit got through. `short`: neither a refusal nor that, in the requests and the
   * time that there were. `uncounted`: answers do not tell how many tokens they took.
   */
  readonly end: "refused" | "over" | "short" | "uncounted";
}

export interface TrialOptions {
  readonly rate: Rate;
  readonly mostRequests: number;
  /** Asked before each question: whether there is time for it. */
  readonly hasTime: () => boolean;
  readonly signal: AbortSignal;
}

/** Of questions that are to use tokens up. */
const MANY_TOKENS = 1_000;

/** @throws what a question fails with for another reason than a limit; the signal's reason */
export async function tryLimit(
  canary: LimitCanary,
  { rate, mostRequests, hasTime, signal }: TrialOptions,
): Promise<Trial> {
  const maxTokens = rate.counts === "requests" ? 1 : Math.min(MANY_TOKENS, rate.limit);
  let requests = 0;
  let tokens = 0;
  while (requests < mostRequests && hasTime()) {
    signal.throwIfAborted();
    // Before the question: the one that takes a count of tokens over its limit still gets through.
    const isUsedUp = rate.limit <= (rate.counts === "requests" ? requests : tokens);
    try {
      const { usage } = await canary.ask({ maxTokens, signal });
      requests++;
      tokens += usage?.totalTokens ?? 0;
      if (usage === undefined && rate.counts === "tokens") {
        return { requests, tokens, end: "uncounted" };
      }
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
      return { requests, tokens, end: "refused" };
    }
    if (isUsedUp) return { requests, tokens, end: "over" };
  }
  return { requests, tokens, end: "short" };
}

/** Whether the refusal came when this limit was used up, and not before. */
export function isByLimit({ requests, tokens }: Passed, { counts, limit }: Rate): boolean {
  return (counts === "requests" ? requests : tokens) >= limit;
}

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof OperationFailedError && thrown.reason === "rate-limited";
}
