/**
 * What came of an answer that was streamed under status 200? Reads the frames as they come, and judges
 * them once the body is over.
 *
 * A good one was told to be over: by `[DONE]` or, where the body ended as HTTP has it, by a finish
 * reason. An error among the frames makes it a failure whatever follows, because servers send `[DONE]`
 * behind it; and `[DONE]` without a choice before it is the end of nothing.
 * Source: OpenAI API reference, "Streaming"; llm-d-inference-sim 0.10 and Envoy 1.40 for failures.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { parsedJson } from "../../../core/parsed_json.ts";
import { printable } from "../../../core/say.ts";
import type { ChatAnswer, TokenUsage } from "./chat.ts";
import { EventStream } from "./event_stream.ts";
import { choicesTold, errorTold, hasEnd, hasToken, objectOf, usageTold } from "./told.ts";

const DONE = "[DONE]";
const SHOWN_CHARACTERS = 120;

export class StreamedAnswer {
  readonly #events = new EventStream((data, type) => this.#onEvent(data, type));
  readonly #tokenTimesMs: number[] = [];
  #nowMs = 0;
  #usage: TokenUsage | undefined;
  #error: string | undefined;
  #hasChoice = false;
  #hasEnd = false;
  #isDone = false;

  /**
   * @param atMs clock time at which they came
   * @throws {OperationFailedError} `corrupt`, for a frame that is no JSON object
   */
  take(bytes: Uint8Array, atMs: number): void {
    this.#nowMs = atMs;
    this.#events.take(bytes);
  }

  /**
   * What it was.
   * @param isWhole whether the body ended as HTTP has it
   * @throws {OperationFailedError} `error-frame`, `cut-stream` or `corrupt`
   */
  end(isWhole: boolean): ChatAnswer {
    if (this.#error !== undefined) throw new OperationFailedError("error-frame", this.#error);
    if (!this.#isDone && !(isWhole && this.#hasEnd)) {
      const tokens = this.#tokenTimesMs.length;
      const message = `the stream ended after ${tokens} pieces of text, without its end`;
      throw new OperationFailedError("cut-stream", message);
    }
    if (!this.#hasChoice) throw new OperationFailedError("corrupt", "the stream told no answer");
    return { usage: this.#usage, tokenTimesMs: this.#tokenTimesMs };
  }

  #onEvent(data: string, type: string): void {
    if (data === DONE) {
      this.#isDone = true;
      return;
    }
    const frame = objectOf(parsedJson(data));
    if (type === "error") this.#error ??= shown((frame && errorTold(frame)) ?? data);
    else if (frame === undefined) throw corrupt(data);
    else this.#onFrame(frame);
  }

  #onFrame(frame: Readonly<Record<string, unknown>>): void {
    const error = errorTold(frame);
    if (error !== undefined) this.#error ??= shown(error);
    // Some tell it with every frame, of all up to there.
    this.#usage = usageTold(frame) ?? this.#usage;
    const choices = choicesTold(frame);
    if (choices.length === 0) return;
    this.#hasChoice = true;
    if (choices.some(hasToken)) this.#tokenTimesMs.push(this.#nowMs);
    if (choices.some(hasEnd)) this.#hasEnd = true;
  }
}

function corrupt(data: string): OperationFailedError {
  return new OperationFailedError("corrupt", `a frame is no JSON object: ${shown(data)}`);
}

function shown(text: string): string {
  return printable(text.slice(0, SHOWN_CHARACTERS));
}
