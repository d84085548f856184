/** The matrix of faults and commands as a page: what each run said, in one cell. Runs nothing. @module */

import { type Finding, overallVerdict, type Verdict } from "../../core/judge/finding.ts";
import type { NamedFault } from "../../sandbox/faults/fault_value.ts";
import { DEV_WORKSPACE_FAULTS } from "../../sandbox/devworkspace/faults/mod.ts";
import { FAULTS } from "../../sandbox/faults/mod.ts";
import { GATEWAY_FAULTS } from "../../sandbox/gateway/faults/mod.ts";
import { MAAS_FAULTS } from "../../sandbox/maas/faults/mod.ts";
import { type FaultMatrix, type MatrixRun, namesOf, REQUEST_TIMEOUT } from "./fault_matrix.ts";

/** What a run said, as far as it must be the same each time. */
export interface Cell {
  readonly verdict: Verdict;
  /** What led to it, without its limit: `create.failed.count`. */
  readonly checks: readonly string[];
  /** Of failed operations. */
  readonly reasons: readonly string[];
  /** What the stages blame first, each once; of commands that name causes. */
  readonly blamed: readonly string[];
}

export function cellOf({ report }: Pick<MatrixRun, "report">): Cell {
  const { findings, summary, stages } = report;
  // Of the findings alone: that this machine was somewhat busy must not show.
  const verdict = overallVerdict(findings);
  return {
    verdict,
    checks: verdict === "pass" ? [] : [
      ...new Set(
        findings.filter((finding) => finding.verdict === verdict).map(checkOf),
      ),
    ],
    reasons: [...new Set(summary.operations.flatMap(({ failures }) => Object.keys(failures)))],
    blamed: [
      ...new Set(stages.flatMap(({ causes }) => causes.slice(0, 1)).map((one) => one.component)),
    ],
  };
}

/** What was asked, without its limit: `create.failed.count`. */
export function checkOf({ subject }: Finding): string {
  return subject.replace(/ (?:<|>|<=|>=) .*$/, "");
}

/** Whether it is the generator, here this machine, that leaves a check without an answer. */
export function isUnanswered({ verdict, reason }: Finding): boolean {
  return verdict === "inconclusive" && reason.includes("the generator");
}

/** A matrix that was run. */
export interface RunMatrix {
  readonly matrix: FaultMatrix;
  readonly runs: readonly MatrixRun[];
}

/** A column for each command, a row for each fault, that without one first. */
function tableOf({ matrix, runs }: RunMatrix): string {
  const names = namesOf(matrix);
  const rows = [undefined, ...matrix.faults].map((fault) => [
    fault === undefined ? "none" : `\`${fault}\``,
    ...names.map((command) =>
      cellText(runs.find((run) => run.command === command && run.fault === fault))
    ),
  ]);
  return [["fault", ...names], names.map(() => "---").concat("---"), ...rows]
    .map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** The tables of {@link matrixPage}, in order, as cells of rows, without the line below the head. */
export function tablesIn(page: string): string[][][] {
  const blocks = page.split(/\n\n+/).filter((block) => block.startsWith("|"));
  return blocks.map((block) =>
    block.split("\n").filter((_, index) => index !== 1)
      .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1))
  );
}

function meaningsOf(faults: readonly NamedFault[]): string {
  return faults.map(({ name, does }) => `- \`${name}\`: ${does}`).join("\n");
}

/** `docs/faults.md`. @param matrices those without a command are left out */
export function matrixPage(matrices: readonly RunMatrix[]): string {
  const shown = matrices.filter(({ matrix }) => namesOf(matrix).length > 0);
  const tables = shown.map(tableOf);
  const lines = shown.flatMap(({ matrix }) =>
    namesOf(matrix).map((command) =>
      `    scaletool ${command} --sandbox ${matrix.lines[command]!.map(quoted).join(" ")}`
    )
  );
  return `# What each command says of each fault

Written by \`deno task faults\`, which runs every cell: the command line of its column on a
[sandbox](sandbox.md) with the fault of its row. Without a fault each of them passes.

${tables.join("\n\n")}

**fail** is exit code 3 and **inconclusive** exit code 4; behind it the checks that led to it, and
in brackets the reasons of failed operations; at the end, of the probes, whose doing it is.
Where a fault leaves a _pass_, the command asks for
nothing that the fault concerns. A logger whose watch is turned away with a wait (\`429\`) or breaks
(\`reset\`, \`no-answer\`) tries that watch again and sees nothing, which is no figure and no pass.

## The command lines

${lines.join("\n")}

with \`--seed=1\` and \`--sandbox-fault=FAULT\`; \`no-answer\` with \`${REQUEST_TIMEOUT}\` too.

## The faults

Of the Kubernetes API:

${meaningsOf(FAULTS)}

Of the Gateway API implementation that the gateway probes have in their sandbox, too:

${meaningsOf(GATEWAY_FAULTS)}

Of the Models-as-a-Service installation that the maas probes have in their sandbox, too:

${meaningsOf(MAAS_FAULTS)}

Of the DevWorkspace Operator and its cluster that \`backup run\` has in its sandbox, too:

${meaningsOf(DEV_WORKSPACE_FAULTS)}
`;
}

function cellText(run: MatrixRun | undefined): string {
  if (run === undefined) return "";
  const { verdict, checks, reasons, blamed } = cellOf(run);
  if (verdict === "pass") return "_pass_";
  const why = reasons.length === 0 ? "" : ` (${reasons.toSorted().join(", ")})`;
  const whose = blamed.length === 0 ? "" : `; _${blamed.join(", ")}_`;
  return `**${verdict}** ${checks.toSorted().join(", ")}${why}${whose}`;
}

function quoted(argument: string): string {
  return /[ <>]/.test(argument) ? `'${argument}'` : argument;
}
