/**
 * What does a behaviour of the suite have at hand? A namespace for its workspaces, and the operator's
 * config. At its end both are as they were.
 * @module
 */

import assert from "node:assert/strict";
import { conditionsOf } from "../../../kube/condition.ts";
import type { BackupCronJob } from "../../../kube/devworkspace/operator_config.ts";
import { lastBackupTimeOf } from "../../../kube/devworkspace/operator_config.ts";
import {
  DEV_WORKSPACES,
  GLOBAL_CONFIG_NAME,
  OPERATOR_CONFIGS,
} from "../../../kube/devworkspace/kinds.ts";
import { ATTRIBUTE, LABEL } from "../../../kube/devworkspace/words.ts";
import { workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { apiVersionOf, JOBS, NAMESPACES, PODS, resourcePath } from "../../../kube/resource.ts";
import { ask, get, list, patch, post } from "../asking.ts";
import type { DevWorkspaceSubject } from "./subject.ts";

export interface WorkspaceTraits {
  /** @default true */
  readonly started?: boolean;
  /** @default per-workspace */
  readonly storage?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

const STEP_MS = 200;
/** Generous: a real cluster on a busy machine takes its time. */
const PATIENCE_MS = 180_000;

export class DevWorkspaceScene implements AsyncDisposable {
  readonly namespace: string;
  readonly #subject: DevWorkspaceSubject;

  private constructor(subject: DevWorkspaceSubject, namespace: string) {
    this.#subject = subject;
    this.namespace = namespace;
  }

  static async open(subject: DevWorkspaceSubject, namespace: string): Promise<DevWorkspaceScene> {
    await post(subject, resourcePath(NAMESPACES), { metadata: { name: namespace } });
    await subject.provideVolumes(namespace, 4);
    return new DevWorkspaceScene(subject, namespace);
  }

  async createWorkspace(
    name: string,
    { started = true, storage = "per-workspace", attributes = {} }: WorkspaceTraits = {},
  ): Promise<void> {
    const container = { image: "img", memoryLimit: "64Mi", mountSources: true };
    await post(this.#subject, resourcePath(DEV_WORKSPACES, { namespace: this.namespace }), {
      apiVersion: apiVersionOf(DEV_WORKSPACES),
      kind: DEV_WORKSPACES.kind,
      metadata: { name, labels: this.#subject.workspaceLabels },
      spec: {
        started,
        routingClass: "basic",
        template: {
          attributes: { [ATTRIBUTE.storageType]: storage, ...attributes },
          components: [
            { name: "dev", container },
            ...(storage === "ephemeral" ? [] : [{ name: "projects", volume: { size: "10Mi" } }]),
          ],
        },
      },
    });
  }

  /** Running, and then stopped. */
  async createStopped(name: string, traits: WorkspaceTraits = {}): Promise<void> {
    await this.createWorkspace(name, traits);
    await this.reach(name, "Running");
    await this.stop(name);
  }

  /**
   * Not in the second in which the last tick, or its own last backup, has ended: it would count as
   * stopped before that.
   */
  async stop(name: string): Promise<void> {
    const tickMs = Date.parse(await this.lastBackupTime() ?? "") || 0;
    const { lastBackup } = await this.status(name);
    const freeMs = Math.max(tickMs, lastBackup?.finishedAtMs ?? 0) + 1_000;
    const isFree = () => Promise.resolve(this.#subject.wallMs() >= freeMs);
    await this.until("the second after the last tick", isFree);
    await this.setStarted(name, false);
    await this.reach(name, "Stopped");
  }

  async startAndStop(name: string): Promise<void> {
    await this.setStarted(name, true);
    await this.reach(name, "Running");
    await this.stop(name);
  }

  async setStarted(name: string, started: boolean): Promise<void> {
    await patch(this.#subject, this.path(name), { body: { spec: { started } } });
  }

  path(name: string): string {
    return resourcePath(DEV_WORKSPACES, { namespace: this.namespace, name });
  }

  async workspace(name: string): Promise<KubeObject> {
    return await get(this.#subject, this.path(name)) as KubeObject;
  }

  async status(name: string) {
    return workspaceStatusOf(await this.workspace(name));
  }

  async reach(name: string, phase: string): Promise<void> {
    await this.until(`${name} is ${phase}`, async () => (await this.status(name)).phase === phase);
  }

  async remove(name: string): Promise<void> {
    await ask(this.#subject, this.path(name), { method: "DELETE" });
    await this.until(`${name} is gone`, async () => {
      return (await ask(this.#subject, this.path(name))).status === 404;
    });
  }

  /** Over a schedule of two seconds and a good registry. */
  async configure(block: Partial<BackupCronJob> = {}): Promise<void> {
    const { status, body } = await this.tryConfigure({
      enable: true,
      schedule: "@every 2s",
      registry: { path: this.#subject.registries.good },
      ...block,
    });
    assert.equal(status, 200, JSON.stringify(body));
  }

  /** The answer to that block, as it is; null takes it away. */
  async tryConfigure(backupCronJob: unknown) {
    return await ask(this.#subject, this.configPath, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: { config: { workspace: { backupCronJob } } },
    });
  }

  get configPath(): string {
    const namespace = this.#subject.operatorNamespace;
    return resourcePath(OPERATOR_CONFIGS, { namespace, name: GLOBAL_CONFIG_NAME });
  }

  async lastBackupTime(): Promise<string | undefined> {
    return lastBackupTimeOf(await get(this.#subject, this.configPath) as KubeObject);
  }

  /** So many ticks have ended. */
  async ticks(count: number): Promise<void> {
    for (let seen = 0; seen < count; seen++) {
      const before = await this.lastBackupTime();
      await this.until("a tick", async () => await this.lastBackupTime() !== before);
    }
  }

  /** Backups of one workspace that are there, the oldest first. */
  async jobs(name: string): Promise<KubeObject[]> {
    const selector = encodeURIComponent(`${LABEL.workspaceName}=${name},${LABEL.backupJob}=true`);
    const path = `${resourcePath(JOBS, { namespace: this.namespace })}?labelSelector=${selector}`;
    const { items } = await list(this.#subject, path);
    const born = (job: KubeObject) => Date.parse(job.metadata.creationTimestamp ?? "");
    return (items as unknown as KubeObject[]).sort((one, other) => born(one) - born(other));
  }

  /** Of a workspace, or of its Jobs. */
  async pods(label: string): Promise<KubeObject[]> {
    const selector = encodeURIComponent(label);
    const path = `${resourcePath(PODS, { namespace: this.namespace })}?labelSelector=${selector}`;
    return (await list(this.#subject, path)).items as unknown as KubeObject[];
  }

  /** Its newest Job has ended so. */
  async ended(name: string, type: "Complete" | "Failed"): Promise<KubeObject> {
    let found: KubeObject | undefined;
    await this.until(`the backup of ${name} is ${type}`, async () => {
      found = (await this.jobs(name)).find((job) => hasCondition(job, type));
      return found !== undefined;
    });
    return found!;
  }

  async pass(ms: number): Promise<void> {
    await this.#subject.pass(ms);
  }

  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let waitedMs = 0; !await isSo(); waitedMs += STEP_MS) {
      if (waitedMs > PATIENCE_MS) assert.fail(`Never came: ${what}`);
      await this.pass(STEP_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tryConfigure(null);
    const workspaces = resourcePath(DEV_WORKSPACES, { namespace: this.namespace });
    await ask(this.#subject, workspaces, { method: "DELETE" });
    await this.until("the workspaces are gone", async () => {
      return (await list(this.#subject, workspaces)).items.length === 0;
    });
    const name = this.namespace;
    await ask(this.#subject, resourcePath(NAMESPACES, { name }), { method: "DELETE" });
  }
}

export function hasCondition(object: KubeObject, type: string): boolean {
  return conditionsOf(object["status"])
    .some((condition) => condition.type === type && condition.status === "True");
}
