import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { DEV_WORKSPACE_FAULTS } from "../../sandbox/devworkspace/faults/mod.ts";
import {
  DEV_WORKSPACE_FAULT_SWITCHES,
  DEV_WORKSPACE_MATRIX,
  type DevWorkspaceCommandName,
  type DevWorkspaceFaultSwitch,
} from "./devworkspace_fault_matrix.ts";
import { type MatrixRun, namesOf, runMatrix } from "./fault_matrix.ts";
import { cellOf, tablesIn } from "./fault_matrix_text.ts";
import { inOwnFolder } from "./in_own_folder.ts";

interface Expected {
  /** That has to fail. */
  readonly check: string;
  /** Of the samples that failed; undefined: none did. */
  readonly reason?: string;
  readonly component: string;
}

const EXPECTED: Readonly<Record<DevWorkspaceFaultSwitch, Expected>> = {
  "registry-unreachable": { check: "backup.ok.ratio", reason: "failed", component: "registry" },
  "secret-unlabelled": {
    check: "backup.ok.ratio",
    reason: "lost-by-error",
    component: "configuration",
  },
  "operator-crash": { check: "componentRestarts{component=operator}.total", component: "operator" },
  "tick-overlap": { check: "repeatedJobs.total", component: "operator" },
  "slow-sync=30s": { check: "backup.ok.ratio", reason: "no-tick", component: "operator" },
  "pvc-missing": {
    check: "backup.ok.ratio",
    reason: "nothing-to-back-up",
    component: "workspaces",
  },
};

/** What is wrong with what a run said; undefined if nothing. */
function complaint(
  run: MatrixRun<DevWorkspaceCommandName, DevWorkspaceFaultSwitch>,
): string | undefined {
  const { verdict, checks, reasons, blamed } = cellOf(run);
  const { fault } = run;
  const said = `${
    fault ?? "no fault"
  }: ${verdict} ${checks.join()} ${reasons.join()} ${blamed.join()}`;
  if (fault === undefined) return verdict === "pass" ? undefined : said;
  const { check, reason = "", component } = EXPECTED[fault];
  const isRight = verdict === "fail" && checks.includes(check) && reasons.join() === reason &&
    blamed.join() === component;
  return isRight ? undefined : said;
}

Deno.test("each fault around the operator fails the probe, for its own reason", async () => {
  await inOwnFolder(async () => {
    const runs = await runMatrix(DEV_WORKSPACE_MATRIX);
    assert.equal(runs.length, DEV_WORKSPACE_FAULT_SWITCHES.length + 1);
    assert.deepEqual(runs.map(complaint).filter((text) => text !== undefined), []);
  });
});

Deno.test("the matrix has every fault around the operator, and its page every row", () => {
  const names = DEV_WORKSPACE_FAULT_SWITCHES.map((text) => text.split("=")[0]!);
  assert.deepEqual(names, DEV_WORKSPACE_FAULTS.map(({ name }) => name));
  const path = fileURLToPath(new URL("../../docs/faults.md", import.meta.url));
  const [head, ...rows] = tablesIn(Deno.readTextFileSync(path))[3]!;
  assert.deepEqual(head, ["fault", ...namesOf(DEV_WORKSPACE_MATRIX)]);
  assert.deepEqual(rows.map(([first]) => first), [
    "none",
    ...DEV_WORKSPACE_FAULT_SWITCHES.map((text) => `\`${text}\``),
  ]);
});
