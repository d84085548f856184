/**
 * One use of a series: all parts are looked at before the first one runs, each has its run, and what
 * they came to stands side by side in the end. A part that fails or cannot run ends none of the others.
 * @module
 */

import { join } from "node:path";
import { type Invocation, withFlags } from "../../core/command/command.ts";
import type { Flags } from "../../core/command/flags.ts";
import { runIdOf } from "../../core/command/run_id.ts";
import { shownWithChosen } from "../../core/command/settings.ts";
import { CannotRunError, messageOf, OperationFailedError, UsageError } from "../../core/errors.ts";
import { EXIT_CODE, EXIT_CODE_OF_SIGNAL, type ExitCode } from "../../core/exit_code.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { columns, formatTable } from "../../core/report/table.ts";
import { printable } from "../../core/say.ts";
import { joinedNeeds } from "./joined_needs.ts";
import type { ClusterNeeds, KubernetesCommand } from "../kubernetes_command.ts";
import { type Parts, seriesFlags } from "./series_flags.ts";

const DEFAULT_OUT = "scaletool-runs";

/** A part that is to run, with the settings that it has here. */
interface Turn {
  readonly command: KubernetesCommand;
  readonly invocation: Invocation;
  readonly isDryRun: boolean;
  /** Its run directory. */
  readonly out: string;
}

/** What became of it. */
interface TurnResult extends Turn {
  readonly exitCode: ExitCode;
}

/** @throws {UsageError | CannotRunError} before anything runs, if one of them can make no run */
export async function runSeries(invocation: Invocation, parts: Parts): Promise<ExitCode> {
  const { io } = invocation;
  const turns = turnsOf(invocation, parts);
  for (const turn of turns) await needsOf(turn);
  const results: TurnResult[] = [];
  const said = new Set<string>();
  const { output } = withFlags(invocation, seriesFlags(parts)).values;
  for (const turn of turns) {
    if (turn.isDryRun && results.length > 0 && output === "text") io.stdout("\n");
    const { exitCode, why = "" } = await take(turn);
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
  return joinedNeeds(await Promise.all(turns.map(needsOf)));
}

/** @throws {UsageError | CannotRunError} saying which part it is about */
async function needsOf({ command, invocation }: Turn): Promise<ClusterNeeds> {
  try {
    return await command.needs(invocation);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${invocation.command}: ${error.message}`, { cause: error });
  }
}

function turnsOf({ parts: settings = [], ...invocation }: Invocation, parts: Parts): Turn[] {
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

/** What the series was told, or a sandbox has chosen for it, of flags that a part has too. */
function toldFrom(
  { values, shown }: Omit<Invocation, "parts">,
  flags: Flags,
): Pick<Invocation, "values" | "shown"> {
  const names = Object.keys(shown).filter((name) =>
    name in flags && shown[name]!.source !== "default"
  );
  return {
    values: Object.fromEntries(names.map((name) => [name, values[name]])),
    shown: Object.fromEntries(names.map((name) => [name, shown[name]!])),
  };
}

/** `why`: in words, if there is no report that says it. */
async function take(
  { command, invocation }: Turn,
): Promise<{ readonly exitCode: ExitCode; readonly why?: string }> {
  try {
    return { exitCode: await command.run(invocation) };
  } catch (error) {
    if (!(error instanceof CannotRunError || error instanceof OperationFailedError)) throw error;
    return { exitCode: EXIT_CODE.couldNotRun, why: messageOf(error) };
  }
}

const STOPPED: ReadonlySet<ExitCode> = new Set(Object.values(EXIT_CODE_OF_SIGNAL));

/** Of several: a stop says more than a failure, that more than a part that could not run. */
const WORST_FIRST: readonly ExitCode[] = [
  ...STOPPED,
  EXIT_CODE.failed,
  EXIT_CODE.couldNotRun,
  EXIT_CODE.inconclusive,
];

function worstOf(results: readonly Pick<TurnResult, "exitCode">[]): ExitCode {
  const codes = new Set(results.map(({ exitCode }) => exitCode));
  return WORST_FIRST.find((code) => codes.has(code)) ?? EXIT_CODE.pass;
}

const VERDICTS: ReadonlyMap<ExitCode, string> = new Map([
  [EXIT_CODE.pass, "pass"],
  [EXIT_CODE.failed, "fail"],
  [EXIT_CODE.inconclusive, "inconclusive"],
  [EXIT_CODE.couldNotRun, "could-not-run"],
]);

function textOf(results: readonly TurnResult[]): string {
  const rows = results.map(({ command: { name }, exitCode, out }) => [
    name,
    VERDICTS.get(exitCode) ?? "stopped",
    String(exitCode),
    exitCode === EXIT_CODE.couldNotRun ? "" : out,
  ]);
  return formatTable(columns("PART", "VERDICT", ">EXIT", "RUN_DIRECTORY"), rows).join("\n") + "\n";
}
