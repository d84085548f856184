/** Which word was meant. @module */

import assert from "node:assert/strict";
import { didYouMean, nearestWord } from "../../core/nearest.ts";

Deno.test("the known word with the fewest edits is meant, if there are few enough", () => {
  const known = ["count", "mean", "max", "response", "request"];
  const cases: [string, string | undefined][] = [
    ["count", "count"],
    ["cuont", "count"], // swapped neighbours are one edit
    ["meen", "mean"],
    ["mea", "mean"],
    ["MAX", "max"],
    ["repsonce", "response"],
    ["requests", "request"],
    ["xyz", undefined],
    ["", undefined],
    ["latency", undefined],
  ];
  for (const [word, nearest] of cases) assert.equal(nearestWord(word, known), nearest, word);
});

Deno.test("a hint is empty when nothing is near", () => {
  assert.equal(didYouMean("maks", ["max"]), "");
  assert.equal(didYouMean("mx", ["max"]), ' (did you mean "max"?)');
});
