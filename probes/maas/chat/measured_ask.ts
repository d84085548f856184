/**
 * What is recorded of a question and its answer? Beside the operation `chat`: of a stream the time to
 * the first token from when the request was sent, the time from each token to the next, and the mean of
 * these as the server counts tokens; and what it counted. Nothing of an answer that failed, whose
 * times would be mixed with those of good ones.
 * Source: inference-perf, docs/metrics.md; vLLM, vllm/benchmarks/serve.py.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Iteration } from "../../../core/load/workload.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { User } from "../users/user.ts";
import type { ChatAnswer } from "./chat.ts";
import type { ChatClient } from "./chat_client.ts";

export const CHAT_OP = "chat";

/** What a run has for all its questions. */
export interface ChatMeasuring {
  readonly client: ChatClient;
  readonly clock: Clock;
  readonly recorder: Recorder;
}

/**
 * One operation of an iteration, from when that was due.
 * @throws what {@link ChatClient.ask} throws
 */
export async function measuredAsk(
  iteration: Iteration,
  user: User,
  { client, clock, recorder }: ChatMeasuring,
): Promise<ChatAnswer> {
  const tags = { tier: user.tier };
  let sentMs = 0;
  const ask = () => {
    sentMs = clock.now();
    return client.ask(user, { signal: iteration.aborted });
  };
  const answer = await iteration.timed(ask, { op: CHAT_OP, tags });
  recordTokenTimes(recorder, answer, { sentMs, tags });
  recordUsage(recorder, answer, { atMs: clock.now(), tags });
  return answer;
}

function recordTokenTimes(
  recorder: Recorder,
  { usage, tokenTimesMs }: ChatAnswer,
  { sentMs, tags }: { sentMs: number; tags: Tags },
): void {
  const [firstMs, ...laterMs] = tokenTimesMs;
  if (firstMs === undefined) return;
  recorder.observeMs("timeToFirstToken", firstMs - sentMs, { atMs: firstMs, tags });
  let beforeMs = firstMs;
  for (const atMs of laterMs) {
    recorder.observeMs("interTokenLatency", atMs - beforeMs, { atMs, tags });
    beforeMs = atMs;
  }
  // Pieces of text are no tokens: without the server's count there is no time of one.
  const later = (usage?.completionTokens ?? 0) - 1;
  if (later < 1 || laterMs.length === 0) return;
  const perTokenMs = (beforeMs - firstMs) / later;
  recorder.observeMs("timePerOutputToken", perTokenMs, {
    atMs: beforeMs,
    sinceMs: firstMs,
    tags,
  });
}

function recordUsage(
  recorder: Recorder,
  { usage }: ChatAnswer,
  at: { atMs: number; tags: Tags },
): void {
  if (usage === undefined) return recorder.count("answersWithoutUsage", 1, at);
  recorder.count("promptTokens", usage.promptTokens, at);
  recorder.count("completionTokens", usage.completionTokens, at);
  recorder.count("totalTokens", usage.totalTokens, at);
}
