import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import type { Finding } from "../../../core/judge/finding.ts";
import { createRng } from "../../../core/load/rng.ts";
import { Run } from "../../../core/run/run.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import { Unanswered } from "../../../core/run/unanswered.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A run in which operations can be cancelled, and the findings that it has got. */
function running() {
  const records: RunLogRecord[] = [];
  const run = new Run({
    id: "r",
    clock: new FakeClock(),
    rng: createRng(1),
    log: (...added) => records.push(...added),
  });
  run.begin();
  return {
    run,
    cancel: (op: string) =>
      run.recorder.record({ op, dueMs: 0, sentMs: 0, doneMs: 1, outcome: { kind: "cancelled" } }),
    findings: () =>
      records.flatMap((record): Finding[] => record.type === "finding" ? [record.finding] : []),
  };
}

Deno.test("what is cut off after the grace is no pass, and told by operation", () => {
  const { run, cancel, findings } = running();
  const unanswered = new Unanswered();
  cancel("request"); // when the run was stopped: that is no question of an answer
  unanswered.begin(run);
  for (const op of ["create", "delete", "delete"]) cancel(op);
  unanswered.end(run);
  const [finding, ...more] = findings();
  strictEqual(more.length, 0);
  strictEqual(finding?.verdict, "inconclusive");
  strictEqual(finding.observed, "1 create, 2 delete without an answer");
  match(finding.reason, /no time and no count of failures has them/);
});

Deno.test("a run whose operations end within their grace has no such finding", () => {
  const { run, cancel, findings } = running();
  new Unanswered().end(run);
  cancel("request");
  const ended = new Unanswered();
  ended.begin(run);
  ended.end(run);
  deepStrictEqual(findings(), []);
});
