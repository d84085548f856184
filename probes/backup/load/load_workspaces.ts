/**
 * The load: workers create a workspace and wait until it is ready, then the next one. Each creation and
 * each wait is a sample; a wait is from when the workspace was due (response) and from the answer to its
 * creation (service).
 * @module
 */

import { given } from "../../../core/given.ts";
import { execute } from "../../../core/load/executor.ts";
import { partOf } from "../../../core/load/parts.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { hasFailed } from "../../../kube/devworkspace/workspace.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { WorkspaceWatch } from "../workspaces/workspace_watch.ts";
import type { LoadPlan } from "./load_plan.ts";
import { CREATE_OP, DELETE_OP, READY_OP } from "./measured.ts";
import { isReady } from "./readiness.ts";

export interface LoadOptions {
  readonly cluster: Cluster;
  readonly watch: WorkspaceWatch;
  readonly owned: OwnedObjects;
  readonly plan: Pick<LoadPlan, "count" | "workers" | "beginsMs" | "lastsMs">;
  /** @param number 1, 2, ... */
  readonly workspace: (
    number: number,
  ) => { readonly ref: WorkspaceRef; readonly object: KubeObject };
  readonly readyTimeoutMs: number;
  readonly deletesReady: boolean;
}

/** @returns those that were made and not deleted again, in the order of their creation */
export async function loadWorkspaces(
  at: LoadScope,
  options: LoadOptions,
): Promise<readonly WorkspaceRef[]> {
  const { plan: { count, workers, beginsMs, lastsMs } } = options;
  const workload = new WorkspaceLives(options);
  const endMs = at.clock.now() + lastsMs;
  await execute(partOf(at, { name: "workspaces", endMs }), {
    workload,
    model: { kind: "closed", workers, thinkMs: 0, ...given({ beginsMs }) },
    maxIterations: count,
  });
  return [...workload.made];
}

/** Waits for those that are still starting. @returns how many are when the time is over */
export async function untilNoneStarts(
  { stopping: signal }: Pick<LoadScope, "stopping">,
  { watch, made, timeoutMs }: {
    readonly watch: WorkspaceWatch;
    readonly made: readonly WorkspaceRef[];
    readonly timeoutMs: number;
  },
): Promise<number> {
  return await watch.untilNone(
    made,
    (status) => status.phase !== "Running" && !hasFailed(status),
    { timeoutMs, signal },
  );
}

class WorkspaceLives implements Workload {
  readonly name = "DevWorkspaces";
  readonly firstOp = CREATE_OP;
  readonly made = new Set<WorkspaceRef>();
  readonly #options: LoadOptions;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async iterate(iteration: Iteration): Promise<void> {
    const { workspace, watch, readyTimeoutMs: timeoutMs, deletesReady } = this.#options;
    const { ref, object } = workspace(iteration.index + 1);
    await this.#create(iteration, ref, object);
    const wait = { timeoutMs, signal: iteration.aborted, what: "is ready" };
    const { dueMs } = iteration;
    await iteration.timed(() => watch.until(ref, isReady, wait), { op: READY_OP, dueMs });
    if (deletesReady) await this.#delete(iteration, ref);
  }

  async #create(iteration: Iteration, ref: WorkspaceRef, object: KubeObject): Promise<void> {
    const { cluster, owned } = this.#options;
    const { aborted: signal } = iteration;
    owned.register(ref);
    try {
      await iteration.timed(() => cluster.create(DEV_WORKSPACES, object, { signal }), {
        op: CREATE_OP,
      });
    } catch (thrown) {
      owned.settle(ref, thrown);
      throw thrown;
    }
    this.made.add(ref);
  }

  async #delete(iteration: Iteration, ref: WorkspaceRef): Promise<void> {
    const { cluster } = this.#options;
    const { aborted: signal } = iteration;
    await iteration.timed(() => cluster.delete(DEV_WORKSPACES, ref, { signal }), { op: DELETE_OP });
    this.made.delete(ref);
  }
}
