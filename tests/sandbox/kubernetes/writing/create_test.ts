import assert from "node:assert/strict";
import { createRng, type Rng } from "../../../../core/load/rng.ts";
import { ApiUnderTest, CONFIG_MAPS } from "../api_under_test.ts";

/** Characters of names that are made up. */
const ALPHABET_LENGTH = 27;
const NAME_LENGTH = 5;

/** Names are made of the same letter, and each letter makes so many names. */
function poorRng(namesOfALetter: number): Rng {
  const rng = createRng(1);
  let draws = 0;
  return {
    ...{ name: rng.name, seed: rng.seed },
    next: () => rng.next(),
    fork: (label) => rng.fork(label),
    integerBelow: (n) =>
      n === ALPHABET_LENGTH
        ? Math.floor(draws++ / (NAME_LENGTH * namesOfALetter))
        : rng.integerBelow(n),
  };
}

async function generate({ api }: { readonly api: ApiUnderTest }) {
  const body = JSON.stringify({ metadata: { generateName: "x-" } });
  const answer = await api.ask(CONFIG_MAPS, { method: "POST", body });
  return [answer.status, answer.body["metadata"]?.["name" as never] ?? answer.body["reason"]];
}

Deno.test("a name that is made up and taken is made up again, seven times", async () => {
  using api = new ApiUnderTest({ rng: poorRng(8) });
  assert.deepEqual(await generate({ api }), [201, "x-bbbbb"]);
  // Seven more of the same name, and then the first one of another.
  assert.deepEqual(await generate({ api }), [201, "x-ccccc"]);
  using poorer = new ApiUnderTest({ rng: poorRng(9) });
  assert.deepEqual(await generate({ api: poorer }), [201, "x-bbbbb"]);
  assert.deepEqual(await generate({ api: poorer }), [409, "AlreadyExists"]);
});
