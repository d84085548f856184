import assert from "node:assert/strict";
import { namesOf, SaidOnce } from "../../../../core/run/generators/said_once.ts";

const ALL = new Set([0, 1, 2]);

function listening() {
  const said: string[] = [];
  const once = new SaidOnce();
  const take = (generator: number, key: string, nowMs = 0) =>
    once.take(generator, { key, of: ALL, nowMs, emit: (who) => said.push(`${key}/${who}`) });
  return { said, once, take };
}

Deno.test("what all say is said when the last of them says it, and never again", () => {
  const { said, take, once } = listening();
  for (const generator of [0, 1, 2, 0, 1, 2]) take(generator, "a");
  once.flush();
  assert.deepEqual(said, ["a/"]);
});

Deno.test("what some say waits a second for the others, and is then said of these", () => {
  const { said, take, once } = listening();
  take(2, "a", 0);
  take(0, "a", 900);
  once.flush(999);
  assert.deepEqual(said, []);
  once.flush(1_000);
  assert.deepEqual(said, ["a/generators 0 and 2"]);
});

Deno.test("names are in order of the numbers", () => {
  assert.equal(namesOf([10, 2, 1]), "generators 1, 2 and 10");
  assert.equal(namesOf([3]), "generator 3");
});
