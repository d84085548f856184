/** A use of a command as one of several in a row: what it asks of a cluster, and what it came to. @module */

import type { Invocation } from "../../core/command/command.ts";
import type { Flags } from "../../core/command/flags.ts";
import { CannotRunError, messageOf, OperationFailedError, UsageError } from "../../core/errors.ts";
import { EXIT_CODE, EXIT_CODE_OF_SIGNAL, type ExitCode } from "../../core/exit_code.ts";
import type { ClusterNeeds, KubernetesCommand } from "../kubernetes_command.ts";

export interface Turn {
  /** What messages name it by. */
  readonly title: string;
  readonly command: KubernetesCommand;
  /** With the settings that it has here. */
  readonly invocation: Invocation;
}

/** `why`: in words, if there is no report that says it. */
export interface TurnOutcome {
  readonly exitCode: ExitCode;
  readonly why?: string;
}

/** @throws {UsageError | CannotRunError} saying which one of them it is about */
export async function needsOfTurn({ command, invocation, title }: Turn): Promise<ClusterNeeds> {
  try {
    return await command.needs(invocation);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${title}: ${error.message}`, { cause: error });
  }
}

export async function takeTurn({ command, invocation }: Turn): Promise<TurnOutcome> {
  try {
    return { exitCode: await command.run(invocation) };
  } catch (error) {
    if (!(error instanceof CannotRunError || error instanceof OperationFailedError)) throw error;
    return { exitCode: EXIT_CODE.couldNotRun, why: messageOf(error) };
  }
}

/** What whoever runs several was told, or a sandbox has chosen for them, of flags that one of them has too. */
export function toldFrom(
  { values, shown }: Pick<Invocation, "values" | "shown">,
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

/** Of several: a stop says more than a failure, that more than what could not run. */
const WORST_FIRST: readonly ExitCode[] = [
  ...Object.values(EXIT_CODE_OF_SIGNAL),
  EXIT_CODE.failed,
  EXIT_CODE.couldNotRun,
  EXIT_CODE.inconclusive,
];

export function worstOf(results: readonly Pick<TurnOutcome, "exitCode">[]): ExitCode {
  const codes = new Set(results.map(({ exitCode }) => exitCode));
  return WORST_FIRST.find((code) => codes.has(code)) ?? EXIT_CODE.pass;
}
