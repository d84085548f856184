/**
 * Backup: flags -> what one use asks of a cluster, what it measures and is judged by, and its run there.
 * Contacts nothing.
 * @module
 */

import type { PlanSection } from "../../../core/command/dry_run.ts";
import { effectiveThresholds } from "../../../core/run/make_manifest.ts";
import type { Run } from "../../../core/run/run.ts";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterUse, GrantedSession, Identified } from "../../../kube/conduct_on_cluster.ts";
import { execInPod, type OpenWebSocket } from "../../../kube/exec/pod_exec.ts";
import type { BackupFlags } from "../flags.ts";
import { CREATE_OP } from "../load/measured.ts";
import type { PodExec } from "../restore/marker.ts";
import { BACKUP_REASONS } from "../reasons.ts";
import { type BackupPlan, backupPlan } from "./backup_plan.ts";
import { causesOf } from "./causes.ts";
import { measuresOf } from "./measured.ts";
import { needsOf } from "./needs.ts";
import { runBackup } from "./run_backup.ts";
import type { SceneOptions } from "./scene.ts";
import { tablesOf } from "./tables.ts";
import { type Expected, thresholdsOf } from "./thresholds.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useBackup(invocation: Identified<BackupFlags>): ClusterUse {
  const { values } = invocation;
  const plan = backupPlan(invocation);
  const defaultThresholds = thresholdsOf(expectedOf(plan));
  return {
    needs: { ...needsOf(plan), defaultThresholds },
    dryRun: values["dry-run"] ? sectionsOf(invocation, plan) : undefined,
    plan: (session) => runPlan(invocation, { plan, session, defaultThresholds }),
  };
}

/** Workspaces and backups take seconds; at 19 ms the waiting costs more CPU than all else. */
const LOOP_LAG_INTERVAL_MS = 97;

function runPlan(
  { values, identity, io }: Identified<BackupFlags>,
  { plan, session, defaultThresholds }: {
    readonly plan: BackupPlan;
    readonly session: GrantedSession;
    readonly defaultThresholds: readonly string[];
  },
): RunPlan {
  const { configuration, load } = plan;
  const target = `DevWorkspace Operator in ${values["dwo-namespace"]} of ${session.target.server}`;
  return {
    target,
    model: load.model,
    facts: { configuration: configuration?.type ?? "workspaces are not backed up" },
    targetRatePerSec: null,
    isStaged: true,
    loopLagIntervalMs: LOOP_LAG_INTERVAL_MS,
    mainOperation: CREATE_OP,
    defaultThresholds,
    reasons: BACKUP_REASONS,
    measures: measuresOf(plan),
    causes: causesOf(plan),
    tables: tablesOf({ isBackedUp: configuration !== undefined }),
    instrument: (run, say) =>
      runBackup(run, {
        ...{ plan, identity, say, env: io.env },
        session: { ...session, ...reachOf(session, run) },
      }),
  };
}

/** What goes past the cluster's own requests. A simulated one has no sockets, and so no exec. */
function reachOf(
  session: GrantedSession,
  run: Pick<Run, "clock">,
): Partial<SceneOptions["session"]> {
  const { fetch } = session.target;
  return fetch === undefined ? { exec: execOn(session, run) } : { fetch };
}

/** What runs a command in a pod. */
function execOn({ cluster }: GrantedSession, { clock }: Pick<Run, "clock">): PodExec {
  const open: OpenWebSocket = (path, protocols) => cluster.webSocket(path, protocols);
  return (options) => execInPod(open, { ...options, clock });
}

function expectedOf(plan: BackupPlan): Expected {
  const { values, configuration, backupWaitMs, restores, load: { count } } = plan;
  return {
    ...{ count, configuration, backupWaitMs, restores },
    deletesReady: values["delete-devworkspace-after-ready"],
    readsUsage: values["judge-usage"],
  };
}

function sectionsOf(
  { values, identity }: Identified<BackupFlags>,
  plan: BackupPlan,
): PlanSection[] {
  const { load, places, configuration, stages } = plan;
  return [
    { title: "command", value: identity.command },
    { title: "run id", value: identity.runId },
    { title: "operator namespace", value: values["dwo-namespace"] },
    { title: "load", value: load.model },
    { title: "workspaces after", value: values["devworkspace-link"] || "the built-in one" },
    { title: "namespaces", value: shortened(places.namespaces) },
    { title: "first workspace", value: places.workspace(1).name },
    { title: "stages", value: stages },
    ...(configuration === undefined ? [] : backupSections(plan, configuration)),
    { title: "thresholds", value: effectiveThresholds(values, thresholdsOf(expectedOf(plan))) },
  ];
}

function backupSections(
  { values, backupWaitMs, restores }: BackupPlan,
  { type, backupCronJob, periodMs }: NonNullable<BackupPlan["configuration"]>,
): PlanSection[] {
  const { schedule, registry: { path, authSecret } } = backupCronJob;
  return [
    { title: "configuration", value: `${type}, borrowed and given back` },
    { title: "registry", value: path },
    { title: "registry secret", value: authSecret ?? "none" },
    { title: "schedule", value: `${schedule}, every ${formatDuration(periodMs)} at most` },
    { title: "backups waited for", value: formatDuration(backupWaitMs) },
    {
      title: "restores",
      value: restores ? `up to ${values["max-restore-samples"]} workspaces` : "none",
    },
  ];
}

/** Thousands of namespaces are no use to a reader. */
function shortened(names: readonly string[]): readonly string[] {
  if (names.length <= 4) return names;
  return [...names.slice(0, 2), `... (${names.length - 3} more)`, names.at(-1)!];
}
