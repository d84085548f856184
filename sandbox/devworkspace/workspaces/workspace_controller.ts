/**
 * Starts, stops and deletes workspaces: looks at each one that has changed, or whose pod or claim has,
 * and takes the next step.
 * Source: devfile/devworkspace-operator, controllers/workspace.
 * @module
 */

import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { LABEL } from "../../../kube/devworkspace/words.ts";
import type { WorkspacePhase } from "../../../kube/devworkspace/workspace.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { PODS } from "../../../kube/resource.ts";
import { timestamp } from "../../kubernetes/api_state.ts";
import type { Change } from "../cluster_view.ts";
import { workspaceIdOf } from "../installation.ts";
import type { OperatorTools } from "../operator_tools.ts";
import { WorkQueue } from "../work_queue.ts";
import { statusIn } from "./conditions.ts";
import { WorkspaceDeletion } from "./workspace_deletion.ts";
import { FailedStart, WorkspaceStart } from "./workspace_start.ts";
import { type Workspace, workspaceOf } from "./workspace.ts";

const CREATOR = "sandbox-user";

export class WorkspaceController {
  readonly #tools: OperatorTools;
  readonly #signal: AbortSignal;
  readonly #queue: WorkQueue;
  readonly #start: WorkspaceStart;
  readonly #deletion: WorkspaceDeletion;
  /** Names of pods by `NAMESPACE/WORKSPACE`. */
  readonly #pods = new Map<string, string>();

  /** Begins with all that there are. @param signal ends it */
  constructor(tools: OperatorTools, signal: AbortSignal) {
    const { view, pace: { clock }, log, settings } = tools;
    this.#tools = tools;
    this.#signal = signal;
    this.#queue = new WorkQueue({
      clock,
      concurrency: settings().operator.concurrency,
      work: (key) => this.#reconcile(key),
      onError: (key, message) => log(`Cannot reconcile ${key}: ${message}`),
      signal,
    });
    this.#start = new WorkspaceStart(tools);
    this.#deletion = new WorkspaceDeletion(tools, signal);
    for (const pod of view.pods.all()) this.#onPod({ key: "", before: undefined, after: pod });
    view.workspaces.listen(({ key }) => this.#queue.add(key), { signal });
    view.pods.listen((change) => this.#onPod(change), { signal });
    for (const workspace of view.workspaces.all()) this.#queue.add(objectKey(workspace));
  }

  #onPod({ before, after }: Change): void {
    const { metadata: { namespace = "", name = "", labels = {} } } = (after ?? before)!;
    const workspace = labels[LABEL.workspaceName];
    if (workspace === undefined) return;
    const key = `${namespace}/${workspace}`;
    if (after !== undefined) this.#pods.set(key, name);
    else if (this.#pods.get(key) === name) this.#pods.delete(key);
    this.#queue.add(key);
  }

  async #reconcile(key: string): Promise<void> {
    const { view, pace, settings, work } = this.#tools;
    const object = view.workspaces.get(key);
    if (object === undefined) return this.#queue.forgetLater(key);
    await pace.pause(settings().operator.reconcileMs, this.#signal);
    if (this.#signal.aborted) return;
    work.add(settings().operator.reconcileCpuMs);
    // As it is now: it may have changed in the pause.
    const now = view.workspaces.get(key);
    if (now !== undefined) await this.#step(workspaceOf(now), key);
  }

  async #step(workspace: Workspace, key: string): Promise<void> {
    const { writer, settings } = this.#tools;
    const { object, ref } = workspace;
    const pod = this.#podOf(key);
    if (workspace.isBeingDeleted) return await this.#deletion.step(workspace, pod);
    if (workspace.id === undefined) {
      const devworkspaceId = workspaceIdOf(object.metadata.uid ?? "");
      return void await writer.patchStatus(DEV_WORKSPACES, ref, { devworkspaceId });
    }
    if (!workspace.hasCreator && settings().operator.setsCreator) {
      return await this.#admit(workspace);
    }
    await (workspace.isStarted ? this.#run(workspace, pod) : this.#stop(workspace, pod));
  }

  /** What the webhook would have done when it was made, and the finalizers at once. */
  async #admit(workspace: Workspace): Promise<void> {
    const finalizers = workspace.isStarted ? this.#deletion.missingGuards(workspace) : [];
    const { finalizers: present = [] } = workspace.object.metadata;
    await this.#tools.writer.patch(DEV_WORKSPACES, workspace.ref, {
      metadata: {
        labels: { [LABEL.creator]: CREATOR },
        ...(finalizers.length === 0 ? {} : { finalizers: [...present, ...finalizers] }),
      },
    });
  }

  #podOf(key: string): KubeObject | undefined {
    const name = this.#pods.get(key);
    return name === undefined
      ? undefined
      : this.#tools.view.pods.get(`${key.split("/")[0]}/${name}`);
  }

  async #run(workspace: Workspace, pod: KubeObject | undefined): Promise<void> {
    const isGoing = pod?.metadata.deletionTimestamp !== undefined;
    switch (workspace.phase) {
      case "Starting":
        return isGoing ? undefined : await this.#goOn(workspace, pod);
      case "Running":
        if (pod === undefined) await this.#say(workspace, "Starting", "Initializing DevWorkspace");
        return;
      case "Failing":
        // Its own patch has been lost, or somebody was faster.
        return await this.#giveUp(workspace);
      default:
        if (isGoing) return;
        await this.#deletion.guard(workspace);
        return await this.#say(workspace, "Starting", "Initializing DevWorkspace");
    }
  }

  async #goOn(workspace: Workspace, pod: KubeObject | undefined): Promise<void> {
    const key = objectKey(workspace.object);
    try {
      const { isRunning, lookAgainMs } = await this.#start.step(workspace, pod);
      if (!isRunning) {
        if (lookAgainMs !== undefined) this.#queue.addAfter(key, lookAgainMs);
        return;
      }
      this.#queue.forgetLater(key);
      await this.#say(workspace, "Running", "Workspace is running");
    } catch (error) {
      if (!(error instanceof FailedStart)) throw error;
      this.#queue.forgetLater(key);
      await this.#say(workspace, "Failing", error.message);
      await this.#giveUp(workspace);
    }
  }

  async #giveUp({ ref }: Workspace): Promise<void> {
    await this.#tools.writer.patch(DEV_WORKSPACES, ref, { spec: { started: false } });
  }

  async #stop(workspace: Workspace, pod: KubeObject | undefined): Promise<void> {
    const { phase, object } = workspace;
    const isOver = phase === "Stopped" || phase === "Failed";
    if (pod !== undefined) {
      if (!isOver && phase !== "Stopping" && phase !== "Failing") {
        await this.#say(workspace, "Stopping", "Stopping");
      }
      if (pod.metadata.deletionTimestamp !== undefined) return;
      const { namespace = "", name = "" } = pod.metadata;
      return await this.#tools.writer.remove(PODS, { namespace, name });
    }
    if (isOver) return;
    if (phase === "Failing") {
      const { message } = object["status"] as { readonly message: string };
      return await this.#say(workspace, "Failed", message);
    }
    await this.#say(workspace, "Stopped", "Stopped");
  }

  async #say({ object, ref }: Workspace, phase: WorkspacePhase, message: string): Promise<void> {
    const { writer, pace } = this.#tools;
    const status = statusIn(phase, { object, message, now: timestamp(pace) });
    await writer.patchStatus(DEV_WORKSPACES, ref, status);
  }
}
