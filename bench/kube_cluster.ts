/**
 * The cluster of a Kubernetes benchmark, and the programs that work on it: a control plane of its own
 * on loopback, and the user `load`, whom API Priority and Fairness governs as it does any other.
 * @module
 */

import type { Report } from "../core/report/report.ts";
import {
  ControlPlane,
  requireControlPlane,
  type StartOptions,
} from "../tests/real/control_plane.ts";
import { commandLine, TempDir } from "../tests/support/scaletool.ts";
import { note } from "./note.ts";

/** The kernel counts the CPU time of processes in these (proc(5), USER_HZ), whatever its own tick is. */
const TICKS_PER_SEC = 100;

/** A program that has ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** User and system time from its start to its end, of all its threads and children. */
  readonly cpuSec: number;
}

/** What a command of scaletool left, and what it cost. */
export interface CommandRun {
  readonly report: Report;
  readonly cpuSec: number;
}

/** The kubeconfig to measure with, and a folder for what the programs write. */
export interface KubeBench {
  readonly kubeconfig: string;
  readonly dir: TempDir;
  readonly plane: ControlPlane;
}

/** Starts a control plane for the benchmark and ends it; says so and measures nothing where there is none. */
export async function onControlPlane(
  measure: (bench: KubeBench) => Promise<Record<string, unknown>>,
  { without = [] }: Pick<StartOptions, "without"> = {},
): Promise<Record<string, unknown>> {
  if (!await requireControlPlane()) return { skipped: "no control plane on this machine" };
  await using dir = new TempDir();
  await using plane = await ControlPlane.start({
    without: ["kwok", "scheduler", "wardle", ...without],
  });
  const { gitVersion } = await plane.admin<{ gitVersion: string }>("/version");
  const measured = await measure({ kubeconfig: plane.kubeconfig("load"), dir, plane });
  return { kubernetes: gitVersion, ...measured };
}

/** Runs a load command to its end. @throws {Error} if it leaves no result in time */
export async function runCommand(
  { kubeconfig, dir }: Pick<KubeBench, "kubeconfig" | "dir">,
  { args, limitSec }: { args: readonly string[]; limitSec: number },
): Promise<CommandRun> {
  const out = dir.file(crypto.randomUUID());
  const [name = "", ...flags] = args;
  const all = [name, "--kubeconfig", kubeconfig, "--out", out, "--quiet", ...flags];
  const { command, args: line } = commandLine(all);
  const { stderr, cpuSec } = await runProgram([command, ...line], { cwd: dir.path, limitSec });
  return { report: readReport(out, stderr), cpuSec };
}

/** @throws {Error} with what the program said, if there is no result */
export function readReport(out: string, stderr: string): Report {
  try {
    return JSON.parse(Deno.readTextFileSync(`${out}/result.json`));
  } catch (cause) {
    throw new Error(`the command left no result: ${stderr}`, { cause });
  }
}

/** Runs a program; it is killed when it takes longer. No other may end meanwhile: its CPU time would count. */
export async function runProgram(
  [command = "", ...args]: readonly string[],
  { cwd, limitSec }: { cwd: string; limitSec: number },
): Promise<Ended> {
  const beforeSec = endedChildrenCpuSec();
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(limitSec * 1_000),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const cpuSec = endedChildrenCpuSec() - beforeSec;
  return { code, stdout: text(stdout), stderr: text(stderr), cpuSec };
}

/** What wait4(2) has told of this process's children so far: cutime + cstime of /proc/self/stat. */
export function endedChildrenCpuSec(): number {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // Behind the name of the program, which may hold anything: fields 3, 4, ... of proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[16 - 3]) + Number(fields[17 - 3])) / TICKS_PER_SEC;
}

/** Processes that want a CPU, mean of the last minute: figures of a busy machine are worth less. */
export function loadAverage(): number {
  return Deno.loadavg()[0] ?? NaN;
}

/** Latency from sent to answered of one kind of write, ms. */
export function serviceTimes({ summary }: Report, op: string) {
  const service = summary.operations.find((one) => one.op === op)?.service;
  return {
    p50Ms: service?.p50 ?? null,
    p99Ms: service?.p99 ?? null,
    maxMs: service?.max ?? null,
  };
}

/** Quantiles of a distribution, ms. */
export function distributionOf({ summary }: Report, name: string) {
  const stats = summary.distributions.find((one) => one.name === name)?.stats;
  if (stats === undefined) return null;
  return {
    count: stats.count,
    p50Ms: stats.p50,
    p90Ms: stats.p90,
    p99Ms: stats.p99,
    maxMs: stats.max,
  };
}

export function gaugeMax({ summary }: Report, name: string): number | null {
  return summary.gauges.find((gauge) => gauge.name === name)?.max ?? null;
}

/** Growth of a counter over all its series. */
export function totalOf({ summary }: Report, name: string): number {
  return summary.counters.filter((counter) => counter.name === name)
    .reduce((sum, { total }) => sum + total, 0);
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

/** Lines on stderr. */
export function noteAll(lines: readonly string[]): void {
  for (const line of lines) note(line);
}
