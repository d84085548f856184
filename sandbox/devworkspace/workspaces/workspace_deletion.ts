/**
 * How does a workspace go? Held by finalizers until what the collector of garbage does not take is gone.
 * Source: devfile/devworkspace-operator, controllers/workspace/finalize.go.
 * @module
 */

import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { PERSISTENT_VOLUME_CLAIMS, PODS } from "../../../kube/resource.ts";
import { workspaceConfig } from "../config.ts";
import type { OperatorTools } from "../operator_tools.ts";
import { type Workspace, workspaceOf } from "./workspace.ts";

const RBAC = "rbac.controller.devfile.io";
const STORAGE = "storage.controller.devfile.io";

export class WorkspaceDeletion {
  readonly #tools: OperatorTools;
  readonly #signal: AbortSignal;

  constructor(tools: OperatorTools, signal: AbortSignal) {
    this.#tools = tools;
    this.#signal = signal;
  }

  /** Finalizers that a workspace needs before it is started, so that it is cleaned up after. */
  missingGuards({ object, storage }: Workspace): string[] {
    const { finalizers = [] } = object.metadata;
    const wanted = [RBAC, ...(storage === "common" ? [STORAGE] : [])];
    return wanted.filter((finalizer) => !finalizers.includes(finalizer));
  }

  async guard(workspace: Workspace): Promise<void> {
    const { finalizers = [] } = workspace.object.metadata;
    const missing = this.missingGuards(workspace);
    if (missing.length === 0) return;
    await this.#tools.writer.patch(DEV_WORKSPACES, workspace.ref, {
      metadata: { finalizers: [...finalizers, ...missing] },
    });
  }

  async step(workspace: Workspace, pod: KubeObject | undefined): Promise<void> {
    const { writer, pace, settings } = this.#tools;
    const { object, ref, phase } = workspace;
    const { finalizers = [] } = object.metadata;
    if (phase !== "Terminating") {
      const status = { phase: "Terminating", message: "Cleaning up resources for deletion" };
      return void await writer.patchStatus(DEV_WORKSPACES, ref, status);
    }
    if (finalizers.includes(STORAGE)) {
      if (pod !== undefined) return await this.#removePod(pod);
      // A Job that empties the workspace's folder, or nothing where the whole claim goes.
      if (this.#isLast(workspace)) await this.#removeClaim(workspace);
      else await pace.pause(settings().cluster.podStartMs, this.#signal);
    }
    const kept = finalizers.filter((finalizer) => finalizer !== RBAC && finalizer !== STORAGE);
    await writer.patch(DEV_WORKSPACES, ref, { metadata: { finalizers: kept } });
  }

  async #removePod({ metadata }: KubeObject): Promise<void> {
    const { namespace = "", name = "", deletionTimestamp } = metadata;
    if (deletionTimestamp === undefined) {
      await this.#tools.writer.remove(PODS, { namespace, name });
    }
  }

  #isLast({ object: { metadata: { uid } }, ref: { namespace } }: Workspace): boolean {
    return !this.#tools.view.workspaces.all().some((other) =>
      other.metadata.namespace === namespace && other.metadata.uid !== uid &&
      other.metadata.deletionTimestamp === undefined && workspaceOf(other).storage === "common"
    );
  }

  async #removeClaim({ ref: { namespace }, externalConfig }: Workspace): Promise<void> {
    const { commonClaim } = workspaceConfig(this.#tools.view.configs, externalConfig);
    await this.#tools.writer.remove(PERSISTENT_VOLUME_CLAIMS, { namespace, name: commonClaim });
  }
}
