/**
 * The process: the only file that reads its arguments, listens to its signals, writes to its streams
 * and ends it. It listens before it loads the program (program.ts), which is therefore imported
 * dynamically: docs/design/010-output-and-signals.md.
 * @module
 */

import { EXIT_CODE, EXIT_CODE_OF_SIGNAL } from "./core/exit_code.ts";
import { SystemClock } from "./core/load/clock.ts";
import { hiddenVariables, hideProxyVariables, userEnv } from "./core/net/proxy_environment.ts";
import type { StopSignal } from "./core/command/command.ts";
import {
  Output,
  PATIENCE_AFTER_SIGNAL_MS,
  PATIENCE_MS,
  sayingGaps,
} from "./core/command/output.ts";
import { SignalInbox } from "./core/command/signal_inbox.ts";
import { readTextFile } from "./core/files.ts";
import { printable, printableLines } from "./core/say.ts";
import { NAME } from "./core/version.ts";
import type { ProgramIo } from "./program.ts";

/** Windows has no others that a program could listen to. */
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** A worker's first module counts as main too. */
const IS_WORKER = "WorkerGlobalScope" in globalThis;
const IS_PROGRAM = import.meta.main && !IS_WORKER;

/** Back to the first column, and what stands there goes. Source: ECMA-48, EL. */
const CLEAR_LINE = "\r\x1b[K";

const signals = new SignalInbox();
/** The system itself drops what nobody listens to where this is process 1, as in a container. */
const stopListening = IS_PROGRAM ? listenTo(signals) : () => {};

const { run, WORKER_TASKS } = await import("./program.ts");

function columnsOf(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 100;
  }
}

/** Whether both are one terminal, pipe or file: then one order counts for both. */
function isSamePlace(): boolean {
  try {
    const [one, other] = ["/dev/fd/1", "/dev/fd/2"].map((path) => Deno.statSync(path));
    return one!.ino !== null && one!.ino === other!.ino && one!.dev === other!.dev;
  } catch {
    return Deno.stdout.isTerminal() && Deno.stderr.isTerminal();
  }
}

/** This process as the commands see it. */
function processIo(): ProgramIo {
  const env = userEnv;
  const stdoutIsTerminal = Deno.stdout.isTerminal();
  const isDumb = env("TERM") === "dumb" || (env("CI") ?? "") !== "";
  const clock = new SystemClock();
  const stdout = new Output(Deno.stdout, { clock });
  const stderr = isSamePlace() ? stdout : new Output(Deno.stderr, { clock });
  const say = sayingGaps(stderr);
  return {
    stdout: (text) => stdout.write(text),
    offer: (text) => stdout.offer(text),
    stderr: (text) => say(printableLines(text)),
    repaint: (line) => say(`${CLEAR_LINE}${printable(line)}`),
    delivery: { stdout, stderr },
    async settled(patience) {
      await Promise.all([stdout.settled(patience), stderr.settled(patience)]);
    },
    env,
    stdoutIsTerminal,
    stderrIsTerminal: Deno.stderr.isTerminal() && !isDumb,
    columns: columnsOf(),
    color: stdoutIsTerminal && !isDumb && (env("NO_COLOR") ?? "") === "",
    readTextFile,
    onStopSignal: (listener) => signals.subscribe(listener),
    leaveSignals: stopListening,
    async reexec(added) {
      const isCompiled = Deno.build.standalone;
      const own = isCompiled ? [] : ["run", "-A", import.meta.url];
      const child = new Deno.Command(Deno.execPath(), {
        args: [...own, ...Deno.args],
        env: { ...hiddenVariables(), ...added },
        stdin: "inherit",
        stdout: "inherit",
        stderr: "inherit",
        // Ctrl-C reaches every program of a terminal: this one alone hears of it, and passes it on.
        detached: true,
      }).spawn();
      const release = this.onStopSignal((signal) => child.kill(signal));
      const status = await child.status;
      release();
      return status.code;
    },
    spawnWorker: () => new Worker(import.meta.url, { type: "module" }),
  };
}

/** Listens to the stop signals until the returned function is called. */
function listenTo(inbox: SignalInbox): () => void {
  // Asked first: the first listener of whatever signal resets what was inherited.
  const heeded = isHangUpIgnored() ? STOP_SIGNALS.filter((one) => one !== "SIGHUP") : STOP_SIGNALS;
  if (heeded.length < STOP_SIGNALS.length) Deno.addSignalListener("SIGHUP", () => {});
  const handlers = heeded.map((signal) => [signal, () => inbox.receive(signal)] as const);
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
  };
}

/** Whether this was started by nohup or the like; false where the system does not tell (not Linux). */
function isHangUpIgnored(): boolean {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
    return (parseInt(mask.at(-1)!, 16) & 1) === 1; // SIGHUP is signal 1, the lowest bit
  } catch {
    return false;
  }
}

/** The exit code, once everything is written; a signal that nobody has claimed ends the wait for either. */
async function outcome(args: readonly string[], io: ProgramIo): Promise<number> {
  let patienceMs = PATIENCE_MS;
  const leaveSignals = () => {
    patienceMs = Infinity;
    io.leaveSignals();
  };
  const ended = async () => {
    const signal = await signals.unclaimed;
    io.stderr(`${NAME}: ${signal}: ended\n`);
    await io.settled({ patienceMs: PATIENCE_AFTER_SIGNAL_MS });
    return EXIT_CODE_OF_SIGNAL[signal];
  };
  const done = async () => {
    const code = await run(args, { ...io, leaveSignals });
    await io.settled({ patienceMs });
    const { stdout, stderr } = io.delivery;
    if (stdout.failure === undefined && stderr.failure === undefined) return code;
    if (stdout.failure !== undefined) {
      io.stderr(`${NAME}: Cannot write to stdout: ${stdout.failure}\n`);
      await io.settled({ patienceMs });
    }
    return code === EXIT_CODE.pass ? EXIT_CODE.couldNotRun : code;
  };
  return await Promise.race([done(), ended()]);
}

if (IS_WORKER) {
  const { runWorkerTask } = await import("./core/run/worker.ts");
  runWorkerTask(WORKER_TASKS);
} else if (IS_PROGRAM) {
  hideProxyVariables();
  Deno.exit(await outcome(Deno.args, processIo()));
}
