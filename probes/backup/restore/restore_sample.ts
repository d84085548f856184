/**
 * Can workspaces be had back from their backups? Chooses some of those that were backed up, deletes
 * and restores each, and tells what shows that it is restored.
 * @module
 */

import type { Say } from "../../../core/say.ts";
import { shuffled } from "../../../core/load/shuffled.ts";
import { countersOf, type Measures } from "../../../core/run/measures.ts";
import type { LoadScope, RunStage } from "../../../core/run/run_stage.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { PODS } from "../../../kube/resource.ts";
import { type Configuration, isToFail } from "../configure/configuration.ts";
import { DELETE_OP } from "../load/measured.ts";
import { workspaceKey, type WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { Markers } from "./marker.ts";
import type { ArtifactRegistry, ArtifactState } from "./registry/artifact.ts";
import { backupImage } from "./restorable.ts";
import { GONE_OP, RESTORE_OP } from "./measured.ts";
import { type Restored, type RestoreTools, restoreWorkspace } from "./restore_workspace.ts";

export interface RestoreOptions extends Omit<RestoreTools, "registryPath"> {
  readonly backedUp: readonly WorkspaceRef[];
  readonly configuration: Pick<Configuration, "type" | "backupCronJob">;
  /** `--verify-restore` */
  readonly isWanted: boolean;
  /** `--max-restore-samples`, >= 0 */
  readonly mostSamples: number;
  /** What was written into workspaces before they were stopped. @default none */
  readonly markers?: Markers;
  /** Absent: it is not looked whether the backups are there. */
  readonly registry?: ArtifactRegistry;
  readonly say: Say;
}

export interface RestoreResult {
  /** Why nothing was restored; undefined: it was. */
  readonly skipped: string | undefined;
  readonly restored: readonly Restored[];
}

const AT_ONCE = 10;
const NAMED = 5;
const RESTORED = "workspacesRestored";
const ARTIFACTS_FOUND = "backupArtifactsFound";
const ARTIFACTS_MISSING = "backupArtifactsMissing";
const MARKERS_KEPT = "markersKept";
const MARKERS_LOST = "markersLost";

/** What {@link restoreSample} records. */
export const RESTORE_MEASURES: Measures = {
  counters: countersOf(RESTORED),
  others: [
    DELETE_OP,
    GONE_OP,
    RESTORE_OP,
    ARTIFACTS_FOUND,
    ARTIFACTS_MISSING,
    MARKERS_KEPT,
    MARKERS_LOST,
  ],
};

/** What it asks of a cluster beyond what making workspaces does. @param namespace absent: all */
export function restoreRights(namespace?: string): NeededRight[] {
  const where = namespace === undefined ? {} : { namespace };
  const onlyFor = "the proof of restores";
  return [
    { verb: "delete", kind: DEV_WORKSPACES, ...where },
    { verb: "watch", kind: PODS, ...where },
    { verb: "list", kind: PODS, ...where },
    { verb: "get", kind: PODS, subresource: "log", onlyFor, ...where },
  ];
}

/**
 * In which order workspaces are taken, by chance and the same whenever it is asked for: markers are
 * written into the first ones before it is known which of them will have a backup.
 */
export function restoreOrder<W extends WorkspaceRef>(
  { run }: LoadScope,
  workspaces: readonly W[],
): W[] {
  const sorted = workspaces.toSorted((one, other) =>
    workspaceKey(one) < workspaceKey(other) ? -1 : 1
  );
  return shuffled(sorted, run.rng.fork("restore order"));
}

/**
 * Begins the stage, unless there is nothing to restore, which is told. Of workspaces that are backed
 * up it takes the first ones in {@link restoreOrder}, with or without a marker.
 * @throws the signal's reason once the stage is stopped
 */
export async function restoreSample(
  stage: RunStage,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const { backedUp, mostSamples, say } = options;
  const skipped = whySkipped(options);
  if (skipped !== undefined) {
    say(`restore skipped: ${skipped}`);
    stage.run.addFact("restore", `skipped: ${skipped}`);
    return { skipped, restored: [] };
  }
  const sample = sampleOf(stage, options);
  say(`restoring ${sample.length} of ${backedUp.length} workspaces: ${namesText(sample)}`);
  stage.run.addFact("restore", `${sample.length} of ${backedUp.length}, at most ${mostSamples}`);
  await stage.begin();
  const restored: Restored[] = [];
  await eachAtMost(sample, async (workspace) => {
    const one = await restoreOne(stage, workspace, options);
    restored.push(one);
    count(stage, one);
  }, { limit: AT_ONCE, signal: stage.stopping });
  tellUnknown(stage, restored);
  return { skipped: undefined, restored };
}

function whySkipped(
  { isWanted, configuration, backedUp, mostSamples }: RestoreOptions,
): string | undefined {
  if (!isWanted) return "--verify-restore is false";
  if (isToFail(configuration)) return "backups are to fail in this configuration";
  if (mostSamples === 0) return "--max-restore-samples is 0";
  return backedUp.length === 0 ? "no workspace was backed up" : undefined;
}

/** The order is over all that could have a marker, so that those that have one come first. */
function sampleOf(
  stage: RunStage,
  { backedUp, mostSamples, markers = new Map() }: RestoreOptions,
): WorkspaceRef[] {
  const order = restoreOrder(stage, backedUp);
  const marked = order.filter((workspace) => markers.has(workspaceKey(workspace)));
  const others = order.filter((workspace) => !markers.has(workspaceKey(workspace)));
  return [...marked, ...others].slice(0, mostSamples);
}

async function restoreOne(
  stage: RunStage,
  workspace: WorkspaceRef,
  { configuration, markers, registry, ...tools }: RestoreOptions,
): Promise<Restored> {
  const { path: registryPath } = configuration.backupCronJob.registry;
  const artifact = await registry?.look(
    backupImage(registryPath, workspace),
    stage.stopping,
  );
  const marker = markers?.get(workspaceKey(workspace));
  const restored = await restoreWorkspace(stage, workspace, { ...tools, registryPath, marker });
  return { ...restored, artifact };
}

function count(
  { recorder, clock }: RunStage,
  { reason, artifact, isMarkerKept }: Restored,
): void {
  const at = { atMs: clock.now() };
  recorder.count(RESTORED, reason === undefined ? 1 : 0, at);
  if (artifact !== undefined && artifact.kind !== "unknown") {
    recorder.count(artifact.kind === "found" ? ARTIFACTS_FOUND : ARTIFACTS_MISSING, 1, at);
  }
  if (isMarkerKept !== undefined) recorder.count(isMarkerKept ? MARKERS_KEPT : MARKERS_LOST, 1, at);
}

/** What could not be looked at is told, once for all. */
function tellUnknown({ run }: RunStage, restored: readonly Restored[]): void {
  const failed = restored.filter(({ reason }) => reason !== undefined);
  for (const { workspace, text } of failed.slice(0, NAMED)) {
    run.warn("not-restored", `${workspaceKey(workspace)}: ${text}`);
  }
  const byExitCode = restored.filter(({ isProven }) => !isProven).length;
  if (byExitCode > 0) {
    const message =
      `Of ${byExitCode} restores nothing but the exit code is known: the log of their ` +
      "container could not be read, which would say whether it skipped its work";
    run.warn("restore-unproven", message);
  }
  const states = restored.flatMap(({ artifact }) => artifact ?? []);
  const unasked = states.find(({ kind }) => kind === "unknown");
  if (unasked?.kind === "unknown") {
    run.warn(
      "registry-not-asked",
      `Whether backups are in the registry is not known: ${unasked.why}`,
    );
  }
  const absent = states.filter(({ kind }) => kind === "missing" || kind === "other");
  if (absent.length > 0) {
    const message =
      `${absent.length} of ${states.length} backups are not in the registry: the first ` +
      `is ${absentText(absent[0]!)}`;
    run.warn("artifact-missing", message);
  }
}

function absentText(state: ArtifactState): string {
  return state.kind === "other" ? `something else (${state.type || "of no type"})` : "not there";
}

function namesText(sample: readonly WorkspaceRef[]): string {
  const named = sample.slice(0, NAMED).map(workspaceKey);
  const rest = sample.length - named.length;
  return named.join(", ") + (rest === 0 ? "" : ` and ${rest} more`);
}
