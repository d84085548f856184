/**
 * `deno task faults`: runs every command with every fault of the sandbox, and writes what they said to
 * docs/faults.md.
 * @module
 */

import { fileURLToPath } from "node:url";
import { runMatrix } from "./sandbox/fault_matrix.ts";
import { cellOf, cellsOf, matrixPage } from "./sandbox/fault_matrix_text.ts";
import { TempDir } from "./support/scaletool.ts";

const PAGE = fileURLToPath(new URL("../docs/faults.md", import.meta.url));

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  await using dir = new TempDir();
  Deno.chdir(dir.path);
  const runs = await runMatrix((run) => {
    const { verdict, checks, reasons } = cellOf(run);
    say([run.command, run.fault ?? "none", verdict, ...checks, ...reasons].join(" "));
  });
  Deno.writeTextFileSync(PAGE, matrixPage(cellsOf(runs)));
  say(`${runs.length} runs; the matrix is in ${PAGE}`);
  Deno.chdir("/");
}
