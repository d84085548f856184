import assert from "node:assert/strict";
import fc from "fast-check";
import { Convergence } from "../../../../probes/gateway/propagation/convergence.ts";
import { answer, type Told } from "../answers/asking.ts";

/** Answers 5 ms apart, from 0 on. */
function converged(told: readonly Told[], consecutive = 3) {
  const convergence = new Convergence({ expected: { status: 200 }, consecutive });
  const errors = told.map((one, index) => convergence.take(answer(one, { atMs: index * 5 })));
  return { convergence, errors: errors.filter((error) => error !== undefined) };
}

Deno.test("a route that is served from some time on is stable from then on", () => {
  const { convergence, errors } = converged([404, 404, 200, 200, 200, 200]);
  assert.deepEqual([convergence.firstMs, convergence.stableMs, errors], [10, 10, []]);
});

Deno.test("one that comes and goes is served early and stable late", () => {
  const { convergence, errors } = converged([404, 200, 404, 200, 200, 404, 200, 200, 200]);
  assert.deepEqual([convergence.firstMs, convergence.stableMs, errors], [5, 30, []]);
});

Deno.test("too few good answers in a row are none that is stable", () => {
  const { convergence } = converged([200, 200]);
  assert.deepEqual([convergence.firstMs, convergence.stableMs], [0, undefined]);
});

Deno.test("what is neither the route's answer nor not-yet is an error, each time", () => {
  const { errors } = converged([404, [503, "no healthy upstream"], 500, "timeout", 503, 200]);
  assert.deepEqual(errors, ["http-503", "http-500", "timeout", "http-503"]);
});

Deno.test("property: it is stable from the beginning of the run that ends in it, as counting by hand tells", () => {
  const answers = fc.array(fc.constantFrom(200, 404, 503), { maxLength: 30 });
  fc.assert(fc.property(answers, fc.integer({ min: 1, max: 5 }), (told, consecutive) => {
    const { convergence } = converged(told, consecutive);
    const bad = told.findLastIndex((status) => status !== 200);
    const inARow = told.length - bad - 1;
    const first = told.indexOf(200);
    assert.equal(convergence.firstMs, first < 0 ? undefined : first * 5);
    assert.equal(convergence.stableMs, inARow >= consecutive ? (bad + 1) * 5 : undefined);
  }));
});
