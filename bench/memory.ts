/**
 * The most memory that cmdriver has at 500 creates and 500 deletes a second for a minute, against a
 * sandbox in a process of its own, and that of a program of one line in the same runtime.
 * @module
 */

import { Scaletool, TempDir } from "../tests/support/scaletool.ts";
import { gaugeMax, readReport } from "./kube_cluster.ts";
import { oneLineProgram } from "./one_line_program.ts";
import { costOf, gaugeMean } from "./processes.ts";

const LAMBDA = 500;
const SECONDS = 60;

export async function memory(): Promise<Record<string, unknown>> {
  await using dir = new TempDir();
  await using sandbox = new Scaletool(["sandbox"]);
  const [, kubeconfig = ""] = await sandbox.line(/kubeconfig in (\S+)/);
  const out = dir.file("run");
  const { peakRssBytes, cpuMs } = await costOf([
    ...["cmdriver", "--kubeconfig", kubeconfig, "--out", out, "--quiet"],
    ...["--datafile", dir.file("driver.csv")],
    ...["--lambda", String(LAMBDA), "--duration", `${SECONDS}s`],
  ]);
  const report = readReport(out, "it ended");
  return {
    lambda: LAMBDA,
    seconds: SECONDS,
    peakRssBytes,
    oneLineRssBytes: oneLinePeakBytes(dir),
    cpuMs,
    cpuRatio: gaugeMean(report, "cpuRatio"),
    // What is in flight takes memory: hundreds show that the machine was too busy to measure on.
    inFlightMax: gaugeMax(report, "inFlight"),
    validity: report.validity.level,
  };
}

/** Told by itself, because it is over before anybody could look. */
function oneLinePeakBytes(dir: TempDir): number {
  const line = 'console.log(Deno.readTextFileSync("/proc/self/status"))';
  const { command, args } = oneLineProgram(dir, line);
  const { stdout } = new Deno.Command(command, { args: [...args] }).outputSync();
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(new TextDecoder().decode(stdout)) ?? [];
  return Number(kibibytes) * 1_024;
}
