import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { scaletool, TempDir } from "../support/scaletool.ts";

const FAILING = [
  ...["cmdriver", "--lambda", "30", "--ttl", "1s", "--sandbox"],
  ...[
    "--sandbox-fault",
    "latency=2s,after=3s,on=creates",
    "--threshold",
    "create.response.p90 < 1s",
  ],
];

Deno.test("a server that gets slow amid a run ends it: judged, cleaned up, exit code 3", async () => {
  await using dir = new TempDir();
  const flags = ["--duration", "40s", "--abort-on-fail", "--abort-delay", "2s", "-o", "json"];
  const done = await scaletool([...FAILING, ...flags], { cwd: dir.path });
  const { end, verdict, findings, validity, marks }: Report = JSON.parse(done.stdout);
  // A machine that is too busy to tell goes on to the end.
  const isUnfit = validity.level === "invalid";
  assert.equal(end?.reason, isUnfit ? "duration" : "threshold", done.stderr);
  if (isUnfit) return;
  assert.deepEqual([done.code, verdict], [3, "fail"], done.stderr);
  const [failed, ...others] = findings.filter(({ verdict }) => verdict === "fail");
  assert.deepEqual(others, []);
  assert.equal(failed?.subject, "create.response.p90 < 1s");
  assert.match(failed.reason, /is not < 1s.* of judged load, which ended the run$/);
  assert.deepEqual(marks.map(({ label }) => label), ["failed: create.response.p90 < 1s"]);
  assert.match(
    done.stderr,
    /ended early \(--abort-on-fail\), as this failed: create\.response\.p90/,
  );
  assert.match(done.stderr, /^deleting \d+ configmaps$/m);
});
