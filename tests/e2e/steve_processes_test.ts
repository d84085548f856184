/** steve-watch from several processes: what is dealt out, and what one of them does for all. @module */

import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { scaletool, TempDir } from "../support/scaletool.ts";

Deno.test("several processes watch and read together, and one of them writes and changes for all", async () => {
  await using dir = new TempDir();
  const { stdout, stderr } = await scaletool([
    ...["steve-watch", "--sandbox", "--processes", "2", "--count", "5", "--seed", "7"],
    ...["--duration", "19s", "--cool-down", "11s", "--debounce", "500ms", "--slack", "200ms"],
    ...["--churn-rate", "4", "--object-lifetime", "100ms", "--payload", "1000"],
    ...["--crd-period", "1s", "-o", "json", "--out", dir.file("run")],
  ], { cwd: dir.path });
  assert.notEqual(stdout, "", stderr);
  const { summary: { operations, counters }, findings } = JSON.parse(stdout) as Report;
  const ok = (op: string) =>
    operations.filter((one) => one.op === op).reduce((sum, one) => sum + one.ok, 0);
  assert.equal(ok("connect"), 5, stderr);
  // Dealt out, every second change would be missing: those to one of the two variants.
  const variants = operations.filter(({ op }) => op === "crdChange").map(({ tags }) =>
    tags?.["variant"]
  );
  assert.deepEqual(variants.sort(), ["A", "B"]);
  assert.ok(ok("create") > 0 && ok("create") === ok("delete"), `${ok("create")}`);
  assert.ok(ok("lightRead") > 0);
  const duplicates = counters.filter(({ name }) => name === "duplicateMessages");
  assert.deepEqual(duplicates.map(({ total }) => total), [0, 0, 0]);
  const lost = findings.find(({ subject }) => subject === "no event lost");
  assert.equal(lost?.observed, "0 lost", JSON.stringify(findings));
});
