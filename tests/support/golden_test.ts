import { strictEqual, throws } from "node:assert/strict";
import { assertGolden, lineDifference } from "./golden.ts";

Deno.test("assertGolden() fails for a golden file that is missing", () => {
  if (Deno.env.get("UPDATE_GOLDENS") === "1") return;
  throws(() => assertGolden("report/no_such_file.txt", "text"), /UPDATE_GOLDENS=1/);
});

Deno.test("assertGolden() fails with the lines that differ", () => {
  if (Deno.env.get("UPDATE_GOLDENS") === "1") return;
  throws(
    () => assertGolden("report/sample.txt", "something else\n"),
    /\+"something else"/,
  );
});

Deno.test("lineDifference() shows only the lines between the common beginning and end", () => {
  strictEqual(lineDifference("a\nb\nc\n", "a\nx\ny\nc\n"), '@ line 2\n-"b"\n+"x"\n+"y"');
});

Deno.test("lineDifference() says how many lines it leaves out", () => {
  const many = Array.from({ length: 25 }, (_, index) => `line ${index}`).join("\n");
  const lines = lineDifference(many, "other").split("\n");
  strictEqual(lines.at(-2), "- and 5 more lines");
  strictEqual(lines.at(-1), '+"other"');
});
