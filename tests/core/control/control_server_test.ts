import assert from "node:assert/strict";
import fc from "fast-check";
import { ControlClient } from "../../../core/control/control_client.ts";
import { MOST_LINE_BYTES } from "../../../core/control/protocol.ts";
import { CannotRunError } from "../../../core/errors.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import { Serving, STATUS } from "./serving.ts";

const ASK_STATUS = { version: 1, ask: "status" };
const ASK_MARK = { version: 1, ask: "change", change: { kind: "mark", text: "x" }, by: "ctl" };

Deno.test("the control socket answers how the run is, and what is in force of a change", async () => {
  await using serving = new Serving();
  const client = await serving.connect();
  assert.deepEqual(await client.ask(ASK_STATUS), { version: 1, status: STATUS });
  const inForce = { now: "mark", sinceMs: 12_000 };
  assert.deepEqual(await client.ask(ASK_MARK), { version: 1, inForce });
  assert.deepEqual(serving.asked, [ASK_STATUS, ASK_MARK]);
});

const UNREAD: readonly [what: string, line: string, kind: string, message: RegExp][] = [
  ["no JSON", "hello", "badRequest", /^Cannot read the request: it is no JSON$/],
  ["nothing", "", "badRequest", /no JSON/],
  ["no object", "null", "badRequest", /^Cannot read the request: /],
  ["another version", '{"version":2,"ask":"status"}', "otherVersion", /speaks version 1 .* not 2/],
  ["an unknown question", '{"version":1,"ask":"x"}', "badRequest", /ask: /],
  [
    "a rate of 0",
    JSON.stringify({ ...ASK_MARK, change: { kind: "rate", ratePerSec: 0 } }),
    "badRequest",
    /change\.ratePerSec: /,
  ],
  [
    "a name for the log that is none",
    JSON.stringify({ ...ASK_MARK, by: "x\n" }),
    "badRequest",
    /by/,
  ],
];

for (const [what, line, kind, message] of UNREAD) {
  Deno.test(`a request that is ${what} is answered with why, and the next one is served`, async () => {
    await using serving = new Serving();
    const client = await serving.connect();
    await client.say(`${line}\n`);
    const answer = await client.heard();
    assert.ok(answer !== undefined && "error" in answer);
    assert.equal(answer.error.kind, kind);
    assert.match(answer.error.message, message);
    assert.deepEqual(serving.asked, []);
    assert.deepEqual(await client.ask(ASK_STATUS), { version: 1, status: STATUS });
  });
}

Deno.test("whatever a client sends, each line has one answer, until one is too long", async () => {
  await using serving = new Serving();
  const line = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", ""));
  await fc.assert(
    fc.asyncProperty(line, async (text) => {
      const client = await serving.connect();
      await client.say(`${text}\n`);
      assert.ok("error" in (await client.heard())!);
      client.close();
    }),
    { numRuns: 30 },
  );
  const client = await serving.connect();
  await client.say("x".repeat(MOST_LINE_BYTES + 1));
  const answer = await client.heard();
  assert.ok(answer !== undefined && "error" in answer);
  assert.match(answer.error.message, /longer than 8192 bytes/);
  assert.equal(await client.heard(), undefined, "it is hung up on");
});

Deno.test("a change that breaks something is an answer as well", async () => {
  await using serving = new Serving();
  serving.answer = () => Promise.reject(new Error("broke"));
  const client = await serving.connect();
  assert.deepEqual(await client.ask(ASK_MARK), {
    version: 1,
    error: { kind: "failed", message: "broke" },
  });
});

Deno.test("one client too many is told so, and served once another one has gone", async () => {
  await using serving = new Serving();
  const clients = [];
  for (let index = 0; index < 8; index++) {
    clients.push(await serving.connect());
    assert.ok("status" in (await clients[index]!.ask(ASK_STATUS))!);
  }
  const more = await serving.connect();
  assert.deepEqual(await more.heard(), {
    version: 1,
    error: { kind: "busy", message: "8 others are asking this run already" },
  });
  assert.equal(await more.heard(), undefined, "it is hung up on");
  clients[0]!.close();
  await serving.clock.advance(100);
  const next = await serving.connect();
  assert.ok("status" in (await next.ask(ASK_STATUS))!);
});

Deno.test("a client that asks nothing for a minute is hung up on, one that asks is not", async () => {
  await using serving = new Serving();
  const [silent, asking] = [await serving.connect(), await serving.connect()];
  assert.ok("status" in (await silent.ask(ASK_STATUS))!);
  await silent.say('{"version":1,');
  for (let minute = 0; minute < 2; minute++) {
    await serving.clock.advance(40_000);
    assert.ok("status" in (await asking.ask(ASK_STATUS))!);
  }
  const sinceMs = serving.clock.now();
  assert.equal(await silent.heard(), undefined);
  assert.ok(serving.clock.now() - sinceMs < 100, "it was hung up on by then");
  asking.close();
  const closedMs = serving.clock.now();
  while (serving.clock.sleeperCount > 0) await serving.clock.advance(10);
  assert.ok(serving.clock.now() - closedMs < 10_000, "nothing waits for a client that has gone");
});

Deno.test("a client that asks at once again and again is answered 50 times a second", async () => {
  await using serving = new Serving();
  const client = await serving.connect();
  const count = 10;
  await client.say(`${JSON.stringify(ASK_STATUS)}\n`.repeat(count));
  const startMs = serving.clock.now();
  for (let index = 0; index < count; index++) assert.ok("status" in (await client.heard())!);
  assert.ok(serving.clock.now() - startMs >= 20 * (count - 1), "answers are apart");
});

Deno.test("two who ask for changes are both served, each told what came of its own", async () => {
  await using serving = new Serving();
  const turns: string[] = [];
  const gate = Promise.withResolvers<void>();
  serving.answer = async (request) => {
    assert.ok(request.ask === "change");
    turns.push(request.by);
    if (request.by === "one") await gate.promise;
    return { version: 1, inForce: { now: `for ${request.by}`, sinceMs: 0 } };
  };
  const [one, other] = [await serving.connect(), await serving.connect()];
  await one.say(JSON.stringify({ ...ASK_MARK, by: "one" }) + "\n");
  while (turns.length === 0) await serving.clock.advance(1);
  const answer = await other.ask({ ...ASK_MARK, by: "other" });
  assert.deepEqual(answer, { version: 1, inForce: { now: "for other", sinceMs: 0 } });
  gate.resolve();
  assert.deepEqual(await one.heard(), { version: 1, inForce: { now: "for one", sinceMs: 0 } });
  assert.deepEqual(turns, ["one", "other"]);
});

Deno.test("clients of a run that ends are hung up on, also one that waits for its answer", async () => {
  await using serving = new Serving();
  serving.answer = () => new Promise(() => {});
  using client = await ControlClient.connect(serving.dir.path, { clock: new SystemClock() });
  const change = client.change({ kind: "pause" }, "ctl");
  while (serving.asked.length === 0) await serving.clock.advance(1);
  await serving.server[Symbol.asyncDispose]();
  await assert.rejects(change, new CannotRunError("it ended before it answered"));
  assert.equal(serving.clock.sleeperCount, 0);
});
