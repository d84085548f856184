/**
 * A cluster with an implementation of the Gateway API, both in this process and both at a test's mercy:
 * the program reaches it by a kubeconfig like any other, and the test sees every call before it takes
 * effect, changes what controllers write, cuts the API server off, and ends the controller.
 * @module
 */

import type { StopSignal } from "../../core/command/command.ts";
import { createRng } from "../../core/load/rng.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { type KubeObject, objectKey } from "../../kube/object.ts";
import { HTTP_ROUTES, REFERENCE_GRANTS } from "../../kube/gateway_api/kinds.ts";
import { LEASES } from "../../kube/owned/run_record.ts";
import {
  ENDPOINT_SLICES,
  NAMESPACES,
  type Resource,
  resourcePath,
  SERVICES,
} from "../../kube/resource.ts";
import { SANDBOX_USER } from "../../sandbox/authentication.ts";
import { GatewayStandIn } from "../../sandbox/gateway/gateway_stand_in.ts";
import { parseGatewayFault } from "../../sandbox/gateway/faults/fault_spec.ts";
import { START_NAMESPACE } from "../../sandbox/gateway/start_objects.ts";
import { kubeconfigText } from "../../sandbox/kubeconfig_file.ts";
import type { KubernetesApi } from "../../sandbox/kubernetes/api.ts";
import type { ApiCall } from "../../sandbox/kubernetes/api_state.ts";
import { startApi } from "../../sandbox/sandbox_task.ts";
import { type SandboxServer, startServer } from "../../sandbox/server.ts";
import { run } from "../../program.ts";
import { Kube } from "../sandbox/gateway/gateway_under_test.ts";
import { type Finished, TempDir } from "./scaletool.ts";
import { eventually } from "./eventually.ts";
import { recordingIo } from "./recording_io.ts";
import { TcpForwarder } from "./tcp_forwarder.ts";

const TOKEN = "token";

export interface GatewayClusterOptions {
  /** Of the Gateway API implementation, as they are given. */
  readonly faults?: readonly string[];
  /** What the implementation's controller writes instead of a status that it has made. */
  readonly rewritten?: (object: KubeObject) => KubeObject;
  /** Events that the API server remembers of each resource. */
  readonly historyLimit?: number;
}

export class GatewayCluster implements AsyncDisposable {
  readonly api: KubernetesApi;
  readonly implementation: GatewayStandIn;
  /** Called with `POST /api/v1/namespaces` and the like before it takes effect; clients alone. */
  onCall: (call: string) => void = () => {};
  /** Sends it to the program that {@link GatewayCluster.run} runs. */
  signal: (signal: StopSignal) => void = () => {};
  readonly #server: SandboxServer;
  readonly #dir: TempDir;
  readonly #controller: { isDead: boolean };
  readonly #forwarder: { current: TcpForwarder };

  private constructor(parts: {
    api: KubernetesApi;
    implementation: GatewayStandIn;
    server: SandboxServer;
    dir: TempDir;
    controller: { isDead: boolean };
  }) {
    this.api = parts.api;
    this.implementation = parts.implementation;
    this.#server = parts.server;
    this.#dir = parts.dir;
    this.#controller = parts.controller;
    this.#forwarder = { current: new TcpForwarder(portOf(this.#server.url)) };
    const { caPem, url } = this.#server;
    const forwarded = url.replace(/:\d+\//, `:${this.#forwarder.current.port}/`);
    Deno.writeTextFileSync(
      this.kubeconfig,
      kubeconfigText({ caPem, url: forwarded }, { token: TOKEN }),
    );
  }

  static async start(options: GatewayClusterOptions = {}): Promise<GatewayCluster> {
    const { faults = [], rewritten = (object) => object, historyLimit } = options;
    const clock = new SystemClock();
    const rng = createRng(1);
    let api: KubernetesApi | undefined;
    const told = { onCall: (_: string) => {} };
    const controller = { isDead: false };
    const server = await startServer({
      listen: { hostname: "127.0.0.1", port: 0 },
      token: TOKEN,
      faults: [],
      clock,
      rng,
      createApi: async (at) => {
        const made = api = await startApi({
          ...at,
          clock,
          rng,
          namespaces: [START_NAMESPACE],
          ...(historyLimit === undefined ? {} : { historyLimit }),
        });
        return {
          handle(call) {
            told.onCall(`${call.method} ${call.path}`);
            return made.handle(call);
          },
          [Symbol.dispose]: () => made[Symbol.dispose](),
        };
      },
    });
    const implementation = await GatewayStandIn.start({
      kube: (call) =>
        controller.isDead && isStatusWrite(call)
          ? Promise.resolve(new Response(null, { status: 503 }))
          : api!.handle(withStatus(call, rewritten)),
      clock,
      rng,
      faults: faults.map(parseGatewayFault),
    });
    const dir = new TempDir();
    const cluster = new GatewayCluster({ api: api!, implementation, server, dir, controller });
    told.onCall = (call) => cluster.onCall(call);
    return cluster;
  }

  get kubeconfig(): string {
    return this.#dir.file("kubeconfig");
  }

  /** Asks past all that clients go through. */
  get kube(): Kube {
    return new Kube(this.api);
  }

  /** `ns/name`, or the name alone; none if the kind is not served. */
  async names(resource: Resource): Promise<string[]> {
    const answer = await this.api.handle({
      method: "GET",
      path: resourcePath(resource),
      headers: new Headers(),
      body: "",
      user: SANDBOX_USER,
      signal: new AbortController().signal,
    });
    if (!answer.ok) {
      await answer.body?.cancel();
      return [];
    }
    const { items } = await answer.json() as { items: readonly KubeObject[] };
    return items.map(objectKey);
  }

  /** A new directory for a run. */
  out(name: string = crypto.randomUUID()): string {
    return this.#dir.file(name);
  }

  /** Runs the program in this process, on this cluster. */
  async run(args: readonly string[], { isQuiet = true } = {}): Promise<Finished> {
    const { io, output } = recordingIo();
    const quiet = isQuiet ? ["-q"] : [];
    const code = await run([...args, ...quiet, "--kubeconfig", this.kubeconfig], {
      ...io,
      onStopSignal: (listener) => {
        this.signal = listener;
        return () => this.signal = () => {};
      },
    });
    return { code, ...output };
  }

  /** Runs a command that contacts nothing. */
  async print(args: readonly string[]): Promise<Finished> {
    const { io, output } = recordingIo();
    return { code: await run(args, io), ...output };
  }

  /** Ends the controller and its data plane: from this call on no status is written. */
  killController(): void {
    this.#controller.isDead = true;
    void this.implementation.close();
  }

  /** Nobody reaches the API server until it is let go. */
  cutOff(): void {
    this.#forwarder.current[Symbol.dispose]();
  }

  /** At the same address. */
  async reconnect(): Promise<void> {
    const { port } = this.#forwarder.current;
    // The system may take a moment to give it up.
    await eventually(`port ${port} is free`, () => {
      try {
        this.#forwarder.current = new TcpForwarder(portOf(this.#server.url), { port });
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.AddrInUse) return false;
        throw error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#forwarder.current[Symbol.dispose]();
    await this.implementation.close();
    await this.#server.close();
    await this.#dir[Symbol.asyncDispose]();
  }
}

/** All namespaces, and objects of kinds that gateway probes make. */
export async function objectsIn(cluster: GatewayCluster): Promise<string[]> {
  const kinds = [NAMESPACES, HTTP_ROUTES, REFERENCE_GRANTS, SERVICES, ENDPOINT_SLICES, LEASES];
  const names = await Promise.all(
    kinds.map(async (kind) => (await cluster.names(kind)).map((name) => `${kind.plural} ${name}`)),
  );
  return names.flat().sort();
}

function withStatus(call: ApiCall, rewritten: (object: KubeObject) => KubeObject): ApiCall {
  if (!isStatusWrite(call)) return call;
  return { ...call, body: JSON.stringify(rewritten(JSON.parse(call.body))) };
}

function isStatusWrite({ method, path }: ApiCall): boolean {
  return method === "PUT" && path.endsWith("/status");
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
