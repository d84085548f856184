/**
 * The program: argv -> command -> exit code. The only file that reads the process's arguments,
 * listens to its signals, writes to its streams and ends it.
 * @module
 */

import { REPORT_COMMANDS } from "./core/report/mod.ts";
import { CannotRunError, messageOf, OperationFailedError, UsageError } from "./core/errors.ts";
import { EXIT_CODE } from "./core/exit_code.ts";
import type { Command, Io, StopSignal } from "./core/run/command.ts";
import { type CommandLine, parseCommandLine } from "./core/run/command_line.ts";
import { hiddenVariables, hideProxyVariables, userEnv } from "./core/net/proxy_environment.ts";
import { answerText, completionCommand } from "./core/run/completion/mod.ts";
import { versionCommand } from "./core/run/version_command.ts";
import { readTextFile } from "./core/text_file.ts";
import { NAME } from "./core/version.ts";
import { driverCommands } from "./drivers/mod.ts";
import { HTTPERF_COMMANDS, HTTPERF_WORKER_TASKS } from "./httperf/mod.ts";
import { cleanupCommand } from "./kube/cleanup/mod.ts";
import { doctorCommand } from "./kube/doctor/mod.ts";
import { manifestsCommand } from "./kube/manifests/mod.ts";
import type { KubernetesCommand } from "./kube/kubernetes_command.ts";
import {
  SANDBOX_COMMANDS,
  SANDBOX_WORKER_TASKS,
  withSandbox,
  withSteveSandbox,
} from "./sandbox/mod.ts";
import {
  startObserver,
  steveWatchCommand,
  WATCHER_COMMANDS,
  WATCHER_WORKER_TASKS,
} from "./watchers/mod.ts";

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

const KUBERNETES_COMMANDS: readonly KubernetesCommand[] = [
  ...driverCommands({ startLogger: startObserver }),
  ...WATCHER_COMMANDS,
].map(withSandbox).concat(withSteveSandbox(steveWatchCommand));

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...KUBERNETES_COMMANDS,
  ...HTTPERF_COMMANDS,
  ...REPORT_COMMANDS,
  doctorCommand(KUBERNETES_COMMANDS),
  cleanupCommand,
  manifestsCommand(KUBERNETES_COMMANDS),
  ...SANDBOX_COMMANDS,
  completionCommand,
  versionCommand,
];

/** Runs the program with these arguments; never throws for what a user can do wrong. */
export async function run(
  args: readonly string[],
  io: Io & Pick<CommandLine, "readTextFile">,
): Promise<number> {
  if (args[0] === "complete") {
    io.stdout(answerText(COMMANDS, args.slice(1)));
    return EXIT_CODE.pass;
  }
  try {
    const request = parseCommandLine(COMMANDS, {
      args,
      env: io.env,
      readTextFile: io.readTextFile,
    });
    if (request.kind === "help") {
      io.stdout(request.text);
      return EXIT_CODE.pass;
    }
    const { command, settings, positionals } = request;
    return await command.run({
      command: command.name,
      values: settings.values,
      shown: settings.shown,
      positionals,
      io,
    });
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`${NAME}: ${error.message}\n`);
      return EXIT_CODE.usage;
    }
    io.stderr(`${NAME}: ${describe(error)}\n`);
    return EXIT_CODE.couldNotRun;
  }
}

/** One line; but what nobody foresaw is shown with its stack, so that it can be reported. */
function describe(error: unknown): string {
  if (error instanceof CannotRunError) return messageOf(error);
  if (error instanceof OperationFailedError) return error.message;
  return `internal error: ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
}

function writeFully(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(stream.writeSync(bytes));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return; // the reader (head, less) has had enough
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    }
  }
}

function columnsOf(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 100;
  }
}

/** This process as the commands see it. */
function processIo(): Io & Pick<CommandLine, "readTextFile"> {
  const env = userEnv;
  const stdoutIsTerminal = Deno.stdout.isTerminal();
  const isDumb = env("TERM") === "dumb" || (env("CI") ?? "") !== "";
  return {
    stdout: (text) => writeFully(Deno.stdout, text),
    stderr: (text) => writeFully(Deno.stderr, text),
    env,
    stdoutIsTerminal,
    stderrIsTerminal: Deno.stderr.isTerminal() && !isDumb,
    columns: columnsOf(),
    color: stdoutIsTerminal && !isDumb && (env("NO_COLOR") ?? "") === "",
    readTextFile,
    onStopSignal(listener) {
      const handlers = STOP_SIGNALS.map((signal) => [signal, () => listener(signal)] as const);
      for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
      return () => {
        for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
      };
    },
    async reexec(added) {
      const isCompiled = Deno.build.standalone;
      const own = isCompiled ? [] : ["run", "-A", import.meta.url];
      const child = new Deno.Command(Deno.execPath(), {
        args: [...own, ...Deno.args],
        env: { ...hiddenVariables(), ...added },
        stdin: "inherit",
        stdout: "inherit",
        stderr: "inherit",
      }).spawn();
      const release = this.onStopSignal((signal) => child.kill(signal));
      const status = await child.status;
      release();
      return status.code;
    },
    spawnWorker: () => new Worker(import.meta.url, { type: "module" }),
  };
}

// A worker's first module counts as main too.
if ("WorkerGlobalScope" in globalThis) {
  const { runWorkerTask } = await import("./core/run/worker.ts");
  runWorkerTask({ ...HTTPERF_WORKER_TASKS, ...WATCHER_WORKER_TASKS, ...SANDBOX_WORKER_TASKS });
} else if (import.meta.main) {
  hideProxyVariables();
  Deno.exit(await run(Deno.args, processIo()));
}
