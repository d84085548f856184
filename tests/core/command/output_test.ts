import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Output, sayingGaps } from "../../../core/command/output.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { settled } from "../../support/settled.ts";

/** A reader that takes what the test lets it take. */
class Reader {
  text = "";
  #asked: { bytes: Uint8Array; taken: PromiseWithResolvers<number> } | undefined;

  write(bytes: Uint8Array): Promise<number> {
    strictEqual(this.#asked, undefined, "one write at a time");
    const taken = Promise.withResolvers<number>();
    this.#asked = { bytes, taken };
    return taken.promise;
  }

  get isAsked(): boolean {
    return this.#asked !== undefined;
  }

  async take(mostBytes = Infinity): Promise<void> {
    const { bytes, taken } = this.#next();
    const part = bytes.subarray(0, mostBytes);
    this.text += new TextDecoder().decode(part);
    taken.resolve(part.length);
    await settle();
  }

  async refuse(error: unknown): Promise<void> {
    this.#next().taken.reject(error);
    await settle();
  }

  async takeAll(): Promise<string> {
    while (this.isAsked) await this.take();
    return this.text;
  }

  #next() {
    const asked = this.#asked;
    if (asked === undefined) throw new Error("nothing to take");
    this.#asked = undefined;
    return asked;
  }
}

/** Everything that needs no time has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

function written(...texts: readonly string[]) {
  const reader = new Reader();
  const clock = new FakeClock();
  const output = new Output(reader, { clock });
  for (const text of texts) output.write(text);
  return { reader, clock, output };
}

const FULL = new Error("No space left on device (os error 28)");

Deno.test("texts arrive whole and in order, however much the reader takes at a time", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.oneof(fc.string(), fc.constant("a long one ".repeat(4_000)))),
    fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1 }),
    async (texts, portions) => {
      const reader = { bytes: [] as number[], turn: 0 };
      const output = new Output({
        write(bytes) {
          const part = bytes.subarray(0, portions[reader.turn++ % portions.length]);
          reader.bytes.push(...part);
          return Promise.resolve(part.length);
        },
      }, { clock: new FakeClock() });
      for (const text of texts) output.write(text);
      await output.settled({ patienceMs: 1 });
      strictEqual(new TextDecoder().decode(new Uint8Array(reader.bytes)), texts.join(""));
      strictEqual(output.failure, undefined);
    },
  ));
});

Deno.test("what is only of use now is dropped while the reader lags, and results never are", async () => {
  const { reader, output } = written("x".repeat(300_000));
  strictEqual(output.offer("interval\n"), false);
  output.write("result\n");
  strictEqual(await reader.takeAll(), "x".repeat(300_000) + "result\n");
  strictEqual(output.offer("interval\n"), true);
});

Deno.test("messages that were dropped are counted in front of the next one", async () => {
  const { reader, output } = written("x".repeat(300_000));
  const say = sayingGaps(output);
  say("one\n");
  say("two\n");
  await reader.takeAll();
  say("three\n");
  say("four\n");
  const [, said] = (await reader.takeAll()).split(/x+/);
  strictEqual(said, "(2 messages were dropped: nobody read them)\nthree\nfour\n");
});

Deno.test("a write that fails is kept in mind, loses its text alone, and the next begins a line", async () => {
  const { reader, output } = written("whole\n", "torn", "lost\n", "next\n");
  await reader.take();
  await reader.take(2);
  await reader.refuse(FULL);
  await reader.refuse(new Error("another"));
  strictEqual(await reader.takeAll(), "whole\nto\nnext\n");
  strictEqual(output.failure, FULL.message);
  strictEqual(output.isClosed, false);
});

Deno.test("a reader that has had enough is no failure, and is written to no more", async () => {
  const { reader, output } = written("one\n", "two\n");
  await reader.refuse(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
  output.write("three\n");
  deepStrictEqual([reader.isAsked, output.failure, output.isClosed], [false, undefined, true]);
  await output.settled({ patienceMs: 1 });
});

Deno.test("a descriptor that would block is asked again later", async () => {
  const { reader, clock, output } = written("one\n");
  await reader.refuse(new Deno.errors.WouldBlock("Resource temporarily unavailable"));
  strictEqual(reader.isAsked, false);
  await clock.advance(20);
  strictEqual(await reader.takeAll(), "one\n");
  strictEqual(output.failure, undefined);
});

Deno.test("it has settled when everything was taken", async () => {
  const { reader, output } = written("one\n", "two\n");
  const settling = output.settled({ patienceMs: 1_000 });
  await reader.take();
  strictEqual(await settled(settling), false);
  await reader.take();
  await settling;
  strictEqual(output.failure, undefined);
});

Deno.test("a slow reader has all the time while it takes something", async () => {
  const { reader, clock, output } = written("abcdef");
  const settling = output.settled({ patienceMs: 1_000 });
  for (let n = 0; n < 5; n++) {
    await clock.advance(999);
    await reader.take(1);
  }
  strictEqual(await settled(settling), false);
  await reader.take();
  await settling;
  deepStrictEqual([reader.text, output.failure], ["abcdef", undefined]);
});

Deno.test("a reader that takes nothing for so long is given up, and that is a failure", async () => {
  const { reader, clock, output } = written("one\n", "two\n");
  const settling = output.settled({ patienceMs: 1_000 });
  await clock.advance(1_000);
  await settling;
  match(output.failure ?? "", /nobody reads/);
  output.write("three\n");
  strictEqual(await reader.takeAll(), "one\n", "what the system has was not to be taken back");
});

Deno.test("a signal leaves the reader a second, and ends the wait", async () => {
  const { output, clock } = written("one\n");
  const signalled = new AbortController();
  const settling = output.settled({ patienceMs: Infinity, signal: signalled.signal });
  strictEqual(await settled(settling), false);
  signalled.abort();
  await clock.advance(999);
  strictEqual(output.failure, undefined);
  await clock.advance(1);
  await settling;
  match(output.failure ?? "", /nobody reads/);
});
