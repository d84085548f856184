/**
 * What does every command say of every fault? One command line for each command, which passes as long
 * as nothing is broken; each fault is added to it alone. Runs them, judges nothing. Commands with a
 * sandbox of their own kind have a matrix of their own: gateway_fault_matrix.ts.
 * @module
 */

import type { Report } from "../../core/report/report.ts";
import type { Command } from "../../core/command/command.ts";
import { parseCommandLine } from "../../core/command/command_line.ts";
import { driverCommands } from "../../drivers/mod.ts";
import { withSandbox } from "../../sandbox/mod.ts";
import { startObserver, WATCHER_COMMANDS } from "../../watchers/mod.ts";
import { ThreadedIo } from "./sandbox_worker.ts";

/** Every fault; values are such that a run of a few seconds shows them. */
export const FAULT_SWITCHES = [
  "latency=1500ms",
  "429",
  "5xx",
  "expired-token",
  "forbidden",
  "reset",
  "truncated",
  "no-answer",
  "quota=10",
  "lost-write",
  "stalled-watch=500ms",
  "dropped-event",
  "duplicate-event=1",
  "late-event=1500ms",
  "early-watch-close=300ms",
  "gone=300ms",
] as const;
export type FaultSwitch = typeof FAULT_SWITCHES[number];

/** A driver's own watcher must see each object once, in time, in one unbroken watch. */
const LOGGED = [
  "--with-logger",
  "--threshold=creates.total >= 100",
  "--threshold=notifications.total <= 200",
  "--threshold=createLatency.max < 1s",
  "--threshold=watches.total <= 1",
];
const OPEN = ["--lambda=50", "--n=100", "--maxpop=25", "--threshold=create.response.max < 1s"];
/** 20 objects a second come, change and go: 60 notifications. */
const LOGGER = [
  "--duration=3s",
  "--data-filename=",
  "--metrics-addr=127.0.0.1:0",
  "--threshold=creates.rate > 16/s",
  "--threshold=notifications.rate < 66/s",
  "--threshold=createLatency.max < 1s",
  "--threshold=watches.total <= 1",
];

/** Commands, and the faults that each of them meets. */
export interface FaultMatrix<Name extends string = string, Fault extends string = string> {
  readonly commands: readonly Command[];
  /** By command, with its group; the defaults of each hold as well. */
  readonly lines: Readonly<Record<Name, readonly string[]>>;
  /** In order of the rows. */
  readonly faults: readonly Fault[];
  /** Fewer where runs work more than they wait. */
  readonly runsAtOnce?: number;
}

export function namesOf<Name extends string>({ lines }: FaultMatrix<Name>): Name[] {
  return Object.keys(lines) as Name[];
}

export const COMMAND_LINES = {
  cmdriver: [...OPEN, ...LOGGED],
  cmdriverclosed: [
    "--n=20",
    "--threads=20",
    "--conns=2",
    "--rate=50",
    "--threshold=create.response.max < 1s",
  ],
  "flunder-driver": [...OPEN, ...LOGGED],
  "cm-logger": LOGGER,
  "flunder-logger": LOGGER,
  "flunder-watch": [
    "--duration=3s",
    "--watches=4",
    "--threshold=events.rate > 150/s",
    "--threshold=events.rate < 264/s",
    "--threshold=watch.response.max < 1s",
    "--threshold=watch.ok.count <= 4",
  ],
} as const;
export type CommandName = keyof typeof COMMAND_LINES;

/** What goes to the Kubernetes API alone. */
export const KUBERNETES_MATRIX: FaultMatrix<CommandName, FaultSwitch> = {
  commands: [
    ...driverCommands({ startLogger: startObserver }),
    ...WATCHER_COMMANDS,
  ].map((one) => withSandbox(one, one.name)),
  lines: COMMAND_LINES,
  faults: FAULT_SWITCHES,
};

/** Without it a request that is never answered is one that the end of the run cuts off. */
export const REQUEST_TIMEOUT = "--request-timeout=2s";

/** One run of a command on a sandbox with one fault, or with none. */
export interface MatrixRun<Name extends string = string, Fault extends string = string> {
  readonly command: Name;
  readonly fault: Fault | undefined;
  readonly report: Report;
  readonly stderr: string;
}

let runCount = 0;

/** Runs in the current folder, which gets files. */
export async function runWithFaults<Name extends string>(
  { commands, lines }: FaultMatrix<Name>,
  command: Name,
  faults: readonly string[],
): Promise<Pick<MatrixRun, "report" | "stderr">> {
  const threaded = new ThreadedIo();
  const words = command.split(" ");
  const runId = `${words.join("-")}-${++runCount}`;
  const args = [
    ...[...words, "--sandbox", "--seed=1", `--run-id=${runId}`, `--out=${runId}`],
    "--output=json",
    ...lines[command],
    ...faults.map((fault) => `--sandbox-fault=${fault}`),
    ...faults.includes("no-answer") ? [REQUEST_TIMEOUT] : [],
  ];
  const request = await parseCommandLine(commands, {
    args,
    env: () => undefined,
    readTextFile: () => "",
  });
  if (request.kind === "help") throw new Error(`Not a command line: ${args.join(" ")}`);
  const { settings: { values, shown }, positionals } = request;
  await request.command.run({
    command,
    values,
    shown,
    positionals,
    io: threaded.io,
  });
  return { report: JSON.parse(threaded.stdout), stderr: threaded.stderr };
}

/** Runs that wait more than they work. */
const RUNS_AT_ONCE = 5;

type MatrixCell<Name extends string, Fault extends string> = Pick<
  MatrixRun<Name, Fault>,
  "command" | "fault"
>;

/** All of them; `onEach` sees each as it ends. */
export async function runMatrix<Name extends string, Fault extends string>(
  matrix: FaultMatrix<Name, Fault>,
  onEach: (run: MatrixRun<Name, Fault>) => void = () => {},
): Promise<readonly MatrixRun<Name, Fault>[]> {
  const [first, ...others] = namesOf(matrix).flatMap((command) =>
    [undefined, ...matrix.faults].map((fault) => ({ command, fault }))
  );
  if (first === undefined) return [];
  // The first one alone, because it loads what all of them need.
  const runs = await runCells(matrix, { cells: [first], atOnce: 1, onEach });
  const { runsAtOnce: atOnce = RUNS_AT_ONCE } = matrix;
  return [...runs, ...await runCells(matrix, { cells: others, atOnce, onEach })];
}

/** Some of them, so many at a time; in the order in which they end. */
export async function runCells<Name extends string, Fault extends string>(
  matrix: FaultMatrix<Name, Fault>,
  { cells, atOnce, onEach }: {
    readonly cells: readonly MatrixCell<Name, Fault>[];
    readonly atOnce: number;
    readonly onEach: (run: MatrixRun<Name, Fault>) => void;
  },
): Promise<readonly MatrixRun<Name, Fault>[]> {
  const waiting = [...cells];
  const runs: MatrixRun<Name, Fault>[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { command, fault } = next;
      const faults = fault === undefined ? [] : [fault];
      const ended = { command, fault, ...await runWithFaults(matrix, command, faults) };
      runs.push(ended);
      onEach(ended);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return runs;
}
