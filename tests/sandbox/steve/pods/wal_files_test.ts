import assert from "node:assert/strict";
import { WalModel } from "../../../../sandbox/steve/pods/wal_files.ts";

const MEGABYTE = 1_024_000;

Deno.test("a server that has only started has a log of some hundred kilobytes", () => {
  assert.equal(new WalModel().bytes, 32 + 75 * 4_120);
});

Deno.test("the file grows with what is stored until a checkpoint, and never shrinks", () => {
  const wal = new WalModel();
  const sizes = Array.from({ length: 40 }, () => {
    wal.store(MEGABYTE);
    return wal.bytes;
  });
  assert.ok(sizes.every((size, index) => index === 0 || size >= sizes[index - 1]!));
  assert.ok(sizes[3]! > sizes[0]!);
  // A checkpoint comes after 1000 pages, and the write before it may have begun just below them.
  assert.ok(sizes.at(-1)! > 4_120_000 && sizes.at(-1)! < 5_300_000, String(sizes.at(-1)));
});
