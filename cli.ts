/**
 * The process: the only file that reads its arguments, listens to its signals, writes to its streams
 * and ends it. It listens before it loads the program (program.ts), which is therefore imported
 * dynamically: docs/design/010-output-and-signals.md.
 * @module
 */

import { EXIT_CODE, EXIT_CODE_OF_SIGNAL } from "./core/exit_code.ts";
import { type Clock, SystemClock } from "./core/load/clock.ts";
import { hiddenVariables, hideProxyVariables, userEnv } from "./core/net/proxy_environment.ts";
import type { Io, StopSignal, Terminal } from "./core/command/command.ts";
import type { GeneratorProcess } from "./core/generators/generator_process.ts";
import {
  Output,
  PATIENCE_AFTER_SIGNAL_MS,
  PATIENCE_MS,
  sayingGaps,
} from "./core/command/output.ts";
import { mayStop, processTerminal } from "./core/command/process_terminal.ts";
import { SignalInbox } from "./core/command/signal_inbox.ts";
import { TerminalKeys } from "./core/command/terminal_keys.ts";
import { readTextFile } from "./core/files.ts";
import { printable, printableLines } from "./core/say.ts";
import { NAME } from "./core/version.ts";
import type { ProgramIo } from "./program.ts";

/** Windows has no others that a program could listen to. */
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Numbers of signals on Linux. */
const [SIGHUP, SIGQUIT, SIGTSTP] = [1, 3, 20];

/** A worker's first module counts as main too. */
const IS_WORKER = "WorkerGlobalScope" in globalThis;
const IS_PROGRAM = import.meta.main && !IS_WORKER;

/** Where nobody knows how wide the terminal is. */
const DEFAULT_COLUMNS = 100;
/** Back to the first column, and what stands there goes. Source: ECMA-48, EL. */
const CLEAR_LINE = "\r\x1b[K";

const signals = new SignalInbox();
/** The system itself drops what nobody listens to where this is process 1, as in a container. */
const stopListening = IS_PROGRAM ? listenTo(signals) : () => {};

const { run, WORKER_TASKS } = await import("./program.ts");

function columnsOf(): number {
  try {
    // A terminal that nobody has told its size has 0, as with `script` or at the start of an exec.
    return Deno.consoleSize().columns || DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
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

async function terminalOfProcess(): Promise<Terminal> {
  const { stdin: input, stdout: output } = await import("node:process");
  return { input, output };
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
  const stderrIsTerminal = Deno.stderr.isTerminal() && !isDumb;
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
    ...Deno.stdin.isTerminal() && stdoutIsTerminal ? { terminal: terminalOfProcess } : {},
    stdoutIsTerminal,
    stderrIsTerminal,
    columns: columnsOf(),
    color: stdoutIsTerminal && !isDumb && (env("NO_COLOR") ?? "") === "",
    readTextFile,
    onStopSignal: (listener) => signals.subscribe(listener),
    ...stderrIsTerminal && Deno.stdin.isTerminal() && keysOfTerminal(clock),
    leaveSignals: stopListening,
    async reexec(added) {
      const child = new Deno.Command(Deno.execPath(), {
        args: [...OWN_ARGS, ...Deno.args],
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
    spawnGenerator: ({ args, env }) =>
      generatorProcess(
        new Deno.Command(Deno.execPath(), {
          args: [...OWN_ARGS, ...args],
          env: { ...hiddenVariables(), ...env },
          stdin: "piped",
          stdout: "piped",
          stderr: "piped",
          detached: true,
        }).spawn(),
      ),
    stdin: () => Deno.stdin.readable,
    hangUp: () => signals.receive("SIGHUP"),
  };
}

/** What this program is started with, before its own arguments. */
const OWN_ARGS = Deno.build.standalone ? [] : ["run", "-A", import.meta.url];

function generatorProcess(child: Deno.ChildProcess): GeneratorProcess {
  const orders = child.stdin.getWriter();
  const encoder = new TextEncoder();
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    send: (text) => orders.write(encoder.encode(text)),
    hangUp: () => orders.close(),
    kill() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
    },
    ended: child.status.then(({ code, signal, success: isOrderly }) => ({
      isOrderly,
      why: signal === null ? `exit code ${code}` : `killed by ${signal}`,
    })),
  };
}

/** Keys, where a person sits at the terminal that this process is controlled by. */
function keysOfTerminal(clock: Clock): Pick<Io, "onKey"> {
  const terminal = processTerminal((isSingle) =>
    isSingle ? Deno.stdin.setRaw(true, { cbreak: true }) : Deno.stdin.setRaw(false)
  );
  if (terminal === undefined) return {};
  return {
    onKey(listener) {
      let keys: TerminalKeys | undefined;
      // First: a Ctrl-Z that comes as soon as keys are taken has to be heard of.
      giveWhenStopped({ give: () => keys?.give(), forget: () => keys?.forget() });
      const listening = keys = new TerminalKeys(terminal, { clock, listener });
      return () => listening[Symbol.dispose]();
    },
  };
}

/**
 * Whoever has the terminal next finds it as it was. Listens for good: the system's own answer to Ctrl-Z
 * does not come back.
 */
function giveWhenStopped(keys: Pick<TerminalKeys, "give" | "forget">): void {
  if (!isIgnored(SIGTSTP)) {
    Deno.addSignalListener("SIGTSTP", () => {
      keys.give();
      if (mayStop()) Deno.kill(Deno.pid, "SIGSTOP");
    });
  }
  Deno.addSignalListener("SIGCONT", () => keys.forget());
  const onQuit = () => {
    keys.give();
    Deno.removeSignalListener("SIGQUIT", onQuit);
    Deno.kill(Deno.pid, "SIGQUIT");
  };
  if (!isIgnored(SIGQUIT)) Deno.addSignalListener("SIGQUIT", onQuit);
}

/** Listens to the stop signals until the returned function is called. */
function listenTo(inbox: SignalInbox): () => void {
  // Asked first: the first listener of whatever signal resets what was inherited.
  const heeded = isIgnored(SIGHUP) ? STOP_SIGNALS.filter((one) => one !== "SIGHUP") : STOP_SIGNALS;
  if (heeded.length < STOP_SIGNALS.length) Deno.addSignalListener("SIGHUP", () => {});
  const handlers = heeded.map((signal) => [signal, () => inbox.receive(signal)] as const);
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
  };
}

/**
 * Whether whoever has started this has asked so, as nohup does; false where the system does not tell
 * (not Linux), and from the sources where loading took too long: `deno run` resets SIGHUP after 500 ms
 * (2.9.2 and newer, whose own listener of SIGUSR1 is then added).
 */
function isIgnored(signal: number): boolean {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
    return (BigInt(`0x${mask}`) >> BigInt(signal - 1) & 1n) === 1n;
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
