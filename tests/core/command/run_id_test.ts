import { ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../../core/errors.ts";
import { createRng, type Rng } from "../../../core/load/rng.ts";
import { checkRunId, createRunId } from "../../../core/command/run_id.ts";

/** Chance that always says the same. */
function drawing(value: number): Rng {
  return { ...createRng(1), integerBelow: (n) => Math.min(value, n - 1) };
}

Deno.test("a run id is the UTC date and time and four digits", () => {
  const now = new Date("2026-11-21T10:31:51.999Z");
  strictEqual(createRunId(now, drawing(4_821)), "20261121-103151-4821");
  strictEqual(createRunId(now, drawing(7)), "20261121-103151-0007");
  strictEqual(createRunId(now, drawing(Infinity)), "20261121-103151-9999");
});

Deno.test("a run id that was made is one that would be accepted", () => {
  const dates = fc.date({
    min: new Date("2000-01-01T00:00:00Z"),
    max: new Date("2999-12-31T23:59:59Z"),
    noInvalidDate: true,
  });
  fc.assert(fc.property(dates, fc.nat(), (now, seed) => {
    const id = createRunId(now, createRng(seed));
    strictEqual(checkRunId(id), id);
  }));
});

Deno.test("of two runs in different seconds the later one sorts later", () => {
  const earlier = createRunId(new Date("2026-09-30T23:59:59Z"), drawing(9_999));
  const later = createRunId(new Date("2026-10-01T00:00:00Z"), drawing(0));
  ok(earlier < later);
});

for (const id of ["a", "7", "nightly.2026-11-21", "a-b", "x".repeat(50)]) {
  Deno.test(`${id} can be a run id`, () => strictEqual(checkRunId(id), id));
}

const REFUSED = [
  "",
  "-a",
  "a-",
  ".a",
  "a.",
  "A",
  "a_b",
  "a/b",
  "../a",
  "a b",
  "a\n",
  "é",
  "x".repeat(51),
];

for (const id of REFUSED) {
  Deno.test(`${JSON.stringify(id)} cannot be a run id`, () => {
    throws(() => checkRunId(id), (error) => {
      ok(error instanceof UsageError);
      ok(error.message.startsWith("--run-id must be at most 50 of a-z"), error.message);
      ok(error.message.endsWith(`not "${id}"`), error.message);
      return true;
    });
  });
}
