/**
 * Plays the scheduler and the node for the pods of workspaces and of their backups; other pods it leaves
 * alone.
 * @module
 */

import { BACKUP_CONTAINER, LABEL, RESTORE_CONTAINER } from "../../../kube/devworkspace/words.ts";
import { elementsOf, fieldsOf, textOf } from "../../../kube/fields.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { PODS } from "../../../kube/resource.ts";
import { logAnnotation } from "../../kubernetes/reading/pod_log.ts";
import { timestamp } from "../../kubernetes/api_state.ts";
import { imageOf, type Transfer } from "../registry.ts";
import { AUTH_VOLUME, NODE_FINALIZER } from "../workspaces/workspace_objects.ts";
import { recordUnscheduled } from "./event_record.ts";
import { ended, podStatus, running, unschedulableStatus, waiting } from "./pod_status.ts";
import type { ClusterTools } from "./tools.ts";
import { Volumes } from "./volumes.ts";

export class PodRunner {
  readonly #tools: ClusterTools;
  readonly #volumes: Volumes;
  /** UIDs of claims that a restore has filled. */
  readonly #filled = new Set<string>();

  constructor(tools: ClusterTools) {
    this.#tools = tools;
    this.#volumes = new Volumes(tools);
    const { view: { pods }, signal } = tools;
    pods.listen(({ before, after }) => this.#onChange(before, after), { signal });
  }

  #onChange(before: KubeObject | undefined, after: KubeObject | undefined): void {
    if (after === undefined) return;
    const isWorkspace = after.metadata.finalizers?.includes(NODE_FINALIZER) ?? false;
    if (!isWorkspace && backupContainerOf(after) === undefined) return;
    const isNew = before?.metadata.uid !== after.metadata.uid;
    const isGoing = after.metadata.deletionTimestamp !== undefined;
    if (isNew && !isGoing) void (isWorkspace ? this.#runWorkspace(after) : this.#runBackup(after));
    const hasGoing = !isNew && before?.metadata.deletionTimestamp !== undefined;
    if (isWorkspace && isGoing && !hasGoing) void this.#stopWorkspace(after);
  }

  async #runWorkspace(pod: KubeObject): Promise<void> {
    await this.#schedule(pod);
    const restores = elementsOf(fieldsOf(pod["spec"])["initContainers"])
      .some(({ name }) => name === RESTORE_CONTAINER);
    const restored = restores ? await this.#restore(pod) : {};
    if (restored === undefined || !await this.#isThere(pod)) return;
    const now = this.#now();
    const containers = running(now);
    const said = { phase: "Running", containers, ...restored, isReady: true, now } as const;
    await this.#say(pod, podStatus(pod, said));
  }

  async #stopWorkspace({ metadata }: KubeObject): Promise<void> {
    const { pace, settings, writer, signal } = this.#tools;
    const { namespace = "", name = "", finalizers = [] } = metadata;
    await pace.pause(settings().cluster.podStopMs, signal);
    if (signal.aborted) return;
    const kept = finalizers.filter((finalizer) => finalizer !== NODE_FINALIZER);
    await writer.patch(PODS, { namespace, name }, { metadata: { finalizers: kept } });
  }

  /** Resolves when its volumes are bound and its containers start. */
  async #schedule(pod: KubeObject): Promise<void> {
    const { pace, settings, signal } = this.#tools;
    const claim = claimOf(pod);
    if (claim !== undefined) {
      const why = await this.#volumes.whyUnbound(claim);
      if (why !== undefined) {
        const message = `0/1 nodes are available: ${why}.`;
        await recordUnscheduled(this.#tools.writer, pod, { message, now: this.#now() });
        await this.#say(pod, unschedulableStatus(message, this.#now()));
      }
      await this.#volumes.bound(claim);
    }
    await pace.pause(settings().cluster.podStartMs, signal);
  }

  /** What is said of the init container from then on; undefined: it does not end well. */
  async #restore(pod: KubeObject) {
    const { registry, settings, pace, signal, view } = this.#tools;
    if (!await this.#isThere(pod)) return undefined;
    const startedAt = this.#now();
    const begun = {
      phase: "Pending",
      containers: waiting("PodInitializing"),
      isReady: false,
    } as const;
    const status = { ...begun, initContainers: running(startedAt), now: startedAt };
    await this.#say(pod, podStatus(pod, status));
    const claim = view.claims.get(claimOf(pod) ?? "")?.metadata.uid;
    const transfer: Transfer = claim !== undefined && this.#filled.has(claim)
      ? { durationMs: 0, exitCode: 0, log: "/projects is not empty. Skipping restore action.\n" }
      : registry.pull({
        image: environmentOf(pod, "initContainers")["BACKUP_IMAGE"] ?? "",
        hasCredentials: hasCredentials(pod),
      }, settings().registry);
    await pace.pause(transfer.durationMs, signal);
    await this.#print(pod, RESTORE_CONTAINER, transfer.log);
    const now = this.#now();
    if (transfer.exitCode !== 0) {
      const initContainers = waiting("CrashLoopBackOff");
      const failed = { ...begun, initContainers, initRestarts: 2, now };
      return void await this.#say(pod, podStatus(pod, failed));
    }
    if (claim !== undefined) this.#filled.add(claim);
    return { initContainers: ended(0, { startedAt, now }) };
  }

  async #runBackup(pod: KubeObject): Promise<void> {
    await this.#schedule(pod);
    if (!await this.#isThere(pod)) return;
    const startedAt = this.#now();
    const begun = { phase: "Running", containers: running(startedAt) } as const;
    await this.#say(pod, podStatus(pod, { ...begun, isReady: true, now: startedAt }));
    const { durationMs, exitCode, log } = this.#push(pod);
    await this.#tools.pace.pause(durationMs, this.#tools.signal);
    if (!await this.#isThere(pod)) return;
    await this.#print(pod, BACKUP_CONTAINER, log);
    const now = this.#now();
    await this.#say(
      pod,
      podStatus(pod, {
        phase: exitCode === 0 ? "Succeeded" : "Failed",
        containers: ended(exitCode, { startedAt, now }),
        isReady: false,
        now,
      }),
    );
  }

  #push(pod: KubeObject): Transfer {
    const { registry, pace, settingsOfBackup } = this.#tools;
    const settings = settingsOfBackup().registry;
    const environment = environmentOf(pod, "containers");
    const workspace = {
      namespace: environment["DEVWORKSPACE_NAMESPACE"] ?? "",
      name: environment["DEVWORKSPACE_NAME"] ?? "",
    };
    return registry.push({
      image: imageOf(environment["DEVWORKSPACE_BACKUP_REGISTRY"] ?? "", workspace),
      workspace,
      hasCredentials: hasCredentials(pod),
      isCutOff: pace.isHit(settings.unreachableShare),
    }, settings);
  }

  /** Not gone, and not about to go. */
  async #isThere(pod: KubeObject): Promise<boolean> {
    const { view, signal } = this.#tools;
    // What was written just before is to be seen here, too.
    await Promise.resolve();
    if (signal.aborted) return false;
    const now = view.pods.get(objectKey(pod))?.metadata;
    return now?.uid === pod.metadata.uid && now?.deletionTimestamp === undefined;
  }

  async #print(
    { metadata: { namespace = "", name = "" } }: KubeObject,
    container: string,
    log: string,
  ) {
    if (this.#tools.signal.aborted) return;
    const annotations = { [logAnnotation(container)]: log };
    await this.#tools.writer.patch(PODS, { namespace, name }, { metadata: { annotations } });
  }

  async #say({ metadata: { namespace = "", name = "" } }: KubeObject, status: unknown) {
    if (this.#tools.signal.aborted) return;
    await this.#tools.writer.patchStatus(PODS, { namespace, name }, status);
  }

  #now(): string {
    return timestamp(this.#tools.pace);
  }
}

function backupContainerOf(pod: KubeObject): unknown {
  if (pod.metadata.labels?.[LABEL.workspaceId] !== undefined) return undefined;
  return elementsOf(fieldsOf(pod["spec"])["containers"])
    .find(({ name }) => name === BACKUP_CONTAINER);
}

/** `namespace/name`; undefined: its volumes are its own. */
function claimOf(pod: KubeObject): string | undefined {
  for (const { persistentVolumeClaim } of elementsOf(fieldsOf(pod["spec"])["volumes"])) {
    const name = textOf(fieldsOf(persistentVolumeClaim)["claimName"]);
    if (name !== undefined) return `${pod.metadata.namespace}/${name}`;
  }
  return undefined;
}

function hasCredentials(pod: KubeObject): boolean {
  return elementsOf(fieldsOf(pod["spec"])["volumes"]).some(({ name }) => name === AUTH_VOLUME);
}

/** Of the first of such containers. */
function environmentOf(
  pod: KubeObject,
  containers: "containers" | "initContainers",
): Readonly<Record<string, string>> {
  const [first] = elementsOf(fieldsOf(pod["spec"])[containers]);
  const entries = elementsOf(first?.["env"])
    .map(({ name, value }) => [textOf(name) ?? "", textOf(value) ?? ""]);
  return Object.fromEntries(entries);
}
