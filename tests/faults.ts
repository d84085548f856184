/**
 * `deno task faults`: runs every command with every fault of the sandbox, and writes what they said to
 * docs/faults.md. What this machine was too busy to answer is asked once more, with little else going on.
 * @module
 */

import { fileURLToPath } from "node:url";
import {
  type FaultMatrix,
  KUBERNETES_MATRIX,
  type MatrixRun,
  runCells,
  runMatrix,
} from "./sandbox/fault_matrix.ts";
import { DEV_WORKSPACE_MATRIX } from "./sandbox/devworkspace_fault_matrix.ts";
import { GATEWAY_MATRIX } from "./sandbox/gateway_fault_matrix.ts";
import { MAAS_MATRIX } from "./sandbox/maas_fault_matrix.ts";
import { cellOf, isUnanswered, matrixPage, type RunMatrix } from "./sandbox/fault_matrix_text.ts";
import { TempDir } from "./support/scaletool.ts";

const PAGE = fileURLToPath(new URL("../docs/faults.md", import.meta.url));

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

function sayRun({ command, fault, report }: MatrixRun): void {
  const { verdict, checks, reasons } = cellOf({ report });
  say([command, fault ?? "none", verdict, ...checks, ...reasons].join(" "));
}

function unansweredIn({ report: { findings } }: MatrixRun): number {
  return findings.filter(isUnanswered).length;
}

async function runsOf(matrix: FaultMatrix): Promise<readonly MatrixRun[]> {
  const runs = await runMatrix(matrix, sayRun);
  const cells = runs.filter((run) => unansweredIn(run) > 0);
  say(`once more: ${cells.length} runs`);
  const again = await runCells(matrix, {
    cells,
    atOnce: Math.min(2, matrix.runsAtOnce ?? 2),
    onEach: sayRun,
  });
  return runs.map((run) => {
    const other = again.find(({ command, fault }) =>
      command === run.command && fault === run.fault
    );
    return other !== undefined && unansweredIn(other) < unansweredIn(run) ? other : run;
  });
}

if (import.meta.main) {
  await using dir = new TempDir();
  Deno.chdir(dir.path);
  const matrices: RunMatrix[] = [];
  const all: readonly FaultMatrix[] = [
    KUBERNETES_MATRIX,
    GATEWAY_MATRIX,
    MAAS_MATRIX,
    DEV_WORKSPACE_MATRIX,
  ];
  for (const matrix of all) {
    matrices.push({ matrix, runs: await runsOf(matrix) });
  }
  Deno.writeTextFileSync(PAGE, matrixPage(matrices));
  say(`the matrix is in ${PAGE}`);
  Deno.chdir("/");
}
