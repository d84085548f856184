/**
 * The workspaces of a run as the operator says that they are: a watch of their own, and a wait of one of
 * them until it is so. Never writes.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { given } from "../../../core/given.ts";
import type { Run } from "../../../core/run/run.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import {
  withStatusAlone,
  type WorkspaceStatus,
  workspaceStatusOf,
} from "../../../kube/devworkspace/workspace.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { runSelector } from "../../../kube/owned/ownership.ts";
import { ObjectWatch } from "../../../kube/watch/object_watch.ts";
import { workspaceKey, type WorkspaceRef } from "./workspace_ref.ts";

/** It was there, and somebody deleted it. */
export const WORKSPACE_GONE = "workspace-gone";

export interface WorkspaceWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** `is ready`: for the message of a wait that runs out. */
  readonly what: string;
}

/** See the module. Dispose it to end the watch. */
export class WorkspaceWatch implements AsyncDisposable {
  readonly #watch: ObjectWatch;

  private constructor(watch: ObjectWatch) {
    this.#watch = watch;
  }

  /**
   * @param options `namespace`: undefined: the run's workspaces wherever they are; `onSeen`: called for
   * each as it changes; must not throw
   * @throws {StatusError} if the server refuses it; the reason once the run is stopped
   */
  static async open(
    { id, clock, rng, stopping: signal }: Run,
    cluster: ClusterReader,
    { namespace, onSeen = () => {} }: {
      readonly namespace?: string | undefined;
      readonly onSeen?: (workspace: KubeObject) => void;
    },
  ): Promise<WorkspaceWatch> {
    return new WorkspaceWatch(
      await ObjectWatch.open(cluster, {
        resource: DEV_WORKSPACES,
        selection: { labelSelector: runSelector(id), ...given({ namespace }) },
        clock,
        rng: rng.fork("workspaces"),
        signal,
        transform: withStatusAlone,
        onWrite: ({ after }) => onSeen(after),
        onFound: ({ after }) => onSeen(after),
      }),
    );
  }

  /** What it said last of its status; undefined: it is not there. */
  get(ref: WorkspaceRef): KubeObject | undefined {
    return this.#watch.get(workspaceKey(ref));
  }

  /** Of these those that are there, and so. */
  those(
    refs: readonly WorkspaceRef[],
    isSo: (status: WorkspaceStatus) => boolean,
  ): WorkspaceRef[] {
    return refs.filter((ref) => {
      const object = this.get(ref);
      return object !== undefined && isSo(workspaceStatusOf(object));
    });
  }

  /**
   * Resolves once the workspace is so.
   * @param isSo looks at each state; what it throws ends the wait
   * @throws {OperationFailedError} `stalled`, if it runs out; `workspace-gone`
   * @throws the signal's reason
   */
  async until(
    ref: WorkspaceRef,
    isSo: (status: WorkspaceStatus) => boolean,
    { what, ...wait }: WorkspaceWait,
  ): Promise<void> {
    const key = workspaceKey(ref);
    let wasThere = false;
    await this.#watch.until(() => {
      const object = this.#watch.get(key);
      if (object === undefined && wasThere) {
        throw new OperationFailedError(WORKSPACE_GONE, `DevWorkspace ${key} was deleted`);
      }
      wasThere ||= object !== undefined;
      return object !== undefined && isSo(workspaceStatusOf(object)) ? true : undefined;
    }, { ...wait, of: key, what: `DevWorkspace ${key} ${what}` });
  }

  /** Resolves once none of them is so any more, or when the time is over; told how many are. */
  async untilNone(
    refs: readonly WorkspaceRef[],
    isSo: (status: WorkspaceStatus) => boolean,
    { timeoutMs, signal }: Omit<WorkspaceWait, "what">,
  ): Promise<number> {
    let left = refs;
    return await this.#watch.until(() => {
      left = this.those(left, isSo);
      return left.length === 0 ? 0 : undefined;
    }, { timeoutMs, signal, late: () => left.length });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
  }
}
