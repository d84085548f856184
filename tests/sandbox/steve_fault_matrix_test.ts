/** Each fault of the sandbox's Steve turns the verdict of steve-watch for its own reason. @module */

import assert from "node:assert/strict";
import { Report } from "../../core/report/report.ts";
import { Scaletool, TempDir } from "../support/scaletool.ts";
import { isUnanswered } from "./fault_matrix_text.ts";

/** 20 s of churn over small objects, and notifications each 2 s. */
const ARGS = [
  ...["steve-watch", "--sandbox", "--count", "20", "--connect-rate", "100", "--seed", "1"],
  ...["--churn-rate", "4", "--payload", "1000", "--debounce", "2s", "--slack", "1500ms"],
  ...["--duration", "32s", "--cool-down", "12s", "--wal-period", "1s"],
];

interface Row {
  readonly fault: string | undefined;
  /** Checks that must fail; others may, where one thing follows from another. */
  readonly fails: readonly string[];
  readonly mayFail?: readonly string[];
}

const ROWS: readonly Row[] = [
  { fault: undefined, fails: [] },
  { fault: "drop", fails: ["no event lost"], mayFail: ["events told in time"] },
  { fault: "duplicate", fails: ["told once and in order"] },
  { fault: "late", fails: ["events told in time"] },
  { fault: "silent-reset", fails: ["no event lost"], mayFail: ["events told in time"] },
  {
    fault: "kill-sockets",
    fails: ["WebSocket stability"],
    mayFail: ["connect.failed.ratio <= 5%"],
  },
  { fault: "slow-read", fails: ["lightRead.p95 < 100ms"] },
  { fault: "wal-growth", fails: ["walBytes.max < 10MiB", "WAL growth after the churn"] },
];

async function reportOf({ fault }: Row, dir: TempDir): Promise<Report> {
  const out = dir.file(fault ?? "none");
  const given = fault === undefined ? [] : ["--sandbox-fault", fault];
  await using program = new Scaletool([...ARGS, ...given, "--out", out], { cwd: dir.path });
  const { code, stderr } = await program.finished();
  assert.ok(code === 0 || code === 3 || code === 4, stderr);
  const report = Report.parse(JSON.parse(Deno.readTextFileSync(`${out}/result.json`)));
  assert.equal(report.exitCode, code);
  return report;
}

Deno.test("without a fault steve-watch passes on the sandbox, and each fault fails its own check", async (t) => {
  await using dir = new TempDir();
  // Most of a run is waiting; all at once they would wait for each other.
  for (const some of [ROWS.slice(0, 4), ROWS.slice(4)]) {
    const reports = await Promise.all(some.map((row) => reportOf(row, dir)));
    for (const [index, row] of some.entries()) {
      await t.step(row.fault ?? "no fault", () => {
        const { findings } = reports[index]!;
        const failed = findings.filter(({ verdict }) => verdict === "fail")
          .map(({ subject }) => subject);
        const allowed = [...row.fails, ...row.mayFail ?? []];
        // A machine that is too busy to measure leaves a check without an answer, and never with a
        // wrong one.
        const unanswered = findings.filter(isUnanswered).map(({ subject }) => subject);
        const found = [...failed, ...unanswered];
        assert.deepEqual(row.fails.filter((subject) => !found.includes(subject)), []);
        assert.deepEqual(failed.filter((subject) => !allowed.includes(subject)), []);
      });
    }
  }
});
