/**
 * `deno task faults`: runs every command with every fault of the sandbox, and writes what they said to
 * docs/faults.md.
 * @module
 */

import { fileURLToPath } from "node:url";
import { type FaultMatrix, KUBERNETES_MATRIX, runMatrix } from "./sandbox/fault_matrix.ts";
import { GATEWAY_MATRIX } from "./sandbox/gateway_fault_matrix.ts";
import { cellOf, matrixPage, type RunMatrix } from "./sandbox/fault_matrix_text.ts";
import { TempDir } from "./support/scaletool.ts";

const PAGE = fileURLToPath(new URL("../docs/faults.md", import.meta.url));

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  await using dir = new TempDir();
  Deno.chdir(dir.path);
  const matrices: RunMatrix[] = [];
  for (const matrix of [KUBERNETES_MATRIX, GATEWAY_MATRIX] as readonly FaultMatrix[]) {
    const runs = await runMatrix(matrix, (run) => {
      const { verdict, checks, reasons } = cellOf(run);
      say([run.command, run.fault ?? "none", verdict, ...checks, ...reasons].join(" "));
    });
    matrices.push({ matrix, runs });
  }
  Deno.writeTextFileSync(PAGE, matrixPage(matrices));
  say(`the matrix is in ${PAGE}`);
  Deno.chdir("/");
}
