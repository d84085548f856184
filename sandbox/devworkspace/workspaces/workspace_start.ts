/**
 * What does a workspace need before it runs, and is it there? Makes what is missing.
 * Source: devfile/devworkspace-operator, controllers/workspace/devworkspace_controller.go.
 * @module
 */

import { conditionIn, conditionsOf } from "../../../kube/condition.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { PERSISTENT_VOLUME_CLAIMS, PODS } from "../../../kube/resource.ts";
import { authSecretFor } from "../auth_secret.ts";
import { type WorkspaceConfig, workspaceConfig } from "../config.ts";
import type { OperatorTools } from "../operator_tools.ts";
import { imageOf } from "../registry.ts";
import { isReady, troubleOf } from "./pod_state.ts";
import { claimObject, podObject, type Restoring } from "./workspace_objects.ts";
import { claimNameOf, type Workspace } from "./workspace.ts";

/** It will never run as it is. */
export class FailedStart extends Error {
  override readonly name = "FailedStart";
}

/** `progressTimeout`, unless configured: without a step for so long, a start has failed. */
const PROGRESS_TIMEOUT_MS = 300_000;

export interface StartStep {
  readonly isRunning: boolean;
  /** For what nothing will tell; undefined: something will. */
  readonly lookAgainMs?: number;
}

export class WorkspaceStart {
  readonly #tools: OperatorTools;

  constructor(tools: OperatorTools) {
    this.#tools = tools;
  }

  /** @throws {FailedStart} */
  async step(workspace: Workspace, pod: KubeObject | undefined): Promise<StartStep> {
    const config = workspaceConfig(this.#tools.view.configs, workspace.externalConfig);
    if (pod === undefined) {
      requireRunnable(workspace, config);
      await this.#make(workspace, config);
      return { isRunning: false, lookAgainMs: PROGRESS_TIMEOUT_MS };
    }
    if (isReady(pod)) return { isRunning: true };
    const trouble = troubleOf(pod);
    if (trouble !== undefined && !config.ignoredEvents.includes(trouble.event ?? "")) {
      throw new FailedStart(trouble.message);
    }
    if (this.#waitedMs(workspace) >= PROGRESS_TIMEOUT_MS) {
      throw new FailedStart(
        "DevWorkspace failed to progress past step 'Waiting for workspace deployment' for longer " +
          "than timeout (5m)",
      );
    }
    return { isRunning: false };
  }

  async #make(workspace: Workspace, config: WorkspaceConfig): Promise<void> {
    const { writer } = this.#tools;
    const restoring = await this.#restoring(workspace, config);
    const claim = claimNameOf(workspace, config.commonClaim);
    if (claim !== undefined) {
      await writer.create(PERSISTENT_VOLUME_CLAIMS, claimObject(workspace, claim));
    }
    await writer.create(PODS, podObject(workspace, { claim, restoring }));
  }

  async #restoring(
    { object, ref, restore }: Workspace,
    { registry }: WorkspaceConfig,
  ): Promise<Restoring | undefined> {
    if (restore === undefined) return undefined;
    if (registry === undefined && restore.image === undefined) {
      throw new FailedStart(
        "Failed to set up workspace-restore init container: workspace restore requested but " +
          "backup cron job registry is not configured",
      );
    }
    const image = restore.image ?? imageOf(registry!.path, ref);
    const { writer, profile } = this.#tools;
    const mayCopy = profile.copiesForRestore;
    const authSecret = registry === undefined
      ? undefined
      : await authSecretFor(writer, { workspace: object, registry, profile, mayCopy });
    return { image, authSecret };
  }

  #waitedMs({ object }: Workspace): number {
    const started = conditionIn(conditionsOf(object["status"]), "Started");
    const sinceMs = Date.parse(started?.lastTransitionTime ?? "");
    return this.#tools.pace.clock.wallNow().getTime() - sinceMs;
  }
}

/** @throws {FailedStart} */
function requireRunnable({ hasCreator }: Workspace, { hostSuffix }: WorkspaceConfig): void {
  if (hostSuffix === undefined) {
    throw new FailedStart(
      "Unable to provision networking for DevWorkspace: basic routing requires " +
        ".config.routing.clusterHostSuffix to be set in operator config",
    );
  }
  if (hasCreator) return;
  throw new FailedStart(
    "workspace must have creator specified to be run. Recreate it to fix an issue",
  );
}
