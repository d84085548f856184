/**
 * A model that says what it is told to: so many words, each at its time, in so many slots. Opens no
 * socket.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import { Counters } from "../metrics/counters.ts";
import type { ModelSettings } from "../settings.ts";
import {
  type AnswerId,
  refusalAnswer,
  type StreamFrames,
  streamFrames,
  usageOf,
  wholeAnswer,
} from "./answers.ts";
import { type ModelQuestion, type ModelRefusal, questionOf, QUEUE_FULL } from "./question.ts";
import { Slots } from "./slots.ts";

export type ModelOutcome = "ok" | "model-full" | "model-refused" | "cut-stream" | "client-gone";

/** What a request has come to, once it is over. */
export interface ModelResult {
  readonly outcome: ModelOutcome;
  /** As the answer tells; undefined: it does not. */
  readonly totalTokens: number | undefined;
}

export interface ModelAnswer {
  readonly response: Response;
  readonly result: Promise<ModelResult>;
}

interface Surroundings {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Names that it answers to. */
  readonly models: readonly string[];
}

const EVENT_STREAM = { "content-type": "text/event-stream", "cache-control": "no-cache" };

export class Model {
  readonly #around: Surroundings;
  readonly #slots = new Slots();
  readonly #counters = new Counters();
  #answers = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get names(): readonly string[] {
    return this.#around.models;
  }

  /** Under the names of vLLM. */
  metricsPage(): string {
    return this.#counters.page({
      "vllm:num_requests_running": this.#slots.running,
      "vllm:num_requests_waiting": this.#slots.waiting,
    });
  }

  /** @param body of the request, as text */
  async ask(path: string, body: string, settings: ModelSettings): Promise<ModelAnswer> {
    const { maxLength, slots, queue } = settings;
    const question = questionOf(path, body, { models: this.#around.models, maxLength });
    if ("status" in question) return this.#refuse(question, "model-refused");
    const cameMs = this.#around.clock.now();
    const slot = this.#slots.take({ slots, queue });
    if (slot === undefined) return this.#refuse(QUEUE_FULL, "model-full");
    await slot;
    this.#counters.add("vllm:request_queue_time_seconds_sum", {}, this.#secondsSince(cameMs));
    const asked = { question, settings, cameMs, startMs: this.#around.clock.now() };
    return question.isStream ? this.#stream(asked) : await this.#whole(asked);
  }

  #refuse(refusal: ModelRefusal, outcome: ModelOutcome): ModelAnswer {
    this.#counters.add("sandbox_model_refusals_total", { status: String(refusal.status) });
    const result = Promise.resolve({ outcome, totalTokens: undefined });
    return { response: refusalAnswer(refusal), result };
  }

  async #whole({ question, settings, cameMs, startMs }: Asked): Promise<ModelAnswer> {
    const { clock } = this.#around;
    const { ttftMs, gapMs } = settings;
    await clock.sleepUntil(startMs + ttftMs);
    this.#firstToken(cameMs);
    await clock.sleepUntil(startMs + ttftMs + gapMs * (question.completionTokens - 1));
    const result = this.#end(question, cameMs, "ok");
    return { response: wholeAnswer(question, this.#nextId()), result: Promise.resolve(result) };
  }

  #stream(asked: Asked): ModelAnswer {
    const { question, settings, cameMs } = asked;
    const { promise: result, resolve } = Promise.withResolvers<ModelResult>();
    const isCut = this.#around.rng.next() < settings.cutShare;
    const body = pacedStream(this.#around.clock, {
      ...asked,
      frames: streamFrames(question, this.#nextId()),
      endsAfter: isCut ? Math.ceil(question.completionTokens / 2) : undefined,
      onFirst: () => this.#firstToken(cameMs),
      onEnd: (outcome) => resolve(this.#end(question, cameMs, outcome)),
    });
    return { response: new Response(body, { headers: EVENT_STREAM }), result };
  }

  #firstToken(cameMs: number): void {
    this.#counters.add("vllm:time_to_first_token_seconds_count");
    this.#counters.add("vllm:time_to_first_token_seconds_sum", {}, this.#secondsSince(cameMs));
  }

  #end(question: ModelQuestion, cameMs: number, outcome: ModelOutcome): ModelResult {
    this.#slots.release();
    const { promptTokens, completionTokens, isStream, wantsUsage } = question;
    const isWhole = outcome === "ok";
    if (isWhole) {
      this.#counters.add("vllm:request_success_total", { finished_reason: "stop" });
      this.#counters.add("vllm:prompt_tokens_total", {}, promptTokens);
      this.#counters.add("vllm:generation_tokens_total", {}, completionTokens);
      this.#counters.add("vllm:e2e_request_latency_seconds_count");
      this.#counters.add("vllm:e2e_request_latency_seconds_sum", {}, this.#secondsSince(cameMs));
    }
    const isTold = isWhole && (!isStream || wantsUsage);
    return { outcome, totalTokens: isTold ? usageOf(question).total_tokens : undefined };
  }

  #secondsSince(atMs: number): number {
    return (this.#around.clock.now() - atMs) / 1_000;
  }

  #nextId(): AnswerId {
    const created = Math.floor(this.#around.clock.wallNow().getTime() / 1_000);
    return { id: `chatcmpl-${++this.#answers}`, created };
  }
}

/** A question that has its slot. */
interface Asked {
  readonly question: ModelQuestion;
  readonly settings: ModelSettings;
  readonly cameMs: number;
  /** When it had it. */
  readonly startMs: number;
}

interface PacedStream extends Asked {
  readonly frames: StreamFrames;
  /** Tokens after which it breaks; undefined: it ends as it should. */
  readonly endsAfter: number | undefined;
  onFirst(): void;
  /** Called once. */
  onEnd(outcome: ModelOutcome): void;
}

/** Each token at its time from the start, however long the ones before took. */
function pacedStream(
  clock: Clock,
  { question, settings, startMs, frames, endsAfter, onFirst, onEnd }: PacedStream,
): ReadableStream<Uint8Array> {
  const { completionTokens } = question;
  const gone = new AbortController();
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (frames.head !== undefined) controller.enqueue(frames.head);
    },
    async pull(controller) {
      const { ttftMs, gapMs } = settings;
      await clock.sleepUntil(startMs + ttftMs + gapMs * sent, gone.signal);
      if (gone.signal.aborted) return;
      if (sent === endsAfter) {
        onEnd("cut-stream");
        return controller.error(new Error("The stream was cut"));
      }
      if (sent === 0) onFirst();
      controller.enqueue(frames.token);
      if (++sent < completionTokens) return;
      controller.enqueue(frames.tail);
      onEnd("ok");
      controller.close();
    },
    cancel() {
      gone.abort();
      onEnd("client-gone");
    },
  });
}
