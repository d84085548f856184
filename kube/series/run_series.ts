/**
 * One use of a series: all parts are looked at before the first one runs, each has its run, and what
 * they came to stands side by side in the end. A part that fails or cannot run ends none of the others.
 * @module
 */

import { join } from "node:path";
import { type Invocation, withFlags } from "../../core/command/command.ts";
import { runIdOf } from "../../core/command/run_id.ts";
import { shownWithChosen } from "../../core/command/settings.ts";
import { EXIT_CODE, EXIT_CODE_OF_SIGNAL, type ExitCode } from "../../core/exit_code.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { columns, formatTable } from "../../core/report/table.ts";
import { printable } from "../../core/say.ts";
import { joinedNeeds } from "./joined_needs.ts";
import type { ClusterNeeds } from "../kubernetes_command.ts";
import { type Parts, seriesFlags } from "./series_flags.ts";
import { needsOfTurn, takeTurn, toldFrom, type Turn, worstOf } from "./turn.ts";

const DEFAULT_OUT = "scaletool-runs";

/** A part that is to run. */
interface PartTurn extends Turn {
  readonly isDryRun: boolean;
  /** Its run directory. */
  readonly out: string;
}

/** What became of it. */
interface PartResult extends PartTurn {
  readonly exitCode: ExitCode;
}

/** @throws {UsageError | CannotRunError} before anything runs, if one of them can make no run */
export async function runSeries(invocation: Invocation, parts: Parts): Promise<ExitCode> {
  const { io } = invocation;
  const turns = turnsOf(invocation, parts);
  for (const turn of turns) await needsOfTurn(turn);
  const results: PartResult[] = [];
  const said = new Set<string>();
  const { output } = withFlags(invocation, seriesFlags(parts)).values;
  for (const turn of turns) {
    if (turn.isDryRun && results.length > 0 && output === "text") io.stdout("\n");
    const { exitCode, why = "" } = await takeTurn(turn);
    if (why !== "" && !said.has(why)) io.stderr(`${turn.command.name}: ${printable(why)}\n`);
    said.add(why);
    results.push({ ...turn, exitCode });
    if (STOPPED.has(exitCode)) break;
  }
  const ran = results.filter(({ isDryRun }) => !isDryRun);
  if (output === "text" && ran.length > 0) io.stdout(`\n${textOf(ran)}`);
  return worstOf(results);
}

/** Of all parts that would run. @throws {UsageError | CannotRunError} as one of them does */
export async function needsOfSeries(invocation: Invocation, parts: Parts): Promise<ClusterNeeds> {
  const turns = turnsOf(invocation, parts);
  return joinedNeeds(await Promise.all(turns.map(needsOfTurn)));
}

function turnsOf({ parts: settings = [], ...invocation }: Invocation, parts: Parts): PartTurn[] {
  const { only, out } = withFlags(invocation, seriesFlags(parts)).values;
  const now = new SystemClock().wallNow();
  return settings.flatMap((part) => {
    const command = parts.get(part.command)!;
    if (only.length > 0 && !only.includes(command.name)) return [];
    const runId = runIdOf(undefined, now);
    const directory = out === undefined ? join(DEFAULT_OUT, runId) : join(out, command.name);
    const told = toldFrom(invocation, command.flags);
    const chosen = { "run-id": runId, out: directory };
    return [{
      title: part.command,
      command,
      invocation: {
        ...invocation,
        command: part.command,
        values: { ...part.values, ...told.values, ...chosen },
        shown: shownWithChosen({ ...part.shown, ...told.shown }, {
          flags: command.flags,
          chosen,
          source: "derived",
        }),
      },
      isDryRun: told.values["dry-run"] === true,
      out: directory,
    }];
  });
}

const STOPPED: ReadonlySet<ExitCode> = new Set(Object.values(EXIT_CODE_OF_SIGNAL));

const VERDICTS: ReadonlyMap<ExitCode, string> = new Map([
  [EXIT_CODE.pass, "pass"],
  [EXIT_CODE.failed, "fail"],
  [EXIT_CODE.inconclusive, "inconclusive"],
  [EXIT_CODE.couldNotRun, "could-not-run"],
]);

function textOf(results: readonly PartResult[]): string {
  const rows = results.map(({ command: { name }, exitCode, out }) => [
    name,
    VERDICTS.get(exitCode) ?? "stopped",
    String(exitCode),
    exitCode === EXIT_CODE.couldNotRun ? "" : out,
  ]);
  return formatTable(columns("PART", "VERDICT", ">EXIT", "RUN_DIRECTORY"), rows).join("\n") + "\n";
}
