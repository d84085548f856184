/**
 * A cluster with a DevWorkspace Operator on a real socket in the thread of the test, for the program as a
 * process of its own: what the cluster has can be looked at past all faults, a request of the program can
 * be met at a known moment, and the server can go away and come back.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../kube/devworkspace/kinds.ts";
import { collectionPath } from "../../kube/http/call_text.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import { runSelector } from "../../kube/owned/ownership.ts";
import { LEASES } from "../../kube/owned/run_record.ts";
import {
  apiVersionOf,
  JOBS,
  NAMESPACES,
  type Resource,
  resourcePath,
  SECRETS,
} from "../../kube/resource.ts";
import { SANDBOX_USER } from "../../sandbox/authentication.ts";
import { GLOBAL_CONFIG_REF } from "../../sandbox/devworkspace/config.ts";
import type { DevWorkspaceStandIn } from "../../sandbox/devworkspace/dev_workspace_stand_in.ts";
import { REGISTRY_PATH, REGISTRY_SECRET } from "../../sandbox/devworkspace/registry_credentials.ts";
import { startOperator } from "../../sandbox/devworkspace_task.ts";
import { kubeconfigText } from "../../sandbox/kubeconfig_file.ts";
import type { KubernetesApi } from "../../sandbox/kubernetes/api.ts";
import type { ApiCall } from "../../sandbox/kubernetes/api_state.ts";
import { startApi } from "../../sandbox/sandbox_task.ts";
import { type SandboxServer, startServer } from "../../sandbox/server.ts";
import { TempDir } from "./scaletool.ts";
import { TcpForwarder } from "./tcp_forwarder.ts";

const TOKEN = "test";
const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

/** A request that the program has sent. */
export interface SentCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

interface Gate {
  readonly isMeant: (call: SentCall) => boolean;
  readonly reached: PromiseWithResolvers<void>;
  /** Its answer does not come before its client is gone. */
  readonly isHeld: boolean;
}

export interface ClusterOptions {
  /** As `--sandbox-fault` takes them: those around the operator. */
  readonly faults?: readonly string[];
}

/** See the module. */
export class DevWorkspaceCluster implements AsyncDisposable {
  readonly clock = new SystemClock();
  readonly #dir = new TempDir();
  readonly #gates = new Set<Gate>();
  #server!: SandboxServer;
  /** In front of it. */
  #forwarder!: TcpForwarder;
  #api!: KubernetesApi;
  #operator!: DevWorkspaceStandIn;

  private constructor() {}

  static async start({ faults = [] }: ClusterOptions = {}): Promise<DevWorkspaceCluster> {
    const made = new DevWorkspaceCluster();
    const { clock } = made;
    const rng = createRng(7);
    made.#api = await startApi({
      ...{ ...LOOPBACK, caPem: "", clock, rng, namespaces: [] },
      tracksManagers: false,
    });
    await made.#listen();
    const profile = "0.42.0";
    const options = { token: TOKEN, faults, profile, registryPath: REGISTRY_PATH } as const;
    const handler = (call: ApiCall) => made.#api.handle(call);
    made.#operator = await startOperator(handler, options, { clock, rng });
    return made;
  }

  /** Names it for the program. */
  get kubeconfig(): string {
    return `${this.#dir.path}/kubeconfig`;
  }

  /** What `backup run` has to be told of it; its schedule is one of seconds. */
  get backupFlags(): string[] {
    return [
      ...["--kubeconfig", this.kubeconfig, "--dwo-namespace", GLOBAL_CONFIG_REF.namespace],
      ...["--registry-path", REGISTRY_PATH, "--registry-secret", REGISTRY_SECRET],
      ...["--backup-schedule", "@every 2s", "--ignore-unrecoverable-events", "FailedScheduling"],
    ];
  }

  get operator(): DevWorkspaceStandIn {
    return this.#operator;
  }

  async #listen(): Promise<void> {
    this.#server = await startServer({
      ...{ token: TOKEN, faults: [], clock: this.clock, rng: createRng(1) },
      listen: LOOPBACK,
      createApi: () =>
        Promise.resolve({ handle: (call) => this.#meet(call), [Symbol.dispose]() {} }),
    });
    const { url, caPem } = this.#server;
    this.#forwarder = new TcpForwarder(Number(new URL(url).port));
    const at = Object.assign(new URL(url), { port: String(this.#forwarder.port) }).href;
    Deno.writeTextFileSync(this.kubeconfig, kubeconfigText({ url: at, caPem }, { token: TOKEN }));
  }

  /** Connections break, and nobody listens until it is {@link back}; the cluster itself goes on. */
  away(): void {
    this.#forwarder[Symbol.dispose]();
  }

  /** At the same address. */
  back(): void {
    const target = Number(new URL(this.#server.url).port);
    this.#forwarder = new TcpForwarder(target, { port: this.#forwarder.port });
  }

  /** Resolves when such a request has arrived and was answered for. */
  reached(isMeant: Gate["isMeant"]): Promise<void> {
    return this.#gate(isMeant, { isHeld: false });
  }

  /** As {@link reached}, but its client hears nothing. */
  held(isMeant: Gate["isMeant"]): Promise<void> {
    return this.#gate(isMeant, { isHeld: true });
  }

  #gate(isMeant: Gate["isMeant"], { isHeld }: Pick<Gate, "isHeld">): Promise<void> {
    const reached = Promise.withResolvers<void>();
    this.#gates.add({ isMeant, reached, isHeld });
    return reached.promise;
  }

  async get(resource: Resource, ref: ObjectRef): Promise<KubeObject> {
    return await this.#ask("GET", resourcePath(resource, ref)) as KubeObject;
  }

  async list(resource: Resource, labelSelector = ""): Promise<KubeObject[]> {
    const path = collectionPath(resource, labelSelector === "" ? {} : { labelSelector });
    return (await this.#ask("GET", path) as { items: KubeObject[] }).items;
  }

  async create(resource: Resource, object: KubeObject): Promise<void> {
    const { namespace } = object.metadata;
    const path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    await this.#ask("POST", path, {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      ...object,
    });
  }

  async delete(resource: Resource, ref: ObjectRef): Promise<void> {
    await this.#ask("DELETE", resourcePath(resource, ref));
  }

  /** What the operator's configuration says, and the labels of its registry Secret. */
  async configuration(): Promise<unknown> {
    const { config } = await this.get(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF);
    const { namespace } = GLOBAL_CONFIG_REF;
    const { metadata } = await this.get(SECRETS, { namespace, name: REGISTRY_SECRET });
    return { config, labels: metadata.labels };
  }

  /** `KIND namespace/name` of all that a run has left, its record too. */
  async leftOf(runId: string): Promise<string[]> {
    const left: string[] = [];
    for (const kind of [DEV_WORKSPACES, NAMESPACES, SECRETS, LEASES]) {
      for (const { metadata } of await this.list(kind, runSelector(runId))) {
        left.push(`${kind.kind} ${metadata.namespace ?? ""}/${metadata.name}`);
      }
    }
    for (const { metadata } of await this.list(JOBS)) {
      left.push(`Job ${metadata.namespace}/${metadata.name}`);
    }
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#operator?.close();
    this.#forwarder[Symbol.dispose]();
    await this.#server.close();
    this.#api[Symbol.dispose]();
    await this.#dir[Symbol.asyncDispose]();
  }

  async #meet(call: ApiCall): Promise<Response> {
    const answer = await this.#api.handle(call);
    for (const gate of this.#gates) {
      if (!gate.isMeant(call)) continue;
      this.#gates.delete(gate);
      gate.reached.resolve();
      if (gate.isHeld) await aborted(call.signal);
    }
    return answer;
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#api.handle({
      ...{ method, path, user: SANDBOX_USER, signal: new AbortController().signal },
      headers: new Headers({ "content-type": "application/json", accept: "application/json" }),
      body: body === undefined ? "" : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Requests by which it is known how far a run of backup is. */
export const MOMENT = {
  load: ({ method, path, body }: SentCall) =>
    method === "POST" && /\/devworkspaces(?:\?|$)/.test(path) && body.includes('"started":true'),
  stop: ({ method, path }: SentCall) => method === "PATCH" && path.includes("/devworkspaces/"),
  configure: (call: SentCall) => isChange(call, "add"),
  restore: ({ method, path }: SentCall) =>
    method === "DELETE" && /\/devworkspaces\/[^?]*-[1-9]\d*(?:\?|$)/.test(path),
  giveBack: (call: SentCall) => isChange(call, "remove"),
} as const;

/** Of what the operator's configuration says about backups. */
function isChange({ method, path, body }: SentCall, op: "add" | "remove"): boolean {
  return method === "PATCH" && path.includes("/devworkspaceoperatorconfigs/") &&
    !path.includes("dryRun") &&
    body.includes(`{"op":"${op}","path":"/config/workspace/backupCronJob"`);
}
