import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { parseWalSource, walSourceText } from "../../../../watchers/steve/wal/wal_source.ts";

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
      "Exec",
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

Deno.test("a page that is no URL, or holds a password, is refused without what may be secret", () => {
  const what = "--wal-source metrics:URL: the URL must";
  const cases = {
    "metrics:": `${what} be a URL such as http://127.0.0.1:6080/metrics, not ""`,
    "metrics:localhost": `${what} be a URL such as http://127.0.0.1:6080/metrics, not "localhost"`,
    "metrics:http://a,b": `${what} be a URL such as http://127.0.0.1:6080/metrics, not "b"`,
    "metrics:http://a,http://u:secret@b": `${what} not hold a user or password`,
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parseWalSource(text), { name: "UsageError", message });
  }
  const url = "http://a/metrics?token=secret";
  assert.deepEqual(parseWalSource(`metrics:${url}`), { kind: "metrics", urls: [url] });
  assert.equal(
    walSourceText.format(`metrics:${url},${url}`),
    "metrics:http://a/metrics?...,http://a/metrics?...",
  );
  assert.equal(walSourceText.format("file:/a?b"), "file:/a?b");
});
