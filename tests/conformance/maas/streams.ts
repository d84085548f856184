/** How does an answer come that is streamed? @module */

import assert from "node:assert/strict";
import { framesOf } from "./scene.ts";
import type { MaasBehaviour } from "./subject.ts";

interface Frame {
  readonly choices: readonly {
    readonly delta: Readonly<Record<string, string>>;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly total_tokens: number };
}

export const STREAMS: readonly MaasBehaviour[] = [
  {
    name: "a stream begins with the role alone, has a frame for each token, and says how it ends",
    check: async (scene) => {
      const { token } = await scene.user();
      const answer = await scene.ask({ token, body: { stream: true } });
      assert.equal(answer.status, 200);
      assert.match(String(answer.headers["content-type"]), /^text\/event-stream/);
      const frames = framesOf(answer);
      assert.equal(frames.at(-1), "[DONE]");
      const told = frames.slice(0, -1) as Frame[];
      assert.deepEqual(told[0]!.choices[0]!.delta, { role: "assistant" });
      const texts = told.flatMap(({ choices }) => choices[0]?.delta["content"] || []);
      assert.equal(texts.length, 4);
      assert.equal(told.at(-1)!.choices[0]!.finish_reason, "stop");
      assert.ok(told.every((frame) => frame.usage === undefined));
    },
  },
  {
    name: "a stream tells its usage where it was asked for, in a frame without choices",
    check: async (scene) => {
      const { token } = await scene.user();
      const answer = await scene.ask({
        token,
        body: { stream: true, stream_options: { include_usage: true } },
      });
      const [usage, end] = framesOf(answer).slice(-2) as [Frame, unknown];
      assert.equal(end, "[DONE]");
      assert.deepEqual(usage.choices, []);
      assert.equal(usage.usage!.total_tokens, usage.usage!.prompt_tokens + 4);
    },
  },
];
