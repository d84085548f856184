/**
 * A cluster in this process whose workspaces, Jobs and ticks are what a test makes of them, and a run
 * that follows them. Watches can be cut off.
 * @module
 */

import { OperationFailedError } from "../../../../core/errors.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { SampleReading } from "./sample_reading.ts";
import { Run } from "../../../../core/run/run.ts";
import type { RawRequest, WatchEvent, WatchOptions } from "../../../../kube/cluster.ts";
import {
  DEV_WORKSPACES,
  GLOBAL_CONFIG_NAME,
  OPERATOR_CONFIGS,
} from "../../../../kube/devworkspace/kinds.ts";
import { ANNOTATION, LABEL } from "../../../../kube/devworkspace/words.ts";
import type { KubeObject, ObjectRef } from "../../../../kube/object.ts";
import { ownerLabels } from "../../../../kube/owned/ownership.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  JOBS,
  NAMESPACES,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  type Resource,
} from "../../../../kube/resource.ts";
import {
  type BackupWatch,
  type SettleOptions,
  watchBackups,
  type WatchBackupsOptions,
} from "../../../../probes/backup/accounting/watch_backups.ts";
import type { ConfigType } from "../../../../probes/backup/configure/configuration.ts";
import { SandboxCluster } from "../../../support/sandbox_cluster.ts";
import { definition } from "../../maas/maas_world.ts";

const OPERATOR = "devworkspace-controller";
const CONFIG = { namespace: OPERATOR, name: GLOBAL_CONFIG_NAME };

/** Whose watches break, and stay so until they are let again. */
class CutCluster extends SandboxCluster {
  /** Of a pod's name. */
  log: (pod: string) => string = () => "";
  readonly #cuts = new Set<() => void>();
  #cut: Resource | undefined;

  get cutResource(): Resource | undefined {
    return this.#cut;
  }

  /** What was seen cannot be watched on from afterwards. */
  cut(resource: Resource): void {
    this.#cut = resource;
    for (const cut of this.#cuts) cut();
  }

  mend(): void {
    this.#cut = undefined;
    this.api.compact();
  }

  override async *watch(
    resource: Resource,
    { signal, ...options }: WatchOptions = {},
  ): AsyncIterable<WatchEvent> {
    const broken = () => new OperationFailedError("connection-reset", "cut");
    if (this.#cut === resource) throw broken();
    const ending = new AbortController();
    const cut = () => {
      if (this.#cut === resource) ending.abort(broken());
    };
    this.#cuts.add(cut);
    try {
      const both = AbortSignal.any([ending.signal, ...(signal === undefined ? [] : [signal])]);
      yield* super.watch(resource, { ...options, signal: both });
    } finally {
      this.#cuts.delete(cut);
    }
  }

  override request(request: RawRequest): Promise<unknown> {
    const [, pod] = /pods\/([^/]+)\/log\?/.exec(request.path) ?? [];
    if (pod === undefined) return super.request(request);
    this.calls.push(`${request.method} ${request.path}`);
    return Promise.resolve(this.log(pod));
  }
}

/** See the module. */
export class BackupWorld implements AsyncDisposable {
  readonly cluster = new CutCluster();
  readonly warnings: string[] = [];
  readonly read = new SampleReading();
  readonly run = new Run({
    id: "r1",
    clock: this.cluster.clock,
    rng: createRng(1),
    log: (...records) => {
      for (const record of records) {
        if (record.type === "interval") this.read.add(record.interval);
        if (record.type !== "warning") continue;
        this.warnings.push(`${record.warning.code}: ${record.warning.message}`);
      }
    },
  });
  watch!: BackupWatch;

  /** Workspaces of these names run, each with a volume of its own, and their backups are followed. */
  static async with(
    names: readonly string[],
    options: Partial<WatchBackupsOptions> & { readonly type?: ConfigType } = {},
  ): Promise<BackupWorld> {
    const world = new BackupWorld();
    const { cluster, run } = world;
    for (const name of ["ns", OPERATOR]) await cluster.create(NAMESPACES, { metadata: { name } });
    for (const kind of [DEV_WORKSPACES, OPERATOR_CONFIGS]) {
      await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, definition(kind));
    }
    await cluster.create(OPERATOR_CONFIGS, { metadata: CONFIG, config: {} });
    for (const name of names) await world.#make(name);
    const { type = "correct", ...rest } = options;
    const backupCronJob = { enable: true, schedule: "* * * * *", registry: { path: "r.test" } };
    run.begin();
    world.watch = await world.advance(watchBackups(run, {
      cluster,
      operatorNamespace: OPERATOR,
      refs: names.map((name) => ({ namespace: "ns", name })),
      configuration: { type, backupCronJob, periodMs: 60_000 },
      tickStartOf: (ms) => Math.floor(ms / 60_000) * 60_000,
      ...rest,
    }));
    return world;
  }

  /** Lets time pass until it has ended. */
  async advance<T>(promise: Promise<T>, stepMs = 100): Promise<T> {
    let isOver = false;
    promise.finally(() => isOver = true).catch(() => {});
    while (!isOver) await this.cluster.clock.advance(stepMs);
    return await promise;
  }

  pass(ms: number): Promise<void> {
    return this.cluster.clock.advance(ms);
  }

  /** Until that many ms after its beginning. */
  async passUntil(atMs: number): Promise<void> {
    await this.pass(atMs - this.cluster.clock.now());
  }

  async #make(name: string): Promise<void> {
    const metadata = { namespace: "ns", name };
    await this.cluster.create(DEV_WORKSPACES, {
      metadata: { ...metadata, labels: ownerLabels({ runId: "r1", command: "backup run" }) },
      spec: { started: true },
    });
    await this.cluster.create(PERSISTENT_VOLUME_CLAIMS, {
      metadata: { ...metadata, name: `storage-workspace-${name}` },
    });
    await this.#say(name, { phase: "Running" });
  }

  async stop(name: string): Promise<void> {
    const stopped = { type: "Started", status: "False", lastTransitionTime: this.now };
    await this.#say(name, { phase: "Stopped", conditions: [stopped] });
    await this.pass(0);
  }

  /** It is started, and stopped a second later. */
  async restart(name: string): Promise<void> {
    await this.#say(name, { phase: "Running", conditions: [] });
    await this.pass(1_000);
    await this.stop(name);
  }

  async makeJob(name: string, workspace: string): Promise<void> {
    await this.cluster.create(JOBS, {
      metadata: {
        namespace: "ns",
        name,
        labels: {
          [LABEL.backupJob]: "true",
          [LABEL.workspaceName]: workspace,
          [LABEL.workspaceId]: `workspace-${workspace}`,
        },
      },
      spec: { backoffLimit: 1 },
    });
    await this.cluster.setStatus(JOBS, { namespace: "ns", name }, { active: 1 });
    await this.pass(0);
  }

  async endJob(name: string, type: "Complete" | "Failed"): Promise<void> {
    const reason = type === "Failed" ? "BackoffLimitExceeded" : "CompletionsReached";
    const message = type === "Failed" ? "Job has reached the specified backoff limit" : "";
    await this.cluster.setStatus(JOBS, { namespace: "ns", name }, {
      active: 0,
      ...(type === "Complete" ? { succeeded: 1 } : { failed: 2 }),
      conditions: [{ type, status: "True", reason, message, lastTransitionTime: this.now }],
    });
    await this.pass(0);
  }

  async deleteJob(name: string): Promise<void> {
    await this.cluster.delete(JOBS, { namespace: "ns", name });
    await this.pass(0);
  }

  /** A pod of a Job, which fails. */
  async failPod(name: string, job: string): Promise<void> {
    const metadata = { namespace: "ns", name, labels: { "job-name": job } };
    await this.cluster.create(PODS, { metadata, spec: { containers: [] } });
    await this.cluster.setStatus(PODS, { namespace: "ns", name }, { phase: "Failed" });
    await this.pass(0);
  }

  /** As the operator notes it, now, after a Job's end. */
  async note(name: string, isSuccessful: boolean): Promise<void> {
    const annotations = {
      [ANNOTATION.lastBackupSuccessful]: String(isSuccessful),
      [ANNOTATION.lastBackupFinishedAt]: this.now,
    };
    await this.#patch(DEV_WORKSPACES, { namespace: "ns", name }, { metadata: { annotations } });
    await this.pass(0);
  }

  /** A tick's end is noted. */
  async tick(): Promise<void> {
    await this.cluster.setStatus(OPERATOR_CONFIGS, CONFIG, { lastBackupTime: this.now });
    await this.pass(0);
  }

  settled(options: Partial<SettleOptions> = {}): Promise<boolean> {
    const limits = { timeoutMs: 600_000, hungAfterMs: 300_000 };
    return this.watch.settled({ ...limits, ...options });
  }

  /** Why it has no backup. */
  miss(name: string) {
    return this.watch.book.get({ namespace: "ns", name })!.miss;
  }

  outcome(name: string) {
    return this.watch.book.get({ namespace: "ns", name })!.outcome;
  }

  /** Server's clock, whole seconds. */
  get now(): string {
    return this.cluster.clock.wallNow().toISOString().replace(/\.\d+/, "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.advance(this.watch[Symbol.asyncDispose]());
    this.cluster[Symbol.dispose]();
  }

  async #say(name: string, status: Readonly<Record<string, unknown>>): Promise<void> {
    const told = { devworkspaceId: `workspace-${name}`, ...status };
    await this.cluster.setStatus(DEV_WORKSPACES, { namespace: "ns", name }, told);
  }

  async #patch(resource: Resource, ref: ObjectRef, body: unknown): Promise<KubeObject> {
    const options = { type: "merge" } as const;
    return (await this.cluster.patch(resource, ref, { body, options })).object;
  }
}
