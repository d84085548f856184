import assert from "node:assert/strict";
import fc from "fast-check";
import { createRng } from "../../../../core/load/rng.ts";
import { generatedName, uuid } from "../../../../sandbox/kubernetes/writing/metadata.ts";

const seeds = fc.integer({ min: 0 });

Deno.test("a uuid is of version 4 and of the variant of RFC 9562", () => {
  fc.assert(fc.property(seeds, (seed) => {
    assert.match(
      uuid(createRng(seed)),
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  }));
});

Deno.test("the same seed makes the same uuids, each another one", () => {
  const uuids = (seed: number) => {
    const rng = createRng(seed);
    return Array.from({ length: 1_000 }, () => uuid(rng));
  };
  assert.deepEqual(uuids(3), uuids(3));
  assert.equal(new Set(uuids(3)).size, 1_000);
});

Deno.test("a generated name is its base, cut to leave room, and five characters", () => {
  fc.assert(fc.property(seeds, fc.integer({ min: 0, max: 80 }), (seed, length) => {
    const base = "b".repeat(length);
    const name = generatedName(base, createRng(seed));
    assert.equal(name.length, Math.min(length, 58) + 5);
    assert.match(name.slice(-5), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  }));
});
