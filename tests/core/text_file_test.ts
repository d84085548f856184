import assert from "node:assert/strict";
import { readTextFile } from "../../core/text_file.ts";
import { TempDir } from "../support/scaletool.ts";

const TEXT = "name: Grüße 😀\n";

function utf16(text: string, { isLittle }: { isLittle: boolean }): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(text.length * 2 + 2));
  [..."\ufeff".concat(text).split("")].forEach((unit, index) =>
    bytes.setUint16(index * 2, unit.charCodeAt(0), isLittle)
  );
  return new Uint8Array(bytes.buffer);
}

Deno.test("a file is read in the encoding that its mark tells", async () => {
  await using dir = new TempDir();
  const encoded = {
    plain: new TextEncoder().encode(TEXT),
    marked: new TextEncoder().encode(`\ufeff${TEXT}`),
    powershell: utf16(TEXT, { isLittle: true }),
    "big-endian": utf16(TEXT, { isLittle: false }),
  };
  for (const [name, bytes] of Object.entries(encoded)) {
    Deno.writeFileSync(dir.file(name), bytes);
    assert.equal(readTextFile(dir.file(name)), TEXT, name);
  }
  Deno.writeFileSync(dir.file("empty"), new Uint8Array());
  assert.equal(readTextFile(dir.file("empty")), "");
});
