/** The report of the field's scripts as one text, with the sections that they left empty. @module */

import type { BackupPodMeans, BackupRunData, BackupsData } from "./backup_data.ts";
import { componentFigures } from "./component_figures.ts";
import { failuresText, jobCounts, jobMetricsText } from "./job_metrics.ts";

const RULE = "=".repeat(36);

/** @param files names of those beside it */
export function backupSummaryText(
  data: BackupRunData & { readonly backups: BackupsData },
  files: readonly string[],
): string {
  const { backups, wallOf, nowMs } = data;
  const now = wallOf(nowMs);
  return [
    RULE,
    "Backup Load Test Summary Report",
    `Timestamp: ${now.toUTCString()}`,
    RULE,
    "",
    jobMetricsText(jobCounts(backups.workspaces), now),
    ...coverageLines(backups),
    "",
    "Resource Usage",
    ...usageLines(data),
    "",
    "Error Patterns",
    ...patternLines(backups),
    "",
    "Failed Jobs Details",
    failuresText(backups),
    "",
    "Files",
    ...files.map((name) => `  ${name}`),
  ].map((line) => `${line.trimEnd()}\n`).join("");
}

function coverageLines({ workspaces }: BackupsData): string[] {
  const backedUp = workspaces.filter(({ outcome }) => outcome === "backed-up").length;
  const misses = new Map<string, number>();
  for (const { miss } of workspaces) {
    if (miss !== undefined) misses.set(miss, 1 + (misses.get(miss) ?? 0));
  }
  return [
    `Workspaces: ${workspaces.length}, backed up: ${backedUp}`,
    ...[...misses].map(([miss, count]) => `Missed, ${miss}: ${count}`),
  ];
}

function usageLines({ totals, backups }: BackupRunData & { backups: BackupsData }): string[] {
  const titles = { operator: "Operator", etcd: "etcd" };
  const components = (["operator", "etcd"] as const).map((component) => {
    const figures = componentFigures(totals, component);
    if (figures === undefined) return `${titles[component]}: no metrics available`;
    const { meanMilliCpu, meanMemoryMiB, mostMilliCpu, mostMemoryMiB } = figures;
    return `${titles[component]}, Avg CPU: ${meanMilliCpu.toFixed(0)}m, ` +
      `Avg Memory: ${meanMemoryMiB.toFixed(0)}Mi, ` +
      `Max CPU: ${mostMilliCpu.toFixed(0)}m, Max Memory: ${mostMemoryMiB.toFixed(0)}Mi`;
  });
  return [podLine(backups.podMeans), ...components];
}

/** Means of one pod, of those that a metrics server has measured. */
function podLine(means: BackupPodMeans | undefined): string {
  if (means === undefined) return "No backup Job pod metrics available";
  const { pods, cpuCores, memoryBytes } = means;
  return `Backup Job pods resource usage: ${pods} pods, ` +
    `Avg CPU: ${(1_000 * cpuCores).toFixed(0)}m, ` +
    `Avg Memory: ${(memoryBytes / 2 ** 20).toFixed(0)}Mi`;
}

function patternLines({ errorPatterns }: BackupsData): string[] {
  if (errorPatterns.length === 0) return ["No errors"];
  return errorPatterns.map(({ pattern, count, example }) =>
    `${count} x ${pattern}, e.g. ${example}`
  );
}
