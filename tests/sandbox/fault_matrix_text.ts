/** The matrix of faults and commands as a page: what each run said, in one cell. Runs nothing. @module */

import { type Finding, overallVerdict, type Verdict } from "../../core/judge/finding.ts";
import { FAULTS } from "../../sandbox/faults/mod.ts";
import {
  COMMAND_LINES,
  COMMAND_NAMES,
  type CommandName,
  FAULT_SWITCHES,
  type FaultSwitch,
  type MatrixRun,
  REQUEST_TIMEOUT,
} from "./fault_matrix.ts";

/** What a run said, as far as it must be the same each time. */
export interface Cell {
  readonly verdict: Verdict;
  /** What led to it, without its limit: `create.failed.count`. */
  readonly checks: readonly string[];
  /** Of failed operations. */
  readonly reasons: readonly string[];
}

export function cellOf({ report }: Pick<MatrixRun, "report">): Cell {
  const { findings, summary } = report;
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

/** By fault (none first) and command. */
export type Cells = ReadonlyMap<FaultSwitch | undefined, ReadonlyMap<CommandName, Cell>>;

export function cellsOf(runs: readonly MatrixRun[]): Cells {
  const cells = new Map<FaultSwitch | undefined, Map<CommandName, Cell>>();
  for (const fault of [undefined, ...FAULT_SWITCHES]) {
    const row = runs.filter((run) => run.fault === fault);
    cells.set(fault, new Map(row.map((run) => [run.command, cellOf(run)])));
  }
  return cells;
}

/** `docs/faults.md`. */
export function matrixPage(cells: Cells): string {
  const rows = [...cells].map(([fault, row]) => [
    fault === undefined ? "none" : `\`${fault}\``,
    ...COMMAND_NAMES.map((command) => cellText(row.get(command))),
  ]);
  const table = [["fault", ...COMMAND_NAMES], COMMAND_NAMES.map(() => "---").concat("---"), ...rows]
    .map((row) => `| ${row.join(" | ")} |`).join("\n");
  const lines = COMMAND_NAMES.map((command) =>
    `    scaletool ${command} --sandbox ${COMMAND_LINES[command].map(quoted).join(" ")}`
  );
  const meanings = FAULTS.map(({ name, does }) => `- \`${name}\`: ${does}`);
  return `# What each command says of each fault

Written by \`deno task faults\`, which runs every cell: the command line of its column on a
[sandbox](sandbox.md) with the fault of its row. Without a fault each of them passes.

${table}

**fail** is exit code 3 and **inconclusive** exit code 4; behind it the checks that led to it, and
in brackets the reasons of failed operations. Where a fault leaves a _pass_, the command asks for
nothing that the fault concerns. A logger whose watch is turned away with a wait (\`429\`) or breaks
(\`reset\`, \`no-answer\`) tries that watch again and sees nothing, which is no figure and no pass.

## The command lines

${lines.join("\n")}

with \`--seed=1\` and \`--sandbox-fault=FAULT\`; \`no-answer\` with \`${REQUEST_TIMEOUT}\` too.

## The faults

${meanings.join("\n")}
`;
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  const { verdict, checks, reasons } = cell;
  if (verdict === "pass") return "_pass_";
  const why = reasons.length === 0 ? "" : ` (${reasons.toSorted().join(", ")})`;
  return `**${verdict}** ${checks.toSorted().join(", ")}${why}`;
}

function quoted(argument: string): string {
  return /[ <>]/.test(argument) ? `'${argument}'` : argument;
}
