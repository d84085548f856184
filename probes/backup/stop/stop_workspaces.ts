/**
 * Stops all workspaces that run, and sees each of them stopped: by the condition Started, because the
 * phase of one that was never started is Stopped, too. Never sleeps: what takes long shows.
 * Source: devfile/devworkspace-operator, controllers/workspace (v0.42.0).
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { execute } from "../../../core/load/executor.ts";
import { isCancellation, timed } from "../../../core/load/timed.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { hasFailed, type WorkspaceStatus } from "../../../kube/devworkspace/workspace.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { WorkspaceWatch } from "../workspaces/workspace_watch.ts";
import { STOP_OP, STOPPED_OP } from "./measured.ts";

export interface StopOptions {
  readonly cluster: Cluster;
  readonly watch: WorkspaceWatch;
  readonly workspaces: readonly WorkspaceRef[];
  /** Patches under way at a time. */
  readonly workers: number;
  /** Of each workspace, from its patch on. */
  readonly timeoutMs: number;
}

/** As a merge patch. */
const STOPPED = { spec: { started: false } };

/**
 * Leaves alone those that have failed, which the operator has stopped, and those that are gone.
 * @returns those that are stopped, in the order in which they came to be
 */
export async function stopWorkspaces(
  at: LoadScope,
  options: StopOptions,
): Promise<readonly WorkspaceRef[]> {
  const { watch, workers } = options;
  const workspaces = watch.those(options.workspaces, (status) => !hasFailed(status));
  if (workspaces.length === 0) return [];
  const workload = new Stops(at, { ...options, workspaces });
  await execute(at, {
    workload,
    model: { kind: "closed", workers: Math.min(workers, workspaces.length), thinkMs: 0 },
    maxIterations: workspaces.length,
  });
  await workload.ended();
  return workload.stopped;
}

class Stops implements Workload {
  readonly name = "stops";
  readonly firstOp = STOP_OP;
  readonly stopped: WorkspaceRef[] = [];
  readonly #at: LoadScope;
  readonly #options: StopOptions;
  /** The next patch does not wait for them. */
  readonly #waits: Promise<void>[] = [];

  constructor(at: LoadScope, options: StopOptions) {
    this.#at = at;
    this.#options = options;
  }

  async iterate(iteration: Iteration): Promise<void> {
    const { cluster, workspaces } = this.#options;
    const { index, dueMs, aborted: signal } = iteration;
    const ref = workspaces[index]!;
    await iteration.timed(() =>
      cluster.patch(DEV_WORKSPACES, ref, {
        body: STOPPED,
        options: { type: "merge", signal },
      }), { op: STOP_OP });
    const wait = this.#untilStopped(ref, dueMs);
    wait.catch(() => {}); // it is awaited at the end
    this.#waits.push(wait);
  }

  /** @throws what broke a wait that is no outcome */
  async ended(): Promise<void> {
    await Promise.all(this.#waits);
  }

  async #untilStopped(ref: WorkspaceRef, dueMs: number): Promise<void> {
    const { watch, timeoutMs } = this.#options;
    const wait = { timeoutMs, signal: this.#at.aborted, what: "is stopped" };
    try {
      await timed(this.#at, () => watch.until(ref, isStopped, wait), { op: STOPPED_OP, dueMs });
      this.stopped.push(ref);
    } catch (thrown) {
      if (thrown instanceof OperationFailedError || isCancellation(thrown, this.#at)) return;
      throw thrown;
    }
  }
}

/** @throws {OperationFailedError} `workspace-failed`, once it can no more come to be stopped */
function isStopped(status: WorkspaceStatus): boolean {
  const { phase, message, started } = status;
  if (hasFailed(status)) {
    throw new OperationFailedError("workspace-failed", `The workspace is ${phase}: ${message}`);
  }
  return phase === "Stopped" && started?.status === "False";
}
