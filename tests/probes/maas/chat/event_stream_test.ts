import assert from "node:assert/strict";
import fc from "fast-check";
import { EventStream } from "../../../../probes/maas/chat/event_stream.ts";

type Told = readonly [data: string, type: string];

function eventsOf(...pieces: readonly Uint8Array[]): Told[] {
  const told: Told[] = [];
  const stream = new EventStream((data, type) => told.push([data, type]));
  for (const piece of pieces) stream.take(piece);
  return told;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("events are found as the standard says", () => {
  const cases: [string, string, string[]][] = [
    ["one", "data: a\n\n", ["a"]],
    ["without the space", "data:a\n\n", ["a"]],
    ["one space is taken away, no more", "data:  a\n\n", [" a"]],
    ["CR", "data: a\r\rdata: b\r\r", ["a", "b"]],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["mixed", "data: a\r\n\ndata: b\n\r\n", ["a", "b"]],
    ["several lines", "data: a\ndata: b\ndata\n\n", ["a\nb\n"]],
    ["comments", ": hello\n\n:\ndata: a\n: x\n\n", ["a"]],
    ["other fields", "id: 1\nretry: 5\ndata: a\nfoo: bar\nbaz\n\n", ["a"]],
    ["colons in the value", 'data: {"a":"b:c"}\n\n', ['{"a":"b:c"}']],
    ["empty data", "data\n\n", [""]],
    ["no data", "event: a\n\n\n\n", []],
    ["a byte order mark", "\ufeffdata: a\n\n", ["a"]],
    ["an end without its empty line", "data: a\n\ndata: b\n", ["a"]],
    ["a name with a space", " data: a\n\n", []],
    ["a separator that is none", "data: a\u2028b\n\n", ["a\u2028b"]],
  ];
  for (const [what, text, expected] of cases) {
    assert.deepEqual(eventsOf(bytesOf(text)).map(([data]) => data), expected, what);
  }
});

Deno.test("the type of an event is its own, and of no other", () => {
  const text = "event: error\ndata: a\n\ndata: b\n\nevent: x\n\ndata: c\n\nevent\ndata: d\n\n";
  assert.deepEqual(eventsOf(bytesOf(text)), [
    ["a", "error"],
    ["b", "message"],
    ["c", "message"],
    ["d", "message"],
  ]);
});

/** Lines that mean something, and ends of lines of every kind. */
const LINE = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => `data: ${text}`),
  fc.constantFrom(
    "data",
    "data:",
    "event: error",
    ": comment",
    "id: 7",
    "",
    "",
    "",
    "\ufeff",
    "日本",
  ),
);
const TEXT = fc.array(fc.tuple(LINE, fc.constantFrom("\n", "\r", "\r\n")), { maxLength: 20 })
  .map((lines) => lines.map((line) => line.join("")).join(""));

Deno.test("the events are the same wherever the bytes are cut, within characters too", () => {
  fc.assert(fc.property(TEXT, fc.array(fc.nat(400), { maxLength: 12 }), (text, places) => {
    const bytes = bytesOf(text);
    const cuts = [0, ...places.sort((one, other) => one - other), bytes.length];
    const pieces = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
    assert.deepEqual(eventsOf(...pieces), eventsOf(bytes));
  }));
});

Deno.test("a byte order mark is one at the very start alone, however the bytes are cut", () => {
  const pieces = ["data: a\n", "\ufeff\n", "\n"].map(bytesOf);
  assert.deepEqual(eventsOf(...pieces), [["a", "message"]]);
  const [before, after] = ["data: a\r\n", "\ufeffdata: b\r\n\r\n"].map(bytesOf);
  assert.deepEqual(eventsOf(before!, after!), [["a", "message"]]);
  assert.deepEqual(eventsOf(bytesOf("\ufeff"), bytesOf("data: a\n\n")), [["a", "message"]]);
});

/** The standard's grammar, read over the whole text at once. */
function eventsByGrammar(text: string): Told[] {
  const told: Told[] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  // What follows the last end of a line is no line.
  lines.pop();
  let data: string[] = [];
  let type = "";
  for (const line of lines) {
    if (line === "") {
      if (data.length > 0) told.push([data.join("\n"), type || "message"]);
      data = [];
      type = "";
      continue;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "data") data.push(value);
    if (name === "event") type = value;
  }
  return told;
}

Deno.test("the events are those of the grammar", () => {
  fc.assert(fc.property(TEXT, (text) => {
    const bytes = bytesOf(text);
    // Through the encoder, because half a surrogate is another character on the wire.
    assert.deepEqual(
      eventsOf(bytes),
      eventsByGrammar(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)),
    );
  }));
});

Deno.test("a line that does not end is refused", () => {
  const piece = bytesOf("x".repeat(1 << 20));
  const stream = new EventStream(() => {});
  assert.throws(() => {
    for (let times = 0; times < 20; times++) stream.take(piece);
  }, { reason: "corrupt" });
});
