/**
 * The program without its process: every command there is, and argv -> command -> exit code. In a
 * module of its own so that cli.ts can load all of it at once, behind its listeners: of parts loaded
 * side by side that share something the executable's code cache keeps nothing.
 * @module
 */

import type { Command, CommandTree, Io } from "./core/command/command.ts";
import { type CommandLine, parseCommandLine } from "./core/command/command_line.ts";
import { changedTree } from "./core/command/command_tree.ts";
import { completionCommand, completionText } from "./core/command/completion/mod.ts";
import { withoutSecrets } from "./core/command/secret_words.ts";
import { versionCommand } from "./core/command/version_command.ts";
import { CannotRunError, messageOf, OperationFailedError, UsageError } from "./core/errors.ts";
import { EXIT_CODE } from "./core/exit_code.ts";
import { given } from "./core/given.ts";
import { reportCommands } from "./core/report/mod.ts";
import type { WorkerTasks } from "./core/run/worker.ts";
import { NAME } from "./core/version.ts";
import { driverCommands } from "./drivers/mod.ts";
import { HTTPERF_COMMANDS, HTTPERF_WORKER_TASKS } from "./httperf/mod.ts";
import { cleanupCommand } from "./kube/cleanup/mod.ts";
import { doctorCommand } from "./kube/doctor/mod.ts";
import type { KubernetesCommand } from "./kube/kubernetes_command.ts";
import { manifestsCommand } from "./kube/manifests/mod.ts";
import { backupCommands, gatewayCommands, maasCommands } from "./probes/mod.ts";
import {
  SANDBOX_COMMANDS,
  SANDBOX_WORKER_TASKS,
  withDevWorkspaceSandbox,
  withGatewaySandbox,
  withMaasSandbox,
  withSandbox,
  withSteveSandbox,
} from "./sandbox/mod.ts";
import {
  startObserver,
  steveWatchCommand,
  WATCHER_COMMANDS,
  WATCHER_WORKER_TASKS,
} from "./watchers/mod.ts";

const KUBERNETES_COMMANDS: readonly CommandTree<KubernetesCommand>[] = [
  ...changedTree([...driverCommands({ startLogger: startObserver }), ...WATCHER_COMMANDS], {
    command: withSandbox,
  }),
  ...changedTree([steveWatchCommand], { command: withSteveSandbox }),
  ...changedTree([gatewayCommands], { command: withGatewaySandbox }),
  ...changedTree([maasCommands], {
    // No run is lost in a sandbox, which is gone with it.
    command: (one, fullName) => one.name === "restore" ? one : withMaasSandbox(one, fullName),
  }),
  ...changedTree([backupCommands], {
    command: (one, fullName) =>
      ["run", "suite"].includes(one.name) ? withDevWorkspaceSandbox(one, fullName) : one,
  }),
];

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...KUBERNETES_COMMANDS,
  ...HTTPERF_COMMANDS,
  ...reportCommands(async (files, format) =>
    (await import("./kube/sample_log/join/join_files.ts")).joinFiles(files, format)
  ),
  doctorCommand(KUBERNETES_COMMANDS),
  cleanupCommand,
  manifestsCommand(KUBERNETES_COMMANDS),
  ...SANDBOX_COMMANDS,
  completionCommand,
  versionCommand,
];

/** What the program's worker threads can be asked to do. */
export const WORKER_TASKS: WorkerTasks = {
  ...HTTPERF_WORKER_TASKS,
  ...WATCHER_WORKER_TASKS,
  ...SANDBOX_WORKER_TASKS,
};

/** The process as `run` sees it. */
export interface ProgramIo extends Io, Pick<CommandLine, "readTextFile"> {
  /** From now on signals are the system's: nothing is begun that would have to be ended in order. */
  leaveSignals(): void;
}

/** Runs the program with these arguments; never throws for what a user can do wrong. */
export async function run(
  args: readonly string[],
  io: ProgramIo,
  commands: readonly Command[] = COMMANDS,
): Promise<number> {
  if (args[0] === "complete") {
    io.leaveSignals();
    io.stdout(completionText(commands, args.slice(1)));
    return EXIT_CODE.pass;
  }
  try {
    const request = await parseCommandLine(commands, {
      args,
      env: io.env,
      readTextFile: io.readTextFile,
    });
    if (request.kind === "help" || request.command.onlyPrints) io.leaveSignals();
    if (request.kind === "help") {
      io.stdout(request.text);
      return EXIT_CODE.pass;
    }
    const { command, fullName, settings, parts, positionals } = request;
    return await command.run({
      command: fullName,
      values: settings.values,
      shown: settings.shown,
      ...given({ parts }),
      positionals,
      io,
    });
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = isUsage ? error.message : describe(error);
    io.stderr(`${NAME}: ${withoutSecrets(text, { args, commands })}\n`);
    return isUsage ? EXIT_CODE.usage : EXIT_CODE.couldNotRun;
  }
}

/** One line; but what nobody foresaw is shown with its stack, so that it can be reported. */
function describe(error: unknown): string {
  if (error instanceof CannotRunError) return messageOf(error);
  if (error instanceof OperationFailedError) return error.message;
  return `internal error: ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
}
