import assert from "node:assert/strict";
import fc from "fast-check";
import { DynamicTable, fieldBytes } from "../../../../core/h2/hpack/dynamic_table.ts";
import type { HeaderField } from "../../../../core/h2/header_field.ts";

Deno.test("an entry counts its name, its value and 32 bytes", () => {
  const table = new DynamicTable(1_000);
  table.insert(["ab", "cde"]);
  assert.equal(table.bytes, 37);
});

Deno.test("an entry larger than the table empties it", () => {
  const evicted: string[] = [];
  const table = new DynamicTable(80, ([name]) => evicted.push(name));
  table.insert(["a", "1"]);
  table.insert(["b", "2"]);
  table.insert(["c", "x".repeat(48)]);
  assert.deepEqual([table.length, table.bytes, evicted], [0, 0, ["a", "b"]]);
  table.insert(["d", "x".repeat(47)]);
  assert.deepEqual([table.at(0)?.[0], table.bytes], ["d", 80]);
});

type Step = { readonly insert: HeaderField } | { readonly resize: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.tuple(fc.string({ maxLength: 4 }), fc.string({ maxLength: 60 }))
        .map((field) => ({ insert: field })),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 4_096 }).map((resize) => ({ resize })) },
  ),
  { maxLength: 300 },
);

Deno.test("the table is a list whose end is cut to size", () => {
  fc.assert(fc.property(steps, (steps) => {
    const table = new DynamicTable(4_096);
    let model: HeaderField[] = [];
    let maxBytes = 4_096;
    for (const step of steps) {
      if ("insert" in step) {
        table.insert(step.insert);
        model.unshift(step.insert);
      } else {
        table.resize(step.resize);
        maxBytes = step.resize;
      }
      let bytes = 0;
      const kept = model.findIndex((field) => (bytes += fieldBytes(field)) > maxBytes);
      if (kept >= 0) model = model.slice(0, kept);
      assert.deepEqual(Array.from({ length: table.length }, (_, age) => table.at(age)), model);
      assert.equal(table.at(model.length), undefined);
      assert.equal(table.bytes, model.reduce((sum, field) => sum + fieldBytes(field), 0));
    }
  }));
});
