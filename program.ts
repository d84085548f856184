/**
 * The program without its process: every command there is, and argv -> command -> exit code. In a
 * module of its own so that cli.ts can load all of it at once, behind its listeners: of parts loaded
 * side by side that share something the executable's code cache keeps nothing.
 * @module
 */

import type { Command, CommandTree, Io } from "./core/command/command.ts";
import { PROCESSES } from "./core/command/processes_place.ts";
import { withGenerators } from "./core/command/with_generators.ts";
import { type CommandLine, parseCommandLine } from "./core/command/command_line.ts";
import { changedTree } from "./core/command/command_tree.ts";
import { completionCommand, completionText } from "./core/command/completion/mod.ts";
import { withoutSecrets } from "./core/command/secret_words.ts";
import { versionCommand } from "./core/command/version_command.ts";
import { consoleCommand } from "./core/console/mod.ts";
import { ctlCommand } from "./core/control/mod.ts";
import {
  asError,
  CannotRunError,
  messageOf,
  OperationFailedError,
  UsageError,
} from "./core/errors.ts";
import { EXIT_CODE } from "./core/exit_code.ts";
import type { Coordinator } from "./core/generators/coordinator.ts";
import type { CoordinatorWays } from "./core/generators/generator_link.ts";
import { GENERATOR_VARIABLE } from "./core/generators/generator_variable.ts";
import { given } from "./core/given.ts";
import { reportCommands } from "./core/report/mod.ts";
import type { WorkerTasks } from "./core/run/worker.ts";
import { NAME } from "./core/version.ts";
import { driverCommands } from "./drivers/mod.ts";
import { HTTPERF_COMMANDS, HTTPERF_WORKER_TASKS } from "./httperf/mod.ts";
import { cleanupCommand } from "./kube/cleanup/mod.ts";
import { doctorCommand } from "./kube/doctor/mod.ts";
import { withAttach } from "./kube/generators/attach_command.ts";
import { IN_SOME_CLUSTER, inCluster } from "./kube/generators/in_cluster_place.ts";
import { VIA_POD } from "./kube/generators/via_pod.ts";
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

/** A load; not what calls other commands, each of which is a run of its own, nor what puts none on. */
function divided(command: KubernetesCommand): KubernetesCommand {
  const isLoad = command.parts === undefined && command.name !== "restore";
  return isLoad ? withGenerators(command, [PROCESSES, inCluster(command)]) : command;
}

/** A sandbox is there once, whatever goes to it. */
const KUBERNETES_COMMANDS: readonly CommandTree<KubernetesCommand>[] = [
  ...changedTree([...driverCommands({ startLogger: startObserver }), ...WATCHER_COMMANDS], {
    command: (one: KubernetesCommand, fullName) => withSandbox(divided(one), fullName),
  }),
  ...changedTree([steveWatchCommand], {
    command: (one: KubernetesCommand, fullName) => withSteveSandbox(divided(one), fullName),
  }),
  ...changedTree([gatewayCommands], {
    command: (one, fullName) => withGatewaySandbox(divided(one), fullName),
  }),
  ...changedTree([maasCommands], {
    // No run is lost in a sandbox, which is gone with it.
    command: (one, fullName) =>
      one.name === "restore" ? one : withMaasSandbox(divided(one), fullName),
  }),
  ...changedTree([backupCommands], {
    command: (one, fullName) =>
      ["run", "suite"].includes(one.name) ? withDevWorkspaceSandbox(divided(one), fullName) : one,
  }),
];

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...KUBERNETES_COMMANDS,
  ...HTTPERF_COMMANDS.map((one) => withGenerators(one, [PROCESSES, IN_SOME_CLUSTER])),
  ...reportCommands(async (files, format) =>
    (await import("./kube/sample_log/join/join_files.ts")).joinFiles(files, format)
  ).map((one) => one.name === "report" ? withAttach(one) : one),
  ctlCommand,
  consoleCommand,
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

/** How a generator reaches its coordinator. */
const COORDINATOR_WAYS: CoordinatorWays<ProgramIo> = {
  stdio: async () => (await import("./core/generators/stdio_coordinator.ts")).stdioCoordinator,
  [VIA_POD]: async () => (await import("./kube/generators/pod_coordinator.ts")).podCoordinator,
};

/** The process as `run` sees it. */
export interface ProgramIo extends Io, Pick<CommandLine, "readTextFile"> {
  stdin(): ReadableStream<Uint8Array>;
  /** As if it had received SIGHUP: whoever it works for is gone. */
  hangUp(): void;
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
  let coordinator: Coordinator | undefined;
  try {
    coordinator = await coordinatorOf(io);
    const request = await parseCommandLine(commands, {
      args,
      // All settings of a generator are in its plan: the same everywhere.
      env: coordinator === undefined ? io.env : () => undefined,
      readTextFile: io.readTextFile,
    });
    if (request.kind === "help" || request.command.onlyPrints?.(request.settings.values)) {
      io.leaveSignals();
    }
    if (request.kind === "help") {
      io.stdout(request.text);
      return EXIT_CODE.pass;
    }
    const { command, fullName, settings, parts, positionals } = request;
    return await command.run({
      command: fullName,
      values: settings.values,
      shown: settings.shown,
      ...given({ parts, coordinator }),
      positionals,
      io,
    });
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = withoutSecrets(isUsage ? error.message : describe(error), { args, commands });
    if (coordinator === undefined) io.stderr(`${NAME}: ${text}\n`);
    else coordinator.tell({ type: "over", error: { name: asError(error).name, message: text } });
    return isUsage ? EXIT_CODE.usage : EXIT_CODE.couldNotRun;
  }
}

/** Undefined: nobody leads this process. */
async function coordinatorOf(io: ProgramIo): Promise<Coordinator | undefined> {
  const text = io.env(GENERATOR_VARIABLE);
  if (text === undefined) return undefined;
  const { coordinatorAt } = await import("./core/generators/generator_link.ts");
  const coordinator = await coordinatorAt(text, { ways: COORDINATOR_WAYS, outside: io });
  coordinator.gone.addEventListener("abort", () => io.hangUp());
  return coordinator;
}

/** One line; but what nobody foresaw is shown with its stack, so that it can be reported. */
function describe(error: unknown): string {
  if (error instanceof CannotRunError) return messageOf(error);
  if (error instanceof OperationFailedError) return error.message;
  return `internal error: ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
}
