import assert from "node:assert/strict";
import { humanDuration } from "../../kube/human_duration.ts";

Deno.test("a time has two units while the second one matters", () => {
  const ages: readonly (readonly [seconds: number, shown: string])[] = [
    [-2, "<invalid>"],
    [-1, "0s"],
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [121, "2m1s"],
    [599, "9m59s"],
    [600, "10m"],
    [10_799, "179m"],
    [10_800, "3h"],
    [10_860, "3h1m"],
    [28_799, "7h59m"],
    [28_800, "8h"],
    [172_799, "47h"],
    [172_800, "2d"],
    [176_400, "2d1h"],
    [691_200, "8d"],
    [63_071_999, "729d"],
    [63_072_000, "2y"],
    [63_158_400, "2y1d"],
    [252_288_000, "8y"],
  ];
  for (const [seconds, shown] of ages) {
    assert.equal(humanDuration(seconds * 1_000), shown, String(seconds));
  }
});
