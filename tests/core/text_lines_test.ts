import assert from "node:assert/strict";
import fc from "fast-check";
import { textLines } from "../../core/text_lines.ts";

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  return await Array.fromAsync(textLines(ReadableStream.from(chunks)));
}

Deno.test("lines are the same however their bytes are cut", async () => {
  const texts = fc.array(fc.string({ unit: "grapheme" }).map((one) => one.replaceAll("\n", "")));
  await fc.assert(
    fc.asyncProperty(texts, fc.array(fc.nat(200)), async (lines, cuts) => {
      const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
      const ends = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
        .sort((one, other) => one - other);
      const chunks = ends.slice(1).map((end, index) => bytes.slice(ends[index], end));
      assert.deepEqual(await linesOf(chunks), lines);
    }),
  );
});

Deno.test("a last line without an end is one, too", async () => {
  assert.deepEqual(await linesOf([new TextEncoder().encode("a\nb")]), ["a", "b"]);
  assert.deepEqual(await linesOf([]), []);
});
