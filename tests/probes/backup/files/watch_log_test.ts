import assert from "node:assert/strict";
import { WatchLog } from "../../../../probes/backup/files/watch_log.ts";

Deno.test("of many rows the first and the last ones stay, and how many are between", () => {
  const log = new WatchLog(["NAME"], { mostAtEachEnd: 2 });
  for (let row = 1; row <= 9; row++) log.add(`r${row}`);
  const expected = "NAME\nr1\nr2\n# 5 rows are left out here\nr8\nr9\n";
  assert.equal(log.text(), expected);
  assert.equal(log.text(), expected);
});

Deno.test("few rows are all there, and no cell breaks its row", () => {
  const log = new WatchLog(["NAMESPACE", "INFO"]);
  log.add("a", "two\nlines\u001b[2J");
  assert.equal(log.text(), "NAMESPACE  INFO\na          two lines\u{fffd}[2J\n");
});
