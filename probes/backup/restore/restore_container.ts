/**
 * What has the container done that restores a workspace? Follows the pods of one workspace, so that
 * what it said is known when its pod is gone.
 * Source: devfile/devworkspace-operator, project-backup/workspace-recovery.sh.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { LABEL, RESTORE_CONTAINER } from "../../../kube/devworkspace/words.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { readPodLog } from "../../../kube/pod_log.ts";
import {
  type ContainerEnd,
  type ContainerStatus,
  initContainersOf,
} from "../../../kube/pod_status.ts";
import { PODS } from "../../../kube/resource.ts";
import { ObjectWatch } from "../../../kube/watch/object_watch.ts";
import { withoutSecrets } from "../logs/without_secrets.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";

/** Said where it finds something in the workspace's projects: it then leaves all as it is, and exits with 0. */
const SKIPPED = "Skipping restore action";
/** It says so last; of many long lines the server would cut off the end. */
const TAIL_LINES = 20;
const SHOWN_LOG = 300;
/** By when what the pod says is here, once the workspace is said to run: two watches, one server. */
const LATE_MS = 10_000;

/** What it has come to. */
export interface RestoreEvidence {
  readonly kind: "restored" | "skipped" | "failed" | "absent";
  /** What shows it, for a line. */
  readonly text: string;
  /** Whether its log could be read: without it, that nothing was skipped is not known. */
  readonly isProven: boolean;
}

interface FollowOptions {
  readonly cluster: Cluster;
  /** What must not be shown of its log. */
  readonly secrets: readonly string[];
}

/** See the module. Dispose it to end the watch. */
export class RestoreContainer implements AsyncDisposable {
  readonly #cluster: Pick<Cluster, "request">;
  readonly #stage: RunStage;
  readonly #secrets: readonly string[];
  #watch: ObjectWatch | undefined;
  /** As it was last seen, by the id of the workspace's life. */
  readonly #seen = new Map<string, { status: ContainerStatus | undefined; pod: KubeObject }>();
  /** By pod and run of the container; undefined: it could not be read. */
  readonly #logs = new Map<string, Promise<string | undefined>>();
  readonly #ending = new AbortController();

  private constructor(stage: RunStage, { cluster, secrets }: FollowOptions) {
    this.#stage = stage;
    this.#cluster = cluster;
    this.#secrets = secrets;
  }

  /** @throws {StatusError} if pods may not be watched */
  static async follow(
    stage: RunStage,
    { namespace, name }: WorkspaceRef,
    options: FollowOptions,
  ): Promise<RestoreContainer> {
    const container = new RestoreContainer(stage, options);
    container.#watch = await ObjectWatch.open(options.cluster, {
      resource: PODS,
      selection: { namespace, labelSelector: `${LABEL.workspaceName}=${name}` },
      clock: stage.clock,
      rng: stage.rng.fork(`pods of ${namespace}/${name}`),
      signal: stage.stopping,
      onWrite: ({ after }) => container.#see(after),
      onFound: ({ after }) => container.#see(after),
    });
    return container;
  }

  /** How it stands, for one who waits; empty: nothing is known of it. */
  standing(workspaceId: string | undefined): string {
    const status = this.#seen.get(workspaceId ?? "")?.status;
    if (status === undefined) return "";
    return `container ${RESTORE_CONTAINER} ${stateText(status)}`;
  }

  /** Of a workspace that runs, or has failed. */
  async evidence(workspaceId: string): Promise<RestoreEvidence> {
    await this.#watch!.until(() => this.#endOf(workspaceId), {
      timeoutMs: LATE_MS,
      signal: this.#stage.stopping,
      late: () => undefined,
    });
    const seen = this.#seen.get(workspaceId);
    if (seen?.status === undefined) {
      const what = seen === undefined ? "no pod of it was seen" : "its pod has no such container";
      return {
        kind: "absent",
        text: `no container ${RESTORE_CONTAINER}: ${what}`,
        isProven: false,
      };
    }
    const { pod, status } = seen;
    const log = await this.#logs.get(logKey(pod, status));
    const shown = withoutSecrets(log ?? "", this.#secrets).trim().slice(-SHOWN_LOG);
    const said = shown === "" ? "" : `; its log ends: ${shown}`;
    const text = `container ${RESTORE_CONTAINER} ${stateText(status)}${said}`;
    const kind = endOf(status)?.exitCode !== 0
      ? "failed"
      : log?.includes(SKIPPED)
      ? "skipped"
      : "restored";
    return { kind, text, isProven: log !== undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#logs.values());
    await this.#watch?.[Symbol.asyncDispose]();
  }

  #see(pod: KubeObject): void {
    const id = pod.metadata.labels?.[LABEL.workspaceId];
    if (id === undefined) return;
    const status = initContainersOf(pod).find(({ name }) => name === RESTORE_CONTAINER);
    this.#seen.set(id, { status: status ?? this.#seen.get(id)?.status, pod });
    // The log of one that runs again is no longer that of the one that ended.
    if (status === undefined || endOf(status) === undefined || status.state.kind === "running") {
      return;
    }
    const key = logKey(pod, status);
    if (!this.#logs.has(key)) this.#logs.set(key, this.#readLog(pod));
  }

  /** Undefined: not yet. */
  #endOf(workspaceId: string): ContainerEnd | undefined {
    const status = this.#seen.get(workspaceId)?.status;
    return status === undefined ? undefined : endOf(status);
  }

  async #readLog({ metadata }: KubeObject): Promise<string | undefined> {
    const { namespace = "", name = "" } = metadata;
    try {
      return await readPodLog(this.#cluster, { namespace, name }, {
        container: RESTORE_CONTAINER,
        tailLines: TAIL_LINES,
        signal: this.#ending.signal,
      });
    } catch (thrown) {
      if (thrown instanceof OperationFailedError || this.#ending.signal.aborted) return undefined;
      throw thrown;
    }
  }
}

/** Of its last run that is over. */
function endOf({ state, lastEnd }: ContainerStatus): ContainerEnd | undefined {
  return state.kind === "ended" ? state : lastEnd;
}

function logKey(pod: KubeObject, { restarts }: ContainerStatus): string {
  return `${objectKey(pod)} ${restarts}`;
}

/** `has ended with 1 (Error)`, `waits (CrashLoopBackOff), after it has ended with 1 (Error)`. */
function stateText({ state, lastEnd }: ContainerStatus): string {
  const why = (reason: string) => reason === "" ? "" : ` (${reason})`;
  const ended = ({ exitCode, reason }: ContainerEnd) => `has ended with ${exitCode}${why(reason)}`;
  if (state.kind === "ended") return ended(state);
  const now = state.kind === "running" ? "runs" : `waits${why(state.reason)}`;
  return lastEnd === undefined ? now : `${now}, after it ${ended(lastEnd)}`;
}
