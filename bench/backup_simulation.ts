/**
 * What a whole simulated run of backup takes of this machine: time, CPU and the most memory of one
 * process that holds the probe as well as the stand-in for the cluster and its operator. Says nothing
 * about the speed of either, nor about what the probe alone takes on a real cluster. Of the sources, or
 * of the executable that SCALETOOL_BIN names.
 * @module
 */

import { SystemClock } from "../core/load/clock.ts";
import { commandLine, TempDir } from "../tests/support/scaletool.ts";
import { loadAverage, readReport, totalOf } from "./kube_cluster.ts";
import { note } from "./note.ts";
import { costOf } from "./processes.ts";

const SIZES = [50, 500, 2_000];
const SEED = 1;
const BYTES_PER_MB = 1e6;

export async function backupSimulation(): Promise<Record<string, unknown>> {
  const runs: Awaited<ReturnType<typeof simulated>>[] = [];
  for (const workspaces of SIZES) runs.push(await simulated(workspaces));
  const [smallest, largest] = [runs[0]!, runs.at(-1)!];
  const isExecutable = commandLine([]).command !== Deno.execPath();
  return {
    program: isExecutable ? "the executable" : "the sources",
    seed: SEED,
    runs,
    // Garbage that V8 had not collected yet is in it.
    peakBytesAWorkspace: Math.round(
      (largest.peakRssBytes - smallest.peakRssBytes) / (largest.workspaces - smallest.workspaces),
    ),
    loadAverage: loadAverage(),
  };
}

async function simulated(workspaces: number) {
  await using dir = new TempDir();
  const out = dir.file("run");
  const clock = new SystemClock();
  const startMs = clock.now();
  const { peakRssBytes, cpuMs } = await costOf([
    ...["backup", "run", "--sandbox", "--simulate", "--seed", String(SEED)],
    ...["--max-devworkspaces", String(workspaces), "--out", out, "--quiet"],
  ]);
  const wallMs = Math.round(clock.now() - startMs);
  const report = readReport(out, "it ended");
  const seconds = (wallMs / 1_000).toFixed(1);
  note(`${workspaces} workspaces: ${seconds} s, ${Math.round(peakRssBytes / BYTES_PER_MB)} MB`);
  return {
    ...{ workspaces, wallMs, cpuMs, peakRssBytes },
    simulatedMs: report.summary.measuredMs,
    backupJobsSucceeded: totalOf(report, "backupJobsSucceeded"),
  };
}
