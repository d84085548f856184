import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import { Model } from "../../../../sandbox/maas/model/model.ts";
import { AS_INSTALLED, type ModelSettings } from "../../../../sandbox/maas/settings.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const CHAT = "/v1/chat/completions";
const SETTINGS = { ...AS_INSTALLED.model, ttftMs: 100, gapMs: 10 };

function started() {
  const clock = new FakeClock();
  const model = new Model({ clock, rng: createRng(1), models: ["m"] });
  const ask = (body: unknown, settings: ModelSettings = SETTINGS) =>
    model.ask(CHAT, typeof body === "string" ? body : JSON.stringify(body), settings);
  return { clock, model, ask };
}

const QUESTION = { model: "m", messages: [{ role: "user", content: "a b c" }], max_tokens: 3 };

Deno.test("each token of a stream comes at its time, and its usage once all have come", async () => {
  const { clock, ask } = started();
  const answer = await ask({
    ...QUESTION,
    stream: true,
    stream_options: { include_usage: true },
  });
  const came: [atMs: number, text: string][] = [];
  const reading = (async () => {
    for await (const bytes of answer.response.body!) {
      came.push([clock.now(), new TextDecoder().decode(bytes)]);
    }
  })();
  await clock.advance(1_000);
  await reading;
  assert.deepEqual(came.map(([atMs]) => atMs), [0, 100, 110, 120, 120]);
  assert.match(came.at(-1)![1], /"usage".*\n\ndata: \[DONE\]\n\n$/s);
  assert.deepEqual(await answer.result, { outcome: "ok", totalTokens: 6 });
});

Deno.test("a whole answer comes when its last token would, and waits for a slot before", async () => {
  const { clock, model, ask } = started();
  const settings = { ...SETTINGS, slots: 1 };
  const ends = Promise.all([1, 2].map(async () => {
    await ask(QUESTION, settings);
    return clock.now();
  }));
  await clock.settle();
  assert.match(model.metricsPage(), /num_requests_running 1\n.*num_requests_waiting 1\n/);
  await clock.advance(1_000);
  assert.deepEqual(await ends, [120, 240]);
});

Deno.test("a client that goes gives its slot back", async () => {
  const { clock, model, ask } = started();
  const { response, result } = await ask({ ...QUESTION, stream: true });
  await response.body!.cancel();
  await clock.advance(1_000);
  assert.deepEqual(await result, { outcome: "client-gone", totalTokens: undefined });
  assert.match(model.metricsPage(), /num_requests_running 0/);
});

for (
  const [what, body, status, message] of [
    ["an unknown model", { ...QUESTION, model: "x" }, 404, "The model `x` does not exist."],
    ["no JSON", "{", 400, "Failed to read and parse request body"],
    [
      "no tokens",
      { ...QUESTION, max_tokens: 0 },
      400,
      "Max completion tokens and max tokens should be positive",
    ],
    ["too many tokens", { ...QUESTION, max_tokens: 2_000 }, 400, /maximum context length is 1024/],
  ] as const
) {
  Deno.test(`a question with ${what} is refused, in the words of the original`, async () => {
    const { response, result } = await started().ask(body);
    assert.equal(response.status, status);
    const { error } = await response.json();
    if (message instanceof RegExp) assert.match(error.message, message);
    else assert.equal(error.message, message);
    assert.equal((await result).outcome, "model-refused");
  });
}
