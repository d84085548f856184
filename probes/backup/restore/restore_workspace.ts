/**
 * One workspace: gone, made again, and restored or not. A workspace that runs proves nothing: one
 * whose restore found its projects there already runs as well.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import { isCancellation, timed } from "../../../core/load/timed.ts";
import type { FailureReason } from "../../../core/measure/sample.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { formatDuration } from "../../../core/units.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import { isNotFound } from "../../../kube/status_error.ts";
import { ObjectWatch } from "../../../kube/watch/object_watch.ts";
import { DELETE_OP } from "../load/measured.ts";
import { workspaceKey, type WorkspaceRef } from "../workspaces/workspace_ref.ts";
import { WORKSPACE_GONE } from "../workspaces/workspace_watch.ts";
import { type PodExec, readMarker } from "./marker.ts";
import type { ArtifactState } from "./registry/artifact.ts";
import { GONE_OP, RESTORE_OP, type RestoreReason } from "./measured.ts";
import { restorable } from "./restorable.ts";
import { RestoreContainer } from "./restore_container.ts";

/** What came of one. */
export interface Restored {
  readonly workspace: WorkspaceRef;
  /** Undefined: it is restored. */
  readonly reason: FailureReason | undefined;
  /** What shows it, or why not. */
  readonly text: string;
  /** Whether that nothing was skipped is known: by the container's log, or by a marker. */
  readonly isProven: boolean;
  /** Undefined: the registry was not asked. */
  readonly artifact: ArtifactState | undefined;
  /** Undefined: none was written, or it could not be read. */
  readonly isMarkerKept: boolean | undefined;
}
type Proof = Pick<Restored, "text" | "isProven" | "isMarkerKept">;

export interface RestoreTools {
  readonly cluster: Cluster;
  /** The run's workspaces. */
  readonly owned: Pick<OwnedObjects, "register" | "release">;
  /** Where the operator's backups go. */
  readonly registryPath: string;
  /** For each of: until it is gone, until it runs. */
  readonly timeoutMs: number;
  /** What must not be shown of any log: passwords, and how they are encoded. @default none */
  readonly secrets?: readonly string[];
  /** Reads markers; absent: they are not read. */
  readonly exec?: PodExec;
}

/**
 * Records one sample of {@link DELETE_OP}, {@link GONE_OP} and {@link RESTORE_OP} each, the last one
 * also if the workspace never went.
 * @throws the signal's reason once the stage is stopped
 */
export async function restoreWorkspace(
  stage: RunStage,
  { namespace, name }: WorkspaceRef,
  { marker, ...tools }: RestoreTools & { readonly marker: string | undefined },
): Promise<Omit<Restored, "artifact">> {
  const workspace = { namespace, name };
  const restore = new Restore(stage, workspace, tools);
  try {
    return { workspace, reason: undefined, ...await restore.run(marker) };
  } catch (thrown) {
    if (isCancellation(thrown, stage) || !(thrown instanceof OperationFailedError)) throw thrown;
    const { reason } = thrown;
    const isMarkerKept = restore.isMarkerKept;
    return { workspace, reason, text: messageOf(thrown), isProven: true, isMarkerKept };
  }
}

/** The workspace, and the container that restores it. */
interface Followed {
  /** As it was before it was deleted. */
  readonly before: KubeObject;
  readonly watch: ObjectWatch;
  readonly container: RestoreContainer;
}

class Restore {
  readonly #stage: RunStage;
  readonly #ref: WorkspaceRef;
  readonly #tools: RestoreTools;
  isMarkerKept: boolean | undefined;

  constructor(stage: RunStage, ref: WorkspaceRef, tools: RestoreTools) {
    this.#stage = stage;
    this.#ref = ref;
    this.#tools = tools;
  }

  async run(marker: string | undefined): Promise<Proof> {
    await using opened = new AsyncDisposableStack();
    const cleared = await this.#clear(opened).catch((error: unknown) => ({ error }));
    return await timed(this.#stage, async (settledAt) => {
      if ("error" in cleared) throw cleared.error;
      const uid = await this.#create(cleared.before);
      const running = await this.#untilRunning(uid, { ...cleared, settledAt });
      return await this.#proof(running, { ...cleared, marker });
    }, { op: RESTORE_OP });
  }

  /** From here on the workspace and its pods are followed, and the old one is gone. */
  async #clear(opened: AsyncDisposableStack): Promise<Followed> {
    const { cluster, secrets = [] } = this.#tools;
    const { namespace, name } = this.#ref;
    const container = await RestoreContainer.follow(this.#stage, this.#ref, { cluster, secrets });
    opened.use(container);
    const watch = await ObjectWatch.open(cluster, {
      resource: DEV_WORKSPACES,
      selection: { namespace, fieldSelector: `metadata.name=${name}` },
      clock: this.#stage.clock,
      rng: this.#stage.rng.fork(`workspace ${workspaceKey(this.#ref)}`),
      signal: this.#stage.stopping,
    });
    opened.use(watch);
    const key = workspaceKey(this.#ref);
    const before = watch.get(key);
    if (before === undefined) {
      throw new OperationFailedError(WORKSPACE_GONE, `DevWorkspace ${key} was deleted`);
    }
    try {
      await this.#delete(watch);
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      throw failure("not-deleted", messageOf(thrown));
    }
    return { before, container, watch };
  }

  async #delete(watch: ObjectWatch): Promise<void> {
    const { cluster, owned } = this.#tools;
    const { aborted: signal } = this.#stage;
    try {
      const send = () => cluster.delete(DEV_WORKSPACES, this.#ref, { signal });
      await timed(this.#stage, send, { op: DELETE_OP });
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
    await timed(this.#stage, () => this.#untilGone(watch), { op: GONE_OP });
    owned.release(this.#ref);
  }

  async #untilGone(watch: ObjectWatch): Promise<void> {
    const { timeoutMs } = this.#tools;
    const key = workspaceKey(this.#ref);
    await watch.until(() => watch.get(key) === undefined || undefined, {
      timeoutMs,
      signal: this.#stage.stopping,
      late: () => {
        const { finalizers = [] } = watch.get(key)?.metadata ?? {};
        const held = finalizers.length === 0 ? "" : `; finalizers ${finalizers.join(", ")}`;
        const after = formatDuration(timeoutMs);
        throw failure("stalled", `DevWorkspace ${key} is still there after ${after}${held}`);
      },
    });
  }

  /** @returns its uid */
  async #create(before: KubeObject): Promise<string> {
    const { cluster, owned, registryPath } = this.#tools;
    owned.register(this.#ref);
    const { object } = await cluster.create(DEV_WORKSPACES, restorable(before, { registryPath }), {
      signal: this.#stage.aborted,
    });
    return object.metadata.uid ?? "";
  }

  async #untilRunning(
    uid: string,
    { watch, container, settledAt }: Followed & { settledAt: (atMs: number) => void },
  ): Promise<KubeObject> {
    const key = workspaceKey(this.#ref);
    const now = () => {
      const found = watch.get(key);
      return found?.metadata.uid === uid ? found : undefined;
    };
    const { timeoutMs } = this.#tools;
    const ended = await watch.until(() => {
      const found = now();
      const phase = found && workspaceStatusOf(found).phase;
      return phase === "Running" || phase === "Failed" ? found : undefined;
    }, {
      timeoutMs,
      signal: this.#stage.stopping,
      onSettled: settledAt,
      late: () => {
        throw failure("stalled", `DevWorkspace ${key} does not run: ${standing(now(), container)}`);
      },
    });
    const { phase, id = "", message } = workspaceStatusOf(ended);
    if (phase === "Running") return ended;
    const { text } = await container.evidence(id);
    throw failure("restore-failed", `DevWorkspace ${key} has failed: ${message}; ${text}`);
  }

  async #proof(
    running: KubeObject,
    { container, marker }: { container: RestoreContainer; marker: string | undefined },
  ): Promise<Proof> {
    const { kind, text, isProven } = await container.evidence(workspaceStatusOf(running).id ?? "");
    if (kind === "failed") throw failure("restore-failed", text);
    if (kind !== "restored") throw failure("not-restored", text);
    const { exec, cluster } = this.#tools;
    if (marker === undefined || exec === undefined) {
      return { text, isProven, isMarkerKept: undefined };
    }
    const { stopping: signal } = this.#stage;
    let read: string;
    try {
      read = await readMarker(running, { cluster, exec, signal });
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      const unread = `${text}; its marker could not be read: ${messageOf(thrown)}`;
      return { text: unread, isProven, isMarkerKept: undefined };
    }
    this.isMarkerKept = read === marker;
    if (this.isMarkerKept) return { text, isProven: true, isMarkerKept: true };
    throw failure("not-restored", `${text}; its marker is not what was written before the backup`);
  }
}

function failure(reason: RestoreReason | "stalled", message: string): OperationFailedError {
  return new OperationFailedError(reason, message);
}

/** `it is Starting (Waiting for workspace deployment); container workspace-restore waits (...)`. */
function standing(workspace: KubeObject | undefined, container: RestoreContainer): string {
  if (workspace === undefined) return "it is not there";
  const { phase, message, id } = workspaceStatusOf(workspace);
  if (phase === undefined) return "the operator has not looked at it";
  const why = message === "" ? "" : ` (${message})`;
  return [`it is ${phase}${why}`, container.standing(id)].filter((part) => part !== "").join("; ");
}
