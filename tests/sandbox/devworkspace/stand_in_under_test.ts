/** A stand-in for the DevWorkspace Operator on a clock that stands still, and short ways to use it. @module */

import assert from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import type { BackupCronJob } from "../../../kube/devworkspace/operator_config.ts";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { ATTRIBUTE, LABEL } from "../../../kube/devworkspace/words.ts";
import { workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import {
  apiVersionOf,
  JOBS,
  NAMESPACES,
  type Resource,
  resourcePath,
} from "../../../kube/resource.ts";
import { SANDBOX_USER } from "../../../sandbox/authentication.ts";
import { GLOBAL_CONFIG_REF } from "../../../sandbox/devworkspace/config.ts";
import {
  DevWorkspaceStandIn,
  type DevWorkspaceStandInOptions,
} from "../../../sandbox/devworkspace/dev_workspace_stand_in.ts";
import { KubernetesApi, type KubernetesApiOptions } from "../../../sandbox/kubernetes/api.ts";
import type { Asker } from "../../conformance/subject.ts";
import { FakeClock } from "../../support/fake_clock.ts";

export const NAMESPACE = "ns";
export const GOOD_REGISTRY = "registry.test/user";

export interface WorkspaceTraits {
  readonly started?: boolean;
  /** @default per-workspace */
  readonly storage?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
}

export class StandInUnderTest implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly api: KubernetesApi;
  #standIn: DevWorkspaceStandIn | undefined;

  private constructor(apiOptions: Partial<KubernetesApiOptions>) {
    this.api = new KubernetesApi({ clock: this.clock, rng: createRng(1), ...apiOptions });
  }

  static async start(
    options: Partial<DevWorkspaceStandInOptions> = {},
    apiOptions: Partial<KubernetesApiOptions> = {},
  ): Promise<StandInUnderTest> {
    const test = new StandInUnderTest(apiOptions);
    const { api, clock } = test;
    const kube = (call: Parameters<typeof api.handle>[0]) => api.handle(call);
    test.#standIn = await DevWorkspaceStandIn.start({ kube, clock, rng: createRng(2), ...options });
    await test.create(NAMESPACES, { metadata: { name: NAMESPACE } });
    return test;
  }

  get standIn(): DevWorkspaceStandIn {
    return this.#standIn!;
  }

  /** For suites that ask real servers as well. */
  readonly asker: Asker = {
    ask: async (path, { method = "GET", body, contentType } = {}) => {
      const answer = await this.#ask(method, path, body, contentType);
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    },
  };

  async create(resource: Resource, object: KubeObject): Promise<KubeObject> {
    const { namespace } = object.metadata;
    const path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return await this.#send("POST", path, body) as KubeObject;
  }

  async get(resource: Resource, ref: ObjectRef): Promise<KubeObject> {
    return await this.#send("GET", resourcePath(resource, ref)) as KubeObject;
  }

  async list(resource: Resource, at: { namespace?: string } = {}): Promise<KubeObject[]> {
    return (await this.#send("GET", resourcePath(resource, at)) as { items: KubeObject[] }).items;
  }

  async patch(resource: Resource, ref: ObjectRef, patch: unknown): Promise<void> {
    await this.#send("PATCH", resourcePath(resource, ref), patch);
  }

  async remove(resource: Resource, ref: ObjectRef): Promise<void> {
    await this.#send("DELETE", resourcePath(resource, ref));
  }

  async createWorkspace(name: string, traits: WorkspaceTraits = {}): Promise<void> {
    const { started = true, storage = "per-workspace", attributes = {} } = traits;
    const { namespace = NAMESPACE } = traits;
    await this.create(DEV_WORKSPACES, {
      metadata: { namespace, name },
      spec: {
        started,
        template: {
          attributes: { [ATTRIBUTE.storageType]: storage, ...attributes },
          components: [
            { name: "dev", container: { image: "tools", memoryLimit: "64Mi" } },
            ...(storage === "ephemeral" ? [] : [{ name: "projects", volume: { size: "10Mi" } }]),
          ],
        },
      },
    });
  }

  async setStarted(name: string, started: boolean): Promise<void> {
    await this.patch(DEV_WORKSPACES, { namespace: NAMESPACE, name }, { spec: { started } });
  }

  async status(name: string) {
    return workspaceStatusOf(await this.get(DEV_WORKSPACES, { namespace: NAMESPACE, name }));
  }

  async phase(name: string): Promise<string | undefined> {
    return (await this.status(name)).phase;
  }

  /** Running, then stopped. */
  async createStopped(names: readonly string[], traits: WorkspaceTraits = {}): Promise<void> {
    for (const name of names) await this.createWorkspace(name, traits);
    await this.clock.advance(10_000);
    for (const name of names) assert.equal(await this.phase(name), "Running", name);
    for (const name of names) await this.setStarted(name, false);
    await this.clock.advance(10_000);
    for (const name of names) assert.equal(await this.phase(name), "Stopped", name);
  }

  /** Null takes the block away. */
  async configure(backupCronJob: Partial<BackupCronJob> | null): Promise<void> {
    await this.patch(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF, {
      config: {
        workspace: {
          backupCronJob: backupCronJob &&
            {
              enable: true,
              schedule: "@every 60s",
              registry: { path: GOOD_REGISTRY },
              ...backupCronJob,
            },
        },
      },
    });
    await this.clock.advance(0);
  }

  /** Of one workspace, the oldest first. */
  async jobs(workspace: string): Promise<KubeObject[]> {
    return (await this.list(JOBS)).filter(({ metadata: { labels = {} } }) =>
      labels[LABEL.workspaceName] === workspace
    );
  }

  async text(path: string): Promise<{ status: number; text: string }> {
    const answer = await this.#ask("GET", path);
    return { status: answer.status, text: await answer.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.standIn.close();
    this.api[Symbol.dispose]();
    await this.clock.settle();
    assert.equal(this.clock.sleeperCount, 0, "nothing waits any more");
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#ask(method, path, body);
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  }

  #ask(
    method: string,
    path: string,
    body?: unknown,
    type = method === "PATCH" ? "application/merge-patch+json" : "application/json",
  ): Promise<Response> {
    return this.api.handle({
      method,
      path,
      headers: new Headers({ "content-type": type }),
      body: body === undefined ? "" : JSON.stringify(body),
      user: SANDBOX_USER,
      signal: new AbortController().signal,
    });
  }
}
