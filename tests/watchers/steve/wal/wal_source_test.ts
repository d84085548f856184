import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { parseWalSource } from "../../../../watchers/steve/wal/wal_source.ts";

Deno.test("the ways to the size of the log", () => {
  const one = "http://127.0.0.1:6080/metrics";
  const two = "https://b/metrics";
  const cases = [
    ["exec", { kind: "exec" }],
    ["metrics", { kind: "metrics", urls: [] }],
    [`metrics:${one}`, { kind: "metrics", urls: [one] }],
    [`metrics:${one},${two}`, { kind: "metrics", urls: [one, two] }],
    ["file:/a/b:c-wal", { kind: "file", path: "/a/b:c-wal" }],
  ] as const;
  for (const [text, expected] of cases) assert.deepEqual(parseWalSource(text), expected);
});

Deno.test("anything else is refused with what would be right", () => {
  for (
    const text of [
      "",
      "file",
      "file:",
      "exec:x",
      "metrics:",
      "metrics:localhost",
      "Exec",
      `metrics:http://a,b`,
    ]
  ) {
    assert.throws(() => parseWalSource(text), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /must be exec, metrics:URL or file:PATH/);
      assert.ok(error.message.endsWith(`not "${text}"`));
      return true;
    });
  }
});
