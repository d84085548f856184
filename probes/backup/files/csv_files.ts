/**
 * A run as a row of the tables that the field's scripts make of their logs. The headers are theirs; a
 * cell of which nothing is known is empty, where they say 0.
 * @module
 */

import { csvText } from "../../../core/csv_text.ts";
import type { OperationTotals } from "../../../core/measure/operation_totals.ts";
import { US_PER_MS } from "../../../core/measure/recorder.ts";
import type { BackupRunData, BackupsData } from "./backup_data.ts";
import { componentFigures } from "./component_figures.ts";
import { jobCounts } from "./job_metrics.ts";

type Cell = string | number | undefined;
type Row = readonly (readonly [title: string, cell: Cell])[];

/** Of the load: 20 columns. */
export function loadCsv(data: BackupRunData): string {
  const created = data.totals.operation("createWorkspace");
  const ready = data.totals.operation("workspaceReady");
  return csvOf([
    ...placeCells(data),
    ["DevWorkspaces Created", created?.ok],
    ["DevWorkspaces Ready", ready?.ok],
    ["DevWorkspaces Ready Failed", ready?.failedCount],
    ["DevWorkspaces Create Failed", created?.failedCount],
    ["Ready Failed (%)", percent(ready?.failedCount, ready?.finished)],
    ["Create Failed (%)", percent(created?.failedCount, created?.finished)],
    ["Create Duration (Avg ms)", meanMs(created)],
    ["Ready Duration (Avg ms)", meanMs(ready)],
    ["Delete Duration (Avg ms)", meanMs(data.totals.operation("deleteWorkspace"))],
    ...systemCells(data),
  ]);
}

/** Of the backups: 28 columns. */
export function backupCsv(data: BackupRunData & { readonly backups: BackupsData }): string {
  const { backups: { workspaces, configType }, totals } = data;
  const jobs = jobCounts(workspaces);
  const stopped = workspaces.filter(({ stoppedAtMs }) => stoppedAtMs !== undefined).length;
  const backedUp = workspaces.filter(({ outcome }) => outcome === "backed-up").length;
  const restores = totals.operation("restore");
  const isInternal = configType === "openshift-internal";
  return csvOf([
    ...placeCells(data),
    ["Registry Type", isInternal ? "openshift-internal" : "external"],
    ["Config Type", configType],
    ["Backup Jobs Total", jobs.total],
    ["Backup Jobs Succeeded", jobs.succeeded],
    ["Backup Jobs Failed", jobs.failed],
    ["Backup Pods Total", jobs.pods],
    ["Workspaces Stopped", stopped],
    ["Workspaces Backed Up", backedUp],
    ["Backup Success Rate (%)", percent(backedUp, stopped)],
    ["Backup Job Duration (Avg ms)", rounded(jobs.meanDurationMs)],
    // Nobody looks for them: that a backup is there, a restore proves.
    ["ImageStreams Created", isInternal ? undefined : 0],
    ["ImageStreams Expected", isInternal ? stopped : 0],
    ["Restore Total", restores?.finished ?? 0],
    ["Restore Succeeded", restores?.ok ?? 0],
    ["Restore Failed", restores?.failedCount ?? 0],
    ["Restore Success Rate (%)", percent(restores?.ok, restores?.finished)],
    ["Restore Duration (Avg ms)", meanMs(restores)],
    ...systemCells(data),
  ]);
}

function placeCells({ name, target, hasSeparateNamespaces }: BackupRunData): Row {
  return [
    ["Test Name", name],
    ["Target", target],
    ["Namespace", hasSeparateNamespaces ? "separate" : "single"],
  ];
}

/** What the scripts take the operator to need; it may have more. */
const OPERATOR_LIMITS = { milliCpu: 250, memoryMiB: 200 };

function systemCells({ totals }: BackupRunData): Row {
  const operator = componentFigures(totals, "operator");
  const etcd = componentFigures(totals, "etcd");
  const restarts = (component: string) => totals.counter("componentRestarts", { component });
  return [
    ["Avg Operator CPU (milliCPU)", rounded(operator?.meanMilliCpu)],
    ["Avg Operator Memory (MiB)", rounded(operator?.meanMemoryMiB)],
    ["Avg Etcd CPU (milliCPU)", rounded(etcd?.meanMilliCpu)],
    ["Avg Etcd Memory (MiB)", rounded(etcd?.meanMemoryMiB)],
    ["Operator CPU Violations", violations(operator?.mostMilliCpu, OPERATOR_LIMITS.milliCpu)],
    ["Operator Memory Violations", violations(operator?.mostMemoryMiB, OPERATOR_LIMITS.memoryMiB)],
    ["Operator Pod Restarts", restarts("operator")],
    ["Etcd Pod Restarts", restarts("etcd")],
  ];
}

/** Whether there were any: how many readings were above a limit, no total tells. */
function violations(most: number | undefined, limit: number): Cell {
  if (most === undefined) return undefined;
  return most > limit ? ">0" : 0;
}

function percent(part: number | undefined, whole: number | undefined): Cell {
  return part === undefined || !whole ? undefined : (100 * part / whole).toFixed(2);
}

function meanMs(operation: OperationTotals | undefined): Cell {
  return operation === undefined || operation.response.count === 0
    ? undefined
    : rounded(operation.response.mean / US_PER_MS);
}

function rounded(value: number | undefined): Cell {
  return value === undefined ? undefined : value.toFixed(2);
}

/** Header and row; lines end with a line feed, as those of the scripts. */
function csvOf(row: Row): string {
  const titles = row.map(([title]) => title).join(",");
  const cells = row.map(([, cell]) => cell === undefined ? "" : csvText(String(cell))).join(",");
  return `${titles}\n${cells}\n`;
}
