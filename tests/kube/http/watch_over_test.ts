/** Bytes in, events out; how the source ends, and how it is ended. */

import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import type { FailureReason } from "../../../core/measure/sample.ts";
import type { WatchEvent } from "../../../kube/cluster.ts";
import { watchEvents } from "../../../kube/http/watch_over.ts";
import { StatusError } from "../../../kube/status_error.ts";
import { assertFailed, failureOf } from "../../support/api_target.ts";

const MIB = 1_048_576;
const encoder = new TextEncoder();

function line(type: string, name: string): string {
  return `{"type":"${type}","object":{"metadata":{"name":"${name}"}}}`;
}

/** A body of these chunks, what it was cancelled with, and whether it has ended by now. */
function source(
  chunks: readonly (string | Uint8Array)[],
  { end = "close" }: { end?: "close" | "silence" | Error } = {},
) {
  const left = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  const cancelled: unknown[] = [];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      if (end === "close") controller.close();
      else if (end !== "silence") controller.error(end);
    },
    cancel(reason) {
      cancelled.push(reason);
    },
  }, { highWaterMark: 0 });
  return { body, cancelled };
}

async function eventsOf(body: ReadableStream<Uint8Array>): Promise<WatchEvent[]> {
  return await Array.fromAsync(watchEvents(body));
}

async function namesOf(chunks: readonly (string | Uint8Array)[]): Promise<unknown[]> {
  const events = await eventsOf(source(chunks).body);
  return events.map(({ type, object }) => `${type} ${object.metadata.name}`);
}

Deno.test("an event is its type, its object and the length of its line, newline included", async () => {
  const text = line("ADDED", "é");
  assert.deepEqual(await eventsOf(source([`${text}\n`]).body), [{
    type: "ADDED",
    object: { metadata: { name: "é" } },
    bytes: encoder.encode(text).length + 1,
  }]);
});

Deno.test("where the chunks are cut does not matter, not even within a letter", async () => {
  const text = `${line("ADDED", "ä€😀")}\n${line("BOOKMARK", "b")}\n`;
  const bytes = encoder.encode(text);
  const expected = ["ADDED ä€😀", "BOOKMARK b"];
  for (let at = 0; at <= bytes.length; at++) {
    const halves = [bytes.subarray(0, at), bytes.subarray(at)];
    assert.deepEqual(await namesOf(halves), expected, `cut at ${at}`);
  }
  assert.deepEqual(await namesOf([...bytes].map((byte) => Uint8Array.of(byte))), expected);
});

Deno.test("any events cut anywhere come out as they went in, with all their bytes", async () => {
  const object = fc.record({
    metadata: fc.record({ name: fc.string({ unit: "grapheme" }) }),
    data: fc.jsonValue(),
  });
  const event = fc.record({ type: fc.constantFrom("ADDED", "MODIFIED", "DELETED"), object });
  await fc.assert(
    fc.asyncProperty(
      fc.array(event),
      fc.array(fc.nat({ max: 300 })),
      fc.boolean(),
      async (events, sizes, endsWithNewline) => {
        const lines = events.map((event) => JSON.stringify(event));
        const text = lines.join("\n") + (endsWithNewline && lines.length > 0 ? "\n" : "");
        const bytes = encoder.encode(text);
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const size of sizes) chunks.push(bytes.subarray(from, from += size));
        chunks.push(bytes.subarray(from));
        const found = await eventsOf(source(chunks).body);
        assert.deepEqual(
          found.map(({ type, object }) => ({ type, object })),
          lines.map((line) => JSON.parse(line)),
        );
        assert.equal(found.reduce((sum, { bytes }) => sum + bytes, 0), bytes.length);
      },
    ),
  );
});

Deno.test("a last line without its newline is an event, empty lines are none", async () => {
  assert.deepEqual(await namesOf([line("ADDED", "a")]), ["ADDED a"]);
  assert.deepEqual(await namesOf(["\n\n", `${line("ADDED", "a")}\n\n`]), ["ADDED a"]);
  assert.deepEqual(await namesOf([]), []);
});

Deno.test("an ERROR event is thrown as the Status that it is, after the events before it", async () => {
  const status = {
    kind: "Status",
    reason: "Expired",
    message: "too old resource version: 1 (9)",
    code: 410,
    details: { retryAfterSeconds: 2 },
  };
  const { body, cancelled } = source([
    `${line("ADDED", "a")}\n${JSON.stringify({ type: "ERROR", object: status })}\n`,
  ], { end: "silence" });
  const events = watchEvents(body);
  assert.equal((await events.next()).value?.type, "ADDED");
  const error = await failureOf(events.next());
  assert.ok(error instanceof StatusError);
  assert.deepEqual(
    [error.reason, error.code, error.message, error.retryAfterMs],
    ["expired", 410, status.message, 2_000],
  );
  assert.equal(cancelled.length, 1);
});

Deno.test("an ERROR event without a code is an internal error of the server", async () => {
  const error = await failureOf(namesOf(['{"type":"ERROR","object":{"kind":"Status"}}\n']));
  assert.ok(error instanceof StatusError);
  assert.deepEqual([error.reason, error.code], ["http-500", 500]);
});

Deno.test("what is no event is a failure with its class, and ends the source", async () => {
  const cases: [string, FailureReason, string | RegExp][] = [
    ["{garbage}\n", "truncated", /^Cannot read the watch: a line is no JSON \(.*JSON.*\)$/],
    [
      '{"type":"ADDED","object":{"meta',
      "truncated",
      /^Cannot read the watch: a line is no JSON \(.*\)$/,
    ],
    ["[]\n", "protocol", "Cannot read the watch: a line is no event"],
    ["null\n", "protocol", "Cannot read the watch: a line is no event"],
    ['{"type":"ADDED"}\n', "protocol", "Cannot read the watch: a line is no event"],
    ['{"type":"ADDED","object":null}\n', "protocol", "Cannot read the watch: a line is no event"],
    ['{"type":"ADDED","object":{}}\n', "protocol", "Cannot read the watch: a line is no event"],
    ['{"object":{"metadata":{}}}\n', "protocol", "Cannot read the watch: a line is no event"],
  ];
  for (const [text, reason, message] of cases) {
    const { body, cancelled } = source([text], text.endsWith("\n") ? { end: "silence" } : {});
    assertFailed(await failureOf(eventsOf(body)), reason, message);
    if (text.endsWith("\n")) assert.equal(cancelled.length, 1, text);
  }
});

Deno.test("a line that does not end is given up at 16 MiB", async () => {
  const mebibyte = new Uint8Array(MIB).fill(65);
  const { body, cancelled } = source(Array(17).fill(mebibyte), { end: "silence" });
  assertFailed(
    await failureOf(eventsOf(body)),
    "protocol",
    "Cannot read the watch: a line is longer than 16777216 bytes",
  );
  assert.equal(cancelled.length, 1);
});

Deno.test("a body that breaks off is a failure as fetch's errors are classed", async () => {
  const cause = new TypeError("error reading a body from connection");
  const { body } = source([`${line("ADDED", "a")}\n`], { end: cause });
  const events = watchEvents(body);
  await events.next();
  const error = await failureOf(events.next());
  assertFailed(
    error,
    "truncated",
    "Cannot read the watch: error reading a body from connection",
  );
  assert.equal(error.cause, cause);
});

Deno.test("a consumer that leaves cancels the source", async () => {
  const two = `${line("ADDED", "a")}\n${line("ADDED", "b")}\n`;
  const { body, cancelled } = source([two], { end: "silence" });
  for await (const { object } of watchEvents(body)) {
    assert.equal(object.metadata.name, "a");
    break;
  }
  assert.equal(cancelled.length, 1);
});

Deno.test("an abort while nothing comes ends it with the signal's own reason", async () => {
  const { body, cancelled } = source([`${line("ADDED", "a")}\n`], { end: "silence" });
  const controller = new AbortController();
  const events = watchEvents(body, { signal: controller.signal });
  await events.next();
  const pending = failureOf(events.next());
  await setImmediate();
  const reason = new Error("enough");
  controller.abort(reason);
  assert.equal(await pending, reason);
  assert.deepEqual(cancelled, [reason]);
  assert.equal((await events.next()).done, true);
});

Deno.test("a signal that had aborted before the first read ends it as well", async () => {
  const { body, cancelled } = source([], { end: "silence" });
  const reason = new Error("before");
  const events = watchEvents(body, { signal: AbortSignal.abort(reason) });
  assert.equal(await failureOf(events.next()), reason);
  assert.equal(cancelled.length, 1);
});

Deno.test("an abort counts for more than the error that it causes", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      controller.abort(reason);
      stream.error(new DOMException("The signal has been aborted", "AbortError"));
    },
  }, { highWaterMark: 0 });
  const events = watchEvents(body, { signal: controller.signal });
  assert.equal(await failureOf(events.next()), reason);
});
