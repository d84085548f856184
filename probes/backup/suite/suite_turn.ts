/**
 * What each test of a plan comes to as a use of the command that it is a use of: its args read as that
 * command reads a command line, with what the suite was told before them.
 * @module
 */

import { defineCommandGroup, type Invocation } from "../../../core/command/command.ts";
import { parseCommandLine } from "../../../core/command/command_line.ts";
import { runIdOf } from "../../../core/command/run_id.ts";
import { shownWithChosen } from "../../../core/command/settings.ts";
import { UsageError } from "../../../core/errors.ts";
import { readTextFile } from "../../../core/files.ts";
import type { Manifest } from "../../../core/run_log/manifest.ts";
import type { KubernetesCommand } from "../../../kube/kubernetes_command.ts";
import { toldFrom, type Turn } from "../../../kube/series/turn.ts";
import type { PlannedTest } from "./test_plan.ts";

const GROUP = "backup";

/** One test that is to run, with its settings. */
export interface SuiteTurn extends Turn {
  readonly name: string;
}

/** What the field's scripts take a flag for that is not given, where `backup run` takes it otherwise. */
const SCRIPT_DEFAULTS: Readonly<Record<string, string>> = {
  "run-backup-test-hook": "false",
  "delete-devworkspace-after-ready": "true",
};

interface Suite {
  readonly invocation: Invocation;
  readonly command: KubernetesCommand;
  /** For the runs' ids. */
  readonly now: Date;
}

/** @throws {UsageError} naming the test, if its args are none of the command's */
export async function suiteTurn(test: PlannedTest, suite: Suite): Promise<SuiteTurn> {
  const { invocation, command, now } = suite;
  const own = await settingsOf(test, suite);
  const told = toldFrom(invocation, command.flags);
  const turn = {
    name: test.name,
    title: test.title,
    command,
    invocation: {
      ...invocation,
      command: `${GROUP} ${command.name}`,
      positionals: [],
      values: { ...own.values, ...told.values },
      shown: { ...own.shown, ...told.shown },
    },
  };
  refusePlaceholder(turn);
  return withChosen(turn, { "run-id": runIdOf(undefined, now) });
}

/** The plans of the field come with it, and are to be changed; no registry takes it. */
const PLACEHOLDER = "CHANGEME";

/** @throws {UsageError} if it is left, and a real registry is meant */
function refusePlaceholder({ title, invocation: { shown } }: SuiteTurn): void {
  const path = shown["registry-path"]?.value ?? "";
  const isSandbox = Object.values(shown).some(({ source }) => source === "sandbox");
  if (isSandbox || !path.includes(PLACEHOLDER)) return;
  throw new UsageError(
    `${title}: --registry-path is still "${path}"; give the suite one of your own`,
  );
}

/** With what the suite has chosen for it. */
export function withChosen(
  turn: SuiteTurn,
  chosen: Readonly<Record<string, unknown>>,
): SuiteTurn {
  const { command: { flags }, invocation } = turn;
  return {
    ...turn,
    invocation: {
      ...invocation,
      values: { ...invocation.values, ...chosen },
      shown: shownWithChosen(invocation.shown, { flags, chosen, source: "derived" }),
    },
  };
}

async function settingsOf(
  { words, title }: PlannedTest,
  { invocation, command }: Suite,
): Promise<Pick<Invocation, "values" | "shown">> {
  const { plan } = invocation.values as { readonly plan?: string };
  const defaults = Object.entries(SCRIPT_DEFAULTS).filter(([name]) => name in command.flags)
    .map(([name, value]) => `--${name}=${value}`);
  const args = [...plan === undefined ? [] : ["--plan", plan], ...defaults, ...words];
  const request = await parseCommandLine([groupOf(command)], {
    args: [GROUP, command.name, ...args],
    env: invocation.io.env,
    readTextFile,
  }).catch((error) => {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${title}: ${error.message}`, { cause: error });
  });
  if (request.kind === "help") throw new UsageError(`${title}: its args ask for the help`);
  return { values: request.settings.values, shown: asPlanned(request.settings.shown) };
}

function groupOf(command: KubernetesCommand) {
  const texts = { summary: "", description: "", examples: [] };
  return defineCommandGroup({ ...texts, name: GROUP, subcommands: [command] });
}

/** Nobody typed them here. */
function asPlanned(shown: Manifest["flags"]): Manifest["flags"] {
  return Object.fromEntries(
    Object.entries(shown).map(([name, { value, source }]) => [
      name,
      { value, source: source === "flag" ? "plan" : source },
    ]),
  );
}
