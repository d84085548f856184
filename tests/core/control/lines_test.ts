import assert from "node:assert/strict";
import fc from "fast-check";
import { linesOf, LineTooLongError } from "../../../core/control/lines.ts";
import { MOST_LINE_BYTES } from "../../../core/control/protocol.ts";
import type { ByteConnection } from "../../../core/net/byte_connection.ts";

/** A peer whose bytes come in pieces of these lengths, over and over. */
function sending(text: string, pieces: readonly number[] = [Infinity]): ByteConnection {
  let rest = new TextEncoder().encode(text);
  let turn = 0;
  return {
    read(into) {
      if (rest.length === 0) return Promise.resolve(null);
      const count = Math.min(pieces[turn++ % pieces.length]!, into.length, rest.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return Promise.resolve(count);
    },
    write: (bytes) => Promise.resolve(bytes.length),
    close() {},
  };
}

Deno.test("lines come whole however the bytes are cut, and what has no end is none", async () => {
  const line = fc.string({ unit: "binary" }).map((text) =>
    text.replaceAll("\n", " ").toWellFormed()
  );
  const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  await fc.assert(fc.asyncProperty(fc.array(line), line, pieces, async (lines, rest, cuts) => {
    const text = lines.map((one) => `${one}\n`).join("") + rest;
    assert.deepEqual(await Array.fromAsync(linesOf(sending(text, cuts))), lines.map(unmarked));
  }));
});

/** A byte order mark at its beginning is none of its text. */
function unmarked(line: string): string {
  return line.replace(/^\u{feff}/u, "");
}

Deno.test("a line of the greatest length is one, a longer one ends it all", async () => {
  const longest = "x".repeat(MOST_LINE_BYTES - 1);
  const lines = linesOf(sending(`a\n${longest}\n${longest}yz\n`, [1_000]));
  assert.equal((await lines.next()).value, "a");
  assert.equal((await lines.next()).value, longest);
  await assert.rejects(lines.next(), LineTooLongError);
});
