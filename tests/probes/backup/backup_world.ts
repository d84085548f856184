/**
 * A cluster with the kinds of the DevWorkspace Operator, all in this process, and an operator that says
 * of workspaces what a test has it say, when the test has it.
 * @module
 */

import { createRng } from "../../../core/load/rng.ts";
import { Run } from "../../../core/run/run.ts";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from "../../../kube/resource.ts";
import type { WorkspaceRef } from "../../../probes/backup/workspaces/workspace_ref.ts";
import { SandboxCluster } from "../../support/sandbox_cluster.ts";
import { TempDir } from "../../support/scaletool.ts";
import { definition } from "../maas/maas_world.ts";

export const NEVER = new AbortController().signal;
export const OPERATOR_NAMESPACE = "openshift-operators";

/** How an operator treats one workspace. */
export interface Treatment {
  /** From its creation to its start's end, and from a stop to its end. */
  readonly startMs: number;
  readonly stopMs: number;
  /** Instead of Running; absent: it runs. */
  readonly failure?: string;
}

const USUAL: Treatment = { startMs: 2_000, stopMs: 1_000 };
const CALL =
  /^(POST|PATCH) \/apis\/workspace\.devfile\.io\/v1alpha2\/namespaces\/([^/]+)\/devworkspaces(?:\/([^?]+))?/;

export class BackupWorld implements AsyncDisposable {
  readonly cluster = new SandboxCluster();
  readonly directory = new TempDir();
  /** Codes and texts of what the run has warned of. */
  readonly warnings: string[] = [];
  readonly facts: string[] = [];
  readonly run: Run = new Run({
    id: "r1",
    clock: this.cluster.clock,
    rng: createRng(1),
    directory: this.directory.path,
    stages: [],
    log: (...records) => {
      for (const record of records) {
        if (record.type !== "warning") continue;
        this.warnings.push(`${record.warning.code}: ${record.warning.message}`);
      }
    },
  });
  /** Undefined: no operator sees it. */
  treat: (name: string) => Treatment | undefined = () => USUAL;
  /** Workspaces in the order in which they came to be so. */
  readonly running: string[] = [];
  readonly stopped: string[] = [];

  static async open(): Promise<BackupWorld> {
    const world = new BackupWorld();
    const { cluster } = world;
    for (const kind of [DEV_WORKSPACES, OPERATOR_CONFIGS]) {
      await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, definition(kind));
    }
    for (const name of [OPERATOR_NAMESPACE, "ws"]) {
      await cluster.create(NAMESPACES, { metadata: { name } });
    }
    cluster.calls.length = 0;
    cluster.after = (call) => world.#operate(call);
    return world;
  }

  /** Lets time pass until it has ended. */
  async advance<T>(promise: Promise<T>, stepMs = 100): Promise<T> {
    let isOver = false;
    promise.finally(() => isOver = true).catch(() => {});
    while (!isOver) await this.cluster.clock.advance(stepMs);
    return await promise;
  }

  undo(): ReturnType<Run["undoAll"]> {
    return this.advance(this.run.undoAll({ signal: NEVER, onLong: () => {} }), 1_000);
  }

  async workspaces(): Promise<readonly KubeObject[]> {
    return (await this.cluster.list(DEV_WORKSPACES)).items;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cluster[Symbol.dispose]();
    await this.directory[Symbol.asyncDispose]();
  }

  /** The operator sees a write, and acts in its own time. */
  async #operate(call: string): Promise<void> {
    const [, method, namespace, patched] = CALL.exec(call) ?? [];
    if (namespace === undefined) return;
    const { items } = await this.cluster.list(DEV_WORKSPACES, { namespace });
    for (const workspace of items) {
      const { name = "" } = workspace.metadata;
      const ref = { namespace, name };
      const { started } = workspace["spec"] as { started: boolean };
      const isNew = workspace["status"] === undefined && method === "POST";
      if (isNew) this.#soon(() => this.#start(ref, started));
      else if (name === patched && !started) this.#soon(() => this.#stop(ref));
    }
  }

  #soon(action: () => Promise<void>): void {
    // A workspace may be gone by then.
    void action().catch(() => {});
  }

  async #start(ref: WorkspaceRef, started: boolean): Promise<void> {
    const treatment = this.treat(ref.name);
    if (treatment === undefined || this.#seen.has(ref.name)) return;
    this.#seen.add(ref.name);
    const { clock } = this.cluster;
    if (!started) return await this.#say(ref, "Stopped", "False");
    await this.#say(ref, "Starting", "True");
    await clock.sleepUntil(clock.now() + treatment.startMs);
    if (treatment.failure !== undefined) {
      return await this.#say(ref, "Failed", "False", treatment.failure);
    }
    await this.#say(ref, "Running", "True");
    this.running.push(ref.name);
  }

  readonly #seen = new Set<string>();

  async #stop(ref: WorkspaceRef): Promise<void> {
    const treatment = this.treat(ref.name);
    if (treatment === undefined || treatment.failure !== undefined) return;
    const { clock } = this.cluster;
    await this.#say(ref, "Stopping", "Unknown");
    await clock.sleepUntil(clock.now() + treatment.stopMs);
    await this.#say(ref, "Stopped", "False", "Workspace is stopped");
    this.stopped.push(ref.name);
  }

  async #say(ref: WorkspaceRef, phase: string, started: string, message = phase): Promise<void> {
    await this.cluster.setStatus(DEV_WORKSPACES, ref, {
      devworkspaceId: `workspace${ref.name}`,
      phase,
      message,
      conditions: [{
        type: "Started",
        status: started,
        reason: "",
        message,
        lastTransitionTime: this.cluster.clock.wallNow().toISOString(),
      }],
    });
  }
}
