/** A stand-in for a Gateway API implementation on real sockets, and short ways to use it. @module */

import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { createRng } from "../../../core/load/rng.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import { GATEWAYS, HTTP_ROUTES, REFERENCE_GRANTS } from "../../../kube/gateway_api/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import {
  apiVersionOf,
  ENDPOINT_SLICES,
  NAMESPACES,
  type Resource,
  resourcePath,
  SERVICES,
} from "../../../kube/resource.ts";
import { SANDBOX_USER } from "../../../sandbox/authentication.ts";
import { KubernetesApi } from "../../../sandbox/kubernetes/api.ts";
import { parseGatewayFault } from "../../../sandbox/gateway/faults/fault_spec.ts";
import { GatewayStandIn } from "../../../sandbox/gateway/gateway_stand_in.ts";
import type { Condition, HttpRoute } from "../../../sandbox/gateway/objects.ts";
import type { GatewaySettings } from "../../../sandbox/gateway/options.ts";
import type { GatewayStatus } from "../../../sandbox/gateway/statuses/gateway_status.ts";
import { eventually } from "../../support/eventually.ts";

export const NAMESPACE = "routes";
export const BACKEND = { name: "backend", namespace: "gateways", port: 80 };

/** What a client gets. */
export interface Answered {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface UnderTestOptions {
  readonly settings?: Partial<GatewaySettings>;
  /** As they are given. */
  readonly faults?: readonly string[];
}

export class GatewayUnderTest implements AsyncDisposable {
  readonly standIn: GatewayStandIn;
  readonly #api: KubernetesApi;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(standIn: GatewayStandIn, api: KubernetesApi) {
    this.standIn = standIn;
    this.#api = api;
  }

  static async start(
    { settings = {}, faults = [] }: UnderTestOptions = {},
  ): Promise<GatewayUnderTest> {
    const clock = new SystemClock();
    const api = new KubernetesApi({ clock, rng: createRng(1) });
    const kube = new Kube(api);
    for (const name of ["gateways", NAMESPACE]) {
      await kube.write("POST", NAMESPACES, { metadata: { name } });
    }
    const standIn = await GatewayStandIn.start({
      kube: (call) => api.handle(call),
      clock,
      rng: createRng(1),
      faults: faults.map(parseGatewayFault),
      settings,
    });
    return new GatewayUnderTest(standIn, api);
  }

  get kube(): Kube {
    return new Kube(this.#api);
  }

  async route(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.kube.write("POST", HTTP_ROUTES, {
      metadata: { name, namespace: NAMESPACE },
      spec: { parentRefs: [PARENT], hostnames: [`${name}.example.com`], rules: [RULE], ...spec },
    });
  }

  async service(name: string, { isReady = true }: { isReady?: boolean } = {}): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    await this.kube.write("POST", SERVICES, { metadata, spec: { ports: [{ port: 80 }] } });
    if (isReady) await this.slice(name);
  }

  async slice(service: string): Promise<void> {
    await this.kube.write("POST", ENDPOINT_SLICES, {
      metadata: {
        name: service,
        namespace: NAMESPACE,
        labels: { "kubernetes.io/service-name": service },
      },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
      ports: [{ port: 80 }],
    });
  }

  /** So that routes may send to the backend that is there from the start. */
  async grant(): Promise<void> {
    await this.kube.write("POST", REFERENCE_GRANTS, {
      metadata: { name: "all", namespace: BACKEND.namespace },
      spec: {
        from: [{ group: HTTP_ROUTES.group, kind: HTTP_ROUTES.kind, namespace: NAMESPACE }],
        to: [{ group: "", kind: "Service" }],
      },
    });
  }

  async remove(name: string): Promise<void> {
    await this.kube.remove(HTTP_ROUTES, { namespace: NAMESPACE, name });
  }

  async seen(name: string): Promise<HttpRoute> {
    return await this.kube.get(HTTP_ROUTES, { namespace: NAMESPACE, name }) as HttpRoute;
  }

  /** Once something is said of it. */
  async told(name: string): Promise<HttpRoute> {
    await eventually(`a status of ${name}`, async () => {
      return (await this.seen(name)).status?.parents !== undefined;
    });
    return await this.seen(name);
  }

  /** What is said of its first parent, by type: `True Accepted`. */
  async conditions(name: string): Promise<Record<string, string>> {
    const { status } = await this.told(name);
    return conditionTexts(status?.parents?.[0]?.conditions ?? []);
  }

  async gateway(name = "sandbox"): Promise<GatewayStatus> {
    const { status } = await this.kube.get(GATEWAYS, { namespace: "gateways", name });
    return status as GatewayStatus;
  }

  async attached(name = "sandbox"): Promise<number | undefined> {
    return (await this.gateway(name)).listeners[0]?.attachedRoutes;
  }

  async eventuallyAttached(count: number, name = "sandbox"): Promise<void> {
    await eventually(`${count} attached`, async () => await this.attached(name) === count);
  }

  /** Over a connection that is kept, unless told otherwise. @param at `host/path` */
  ask(at: string, { gateway = 0, fresh = false } = {}): Promise<Answered> {
    const slash = at.indexOf("/");
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    request({
      host: "127.0.0.1",
      port: this.standIn.ports[gateway]!,
      path: at.slice(slash),
      headers: { host: at.slice(0, slash) },
      agent: fresh ? new Agent() : this.#agent,
    }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text) => body += text).on("error", reject)
        .on("end", () => resolve({ status: answer.statusCode!, body, headers: answer.headers }));
    }).on("error", reject).end();
    return promise;
  }

  async eventuallyAnswers(at: string, status: number): Promise<Answered> {
    let last: Answered | undefined;
    await eventually(`${status} from ${at}`, async () => {
      last = await this.ask(at);
      return last.status === status;
    });
    return last!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await this.standIn.close();
    this.#api[Symbol.dispose]();
  }
}

export const PARENT = { name: "sandbox", namespace: "gateways" };
export const RULE = { backendRefs: [BACKEND] };

export function conditionTexts(conditions: readonly Condition[]): Record<string, string> {
  return Object.fromEntries(
    conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

/** Requests to the API server, which must succeed. */
export class Kube {
  readonly #api: KubernetesApi;

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  async write(method: "POST" | "PUT", resource: Resource, object: KubeObject): Promise<KubeObject> {
    const { namespace = "", name = "" } = object.metadata;
    const path = resourcePath(resource, { namespace, ...(method === "POST" ? {} : { name }) });
    const typed = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
    return await this.#ask(method, path, JSON.stringify(typed));
  }

  /** As a merge patch. */
  async patch(
    resource: Resource,
    { patch, ...at }: { namespace?: string; name: string; subresource?: string; patch: unknown },
  ): Promise<KubeObject> {
    return await this.#ask("PATCH", resourcePath(resource, at), JSON.stringify(patch));
  }

  async get(resource: Resource, at: { namespace: string; name: string }): Promise<KubeObject> {
    return await this.#ask("GET", resourcePath(resource, at));
  }

  async remove(resource: Resource, at: { namespace: string; name: string }): Promise<void> {
    await this.#ask("DELETE", resourcePath(resource, at));
  }

  async #ask(method: string, path: string, body = ""): Promise<KubeObject> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = await this.#api.handle({
      method,
      path,
      headers: new Headers({ "content-type": type }),
      body,
      user: SANDBOX_USER,
      signal: new AbortController().signal,
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  }
}
