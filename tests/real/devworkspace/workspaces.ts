/**
 * What do users do with DevWorkspaces and their backups, and what is seen of it? By requests that share
 * no code with what is tested: labels are spelled out.
 * @module
 */

import assert from "node:assert/strict";
import { SystemClock } from "../../../core/load/clock.ts";
import { eventually } from "../../support/eventually.ts";
import type { Answer } from "../api_requests.ts";
import type { ControlPlane } from "../control_plane.ts";
import { CONFIGS } from "./objects.ts";
import { OPERATOR } from "./operator.ts";

const clock = new SystemClock();

const PREFIX = "controller.devfile.io/";
const GROUP = "/apis/workspace.devfile.io/v1alpha2";
const CONFIG = `${CONFIGS}/${OPERATOR.config}`;

export type Storage = "per-workspace" | "ephemeral";

/** Only what tests look at. */
export interface SeenWorkspace {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly phase?: string;
  };
}

export interface SeenCondition {
  readonly type: string;
  readonly status: string;
}

export interface SeenJob {
  readonly metadata: { readonly creationTimestamp: string };
  readonly status?: { readonly conditions?: readonly SeenCondition[] };
}

/** The last outcome as the workspace's annotations tell it. */
export interface Outcome {
  readonly successful?: string;
  readonly "finished-at"?: string;
  readonly error?: string;
}

export interface BackupBlock {
  readonly enable?: boolean;
  readonly schedule?: string;
  readonly backoffLimit?: number;
  readonly registry?: { readonly path: string };
}

/** A path at which backups succeed. */
export const GOOD = "registry.test/user";

/** Workspaces in a namespace of their own; disposing it deletes them and turns backups off. */
export class Workspaces implements AsyncDisposable {
  readonly namespace: string;
  readonly #plane: ControlPlane;

  private constructor(plane: ControlPlane, namespace: string) {
    this.#plane = plane;
    this.namespace = namespace;
  }

  static async in(plane: ControlPlane, namespace: string): Promise<Workspaces> {
    const body = { metadata: { name: namespace } };
    await plane.admin("/api/v1/namespaces", { method: "POST", body });
    return new Workspaces(plane, namespace);
  }

  async create(name: string, options: {
    isStarted?: boolean;
    storage?: Storage;
  } = {}): Promise<void> {
    const { isStarted = true, storage = "per-workspace" } = options;
    if (!isStarted) await untilSecondAfter(await lastTick(this.#plane));
    const volumes = storage === "ephemeral" ? [] : [{ name: "projects", volume: { size: "10Mi" } }];
    await this.#plane.admin(this.#collection, {
      method: "POST",
      body: {
        apiVersion: "workspace.devfile.io/v1alpha2",
        kind: "DevWorkspace",
        metadata: { name, labels: { [`${PREFIX}creator`]: "tester" } },
        spec: {
          started: isStarted,
          routingClass: "basic",
          template: {
            attributes: { [`${PREFIX}storage-type`]: storage },
            components: [{
              name: "dev",
              container: {
                image: "registry.test/dev:1",
                memoryLimit: "64Mi",
                mountSources: true,
                command: ["tail", "-f", "/dev/null"],
              },
            }, ...volumes],
          },
        },
      },
    });
  }

  /** One that was Running and is Stopped. */
  async createStopped(name: string): Promise<void> {
    await this.create(name);
    await this.until(name, "Running");
    await this.stop(name);
  }

  /** Starts it, stops it, and resolves when it is Stopped. */
  async useAgain(name: string): Promise<void> {
    await this.#turn(name, true);
    await this.until(name, "Running");
    await this.stop(name);
  }

  /** Resolves when it is Stopped. */
  async stop(name: string): Promise<void> {
    const { "finished-at": backup = "" } = await this.outcome(name);
    await untilSecondAfter(backup, await lastTick(this.#plane));
    await this.#turn(name, false);
    await this.until(name, "Stopped");
  }

  async get(name: string): Promise<SeenWorkspace> {
    return await this.#plane.admin(`${this.#collection}/${name}`);
  }

  async until(name: string, phase: string): Promise<void> {
    await eventually(`${name} is ${phase}`, async () => {
      const { status } = await this.get(name);
      return status?.phase === phase;
    });
  }

  /** Empty: it has none yet. */
  async outcome(name: string): Promise<Outcome> {
    const { metadata: { annotations = {} } } = await this.get(name);
    const start = `${PREFIX}last-backup-`;
    return Object.fromEntries(
      Object.entries(annotations).filter(([key]) => key.startsWith(start))
        .map(([key, value]) => [key.slice(start.length), value]),
    );
  }

  async untilOutcome(name: string, successful: "true" | "false"): Promise<Outcome> {
    let outcome: Outcome = {};
    await eventually(`the outcome of ${name} is ${successful}`, async () => {
      outcome = await this.outcome(name);
      return outcome.successful === successful;
    });
    return outcome;
  }

  /** All backup Jobs of a workspace that are there, oldest first; they vanish 120 s after their end. */
  async jobs(name: string): Promise<SeenJob[]> {
    const selector = encodeURIComponent(
      `${PREFIX}backup-job=true,${PREFIX}devworkspace_name=${name}`,
    );
    const path = `/apis/batch/v1/namespaces/${this.namespace}/jobs?labelSelector=${selector}`;
    const { items } = await this.#plane.admin<{ items: SeenJob[] }>(path);
    return items.toSorted((a, b) =>
      a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp)
    );
  }

  async untilJobs(name: string, count: number): Promise<SeenJob[]> {
    let jobs: SeenJob[] = [];
    await eventually(`${count} backup Jobs of ${name}`, async () => {
      jobs = await this.jobs(name);
      return jobs.length >= count;
    });
    return jobs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await backUp(this.#plane, null);
    await this.#plane.admin(this.#collection, { method: "DELETE" });
    await eventually(`the end of all workspaces of ${this.namespace}`, async () => {
      const { items } = await this.#plane.admin<{ items: unknown[] }>(this.#collection);
      return items.length === 0;
    });
  }

  async #turn(name: string, started: boolean): Promise<void> {
    const body = { spec: { started } };
    await this.#plane.admin(`${this.#collection}/${name}`, { method: "PATCH", body });
  }

  get #collection(): string {
    return `${GROUP}/namespaces/${this.namespace}/devworkspaces`;
  }
}

/** Merges the block into the operator's configuration, or removes it; the server's answer. */
export async function patchBackup(
  plane: ControlPlane,
  backupCronJob: BackupBlock | null,
): Promise<Answer> {
  const body = { config: { workspace: { backupCronJob } } };
  return await plane.request("admin", CONFIG, { method: "PATCH", body });
}

/** Replaces the whole block. */
export async function backUp(plane: ControlPlane, block: BackupBlock | null): Promise<void> {
  for (const one of block === null ? [null] : [null, block]) {
    const { status, body } = await patchBackup(plane, one);
    assert.equal(status, 200, JSON.stringify(body));
  }
}

/** Turns them on at each second, to a path at which they succeed unless another one is given. */
export async function backUpEachSecond(
  plane: ControlPlane,
  { path = GOOD, backoffLimit }: { path?: string; backoffLimit?: number } = {},
): Promise<void> {
  await backUp(plane, {
    enable: true,
    schedule: "@every 1s",
    ...(backoffLimit === undefined ? {} : { backoffLimit }),
    registry: { path },
  });
}

/** When the last tick's loop ended; undefined: none has yet. */
export async function lastTick(plane: ControlPlane): Promise<string | undefined> {
  const { status } = await plane.admin<{ status?: { lastBackupTime?: string } }>(CONFIG);
  return status?.lastBackupTime;
}

/**
 * What stops in the second in which a tick, or its own backup, has ended has stopped before that, the
 * operator thinks.
 */
async function untilSecondAfter(...times: readonly (string | undefined)[]): Promise<void> {
  const lastMs = Math.max(...times.map((time) => Date.parse(time ?? "") || 0));
  await eventually("the next second", () => clock.wallNow().getTime() >= lastMs + 1_000);
}

/** Resolves when so many ticks have begun and ended from now on. */
export async function untilTicks(plane: ControlPlane, count: number): Promise<void> {
  // One may be under way.
  for (let left = count + 1; left > 0; left--) {
    const before = await lastTick(plane);
    await eventually("a tick", async () => await lastTick(plane) !== before);
  }
}
