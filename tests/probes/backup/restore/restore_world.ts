/**
 * Workspaces that were backed up, in a cluster in this process, and an operator that does what a test
 * says with each one that is made again.
 * @module
 */

import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import { runStage } from "../../../../core/run/run_stage.ts";
import { DEV_WORKSPACES } from "../../../../kube/devworkspace/kinds.ts";
import { LABEL } from "../../../../kube/devworkspace/words.ts";
import type { RawRequest } from "../../../../kube/cluster.ts";
import type { KubeObject, ObjectRef } from "../../../../kube/object.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, PODS } from "../../../../kube/resource.ts";
import {
  type RestoreOptions,
  type RestoreResult,
  restoreSample,
} from "../../../../probes/backup/restore/restore_sample.ts";
import type { WorkspaceRef } from "../../../../probes/backup/workspaces/workspace_ref.ts";
import { definition } from "../../maas/maas_world.ts";
import { SandboxCluster } from "../../../support/sandbox_cluster.ts";

export const RESTORED = { terminated: { exitCode: 0, reason: "Completed" } };
const NEVER = new AbortController().signal;

/** What the operator does with a workspace that was made. */
export interface Act {
  readonly phase?: string;
  readonly message?: string;
  /** Of the container that restores; null: there is none. */
  readonly container?: unknown;
}

/** A cluster whose pods have logs. */
class ClusterWithLogs extends SandboxCluster {
  /** By namespace; undefined: it cannot be read. */
  log: string | undefined = "restored";
  readonly logPaths: string[] = [];

  override request(request: RawRequest): Promise<unknown> {
    if (!request.path.includes("/log?")) return super.request(request);
    this.logPaths.push(request.path);
    if (this.log !== undefined) return Promise.resolve(this.log);
    return super.request({ ...request, path: "/nothing-there" });
  }
}

export class RestoreWorld implements Disposable {
  readonly cluster = new ClusterWithLogs();
  readonly warnings: string[] = [];
  readonly said: string[] = [];
  readonly facts: string[] = [];
  readonly registered: string[] = [];
  act: (ref: Required<ObjectRef>) => Act = () => ({});
  readonly run = new Run({
    id: "r1",
    clock: this.cluster.clock,
    rng: createRng(1),
    stages: [],
    log: (...records) => {
      for (const record of records) {
        if (record.type === "warning") {
          this.warnings.push(`${record.warning.code}: ${record.warning.message}`);
        }
        if (record.type === "fact") this.facts.push(`${record.name}: ${record.value}`);
      }
    },
  });
  #podCount = 0;

  static async with(names: readonly string[]): Promise<RestoreWorld> {
    const world = new RestoreWorld();
    const { cluster } = world;
    await cluster.create(NAMESPACES, { metadata: { name: "ns" } });
    await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, definition(DEV_WORKSPACES));
    for (const name of names) await cluster.create(DEV_WORKSPACES, stopped(name));
    cluster.calls.length = 0;
    cluster.after = (call) => {
      if (/^POST .*\/devworkspaces\?/.test(call)) void world.#operate();
    };
    return world;
  }

  async workspaces(): Promise<readonly KubeObject[]> {
    return (await this.cluster.list(DEV_WORKSPACES, { namespace: "ns" })).items;
  }

  async refs(): Promise<readonly WorkspaceRef[]> {
    return (await this.workspaces())
      .map(({ metadata: { namespace = "", name = "" } }) => ({ namespace, name }));
  }

  async get(name: string): Promise<KubeObject> {
    return await this.cluster.get(DEV_WORKSPACES, { namespace: "ns", name });
  }

  /** Lets time pass until it is over. */
  async restore(options: Partial<RestoreOptions> = {}): Promise<RestoreResult> {
    let result: RestoreResult | undefined;
    const backedUp = await this.refs();
    const running = runStage(this.run, { ...STAGE }, async (stage) => {
      result = await restoreSample(stage, {
        cluster: this.cluster,
        owned: {
          register: ({ name }) => void this.registered.push(`+${name}`),
          release: ({ name }) => void this.registered.push(`-${name}`),
        },
        backedUp,
        configuration: {
          type: "correct",
          backupCronJob: {
            enable: true,
            schedule: "* * * * *",
            registry: { path: "quay.io/user/" },
          },
        },
        isWanted: true,
        mostSamples: 10,
        timeoutMs: 60_000,
        say: (line) => this.said.push(line),
        ...options,
      });
    });
    let isOver = false;
    running.finally(() => isOver = true).catch(() => {});
    while (!isOver) await this.cluster.clock.advance(1_000);
    await running;
    return result!;
  }

  operation(op: string): { readonly ok: number; readonly failed: Record<string, number> } {
    const { ok = 0, failed = {} } = this.run.live.operation(op) ?? {};
    return { ok, failed };
  }

  [Symbol.dispose](): void {
    this.cluster[Symbol.dispose]();
  }

  /** Takes those up that nobody has looked at. */
  async #operate(): Promise<void> {
    for (const { metadata, status } of await this.workspaces()) {
      if (status !== undefined) continue;
      const ref = { namespace: metadata.namespace!, name: metadata.name! };
      const { phase = "Running", message = "", container = RESTORED } = this.act(ref);
      const id = `workspace${metadata.uid!.replaceAll("-", "").slice(0, 16)}`;
      await this.cluster.setStatus(DEV_WORKSPACES, ref, { devworkspaceId: id, phase: "Starting" });
      await this.cluster.clock.sleepUntil(this.cluster.clock.now() + 5_000, NEVER);
      await this.#runPod(ref, id, container);
      await this.cluster.setStatus(DEV_WORKSPACES, ref, { devworkspaceId: id, phase, message });
    }
  }

  async #runPod({ namespace, name }: Required<ObjectRef>, id: string, container: unknown) {
    const pod = { namespace, name: `${id}-${this.#podCount++}` };
    await this.cluster.create(PODS, {
      metadata: { ...pod, labels: { [LABEL.workspaceId]: id, [LABEL.workspaceName]: name } },
      spec: { containers: [{ name: "dev", image: "x" }] },
    });
    const statuses = container === null ? [] : [{ name: "workspace-restore", state: container }];
    await this.cluster.setStatus(PODS, pod, {
      conditions: [{ type: "Ready", status: "True" }],
      initContainerStatuses: statuses,
    });
  }
}

const STAGE = { name: "restore", kind: "measured", level: null, targetRatePerSec: null } as const;

function stopped(name: string): KubeObject {
  return {
    metadata: {
      namespace: "ns",
      name,
      labels: { "load-test": "test-type" },
      annotations: { "controller.devfile.io/last-backup-successful": "true" },
    },
    spec: {
      started: false,
      template: {
        projects: [{ name: "p" }],
        attributes: { "controller.devfile.io/storage-type": "per-workspace" },
        components: [{ name: "dev", container: { image: "x" } }],
      },
    },
    status: { phase: "Stopped" },
  };
}
