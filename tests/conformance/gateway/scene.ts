/**
 * What does a behaviour of the suite have at hand? Routes of its own on the subject's Gateway, what is
 * said of them as a watch tells it, and what the data plane answers. It takes its routes away at its
 * end, so that the next one begins without any.
 * @module
 */

import assert from "node:assert/strict";
import type { Agent } from "node:http";
import { SystemClock } from "../../../core/load/clock.ts";
import { createRng } from "../../../core/load/rng.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { GATEWAYS, HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { ObjectWatch, type ObjectWrite } from "../../../kube/watch/object_watch.ts";
import { askHttp, type HttpAnswer } from "../../support/http_answer.ts";
import { ask, eventually, get, patch, post } from "../asking.ts";
import {
  gatewaysOf,
  type GatewayStatus,
  type ListenerStatus,
  type ParentStatus,
  routeObject,
  routesOf,
  type RouteSpec,
  said,
  type SeenGateway,
  type SeenRoute,
} from "./route_objects.ts";
import type { GatewaySubject } from "./subject.ts";

/** Nothing takes so long, on however busy a machine. */
const HANGING_MS = 60_000;
const CLEAN_UP_AT_ONCE = 8;

/** All of a route that is not as it usually is. */
export interface RouteOptions extends Partial<RouteSpec> {
  /** The Gateway's unless given. */
  readonly namespace?: string;
}

/** Conditions of one parent in a route's status, as `{ Accepted: "True/Accepted" }`. */
export type Said = Readonly<Record<string, string>>;

export class Scene implements AsyncDisposable {
  /** Different for each behaviour: in names of objects and of hosts. */
  readonly id: string;
  /** Writes of Gateways and of routes that were seen, in their order. */
  readonly gatewayWrites: ObjectWrite[] = [];
  readonly routeWrites: ObjectWrite[] = [];
  readonly #subject: GatewaySubject;
  readonly #namespaces = new Map<string, string>();
  #gateways!: ObjectWatch;
  #routes!: ObjectWatch;

  private constructor(subject: GatewaySubject, id: string) {
    this.#subject = subject;
    this.id = id;
  }

  static async open(subject: GatewaySubject, id: string): Promise<Scene> {
    const scene = new Scene(subject, id);
    const watch = async (resource: typeof GATEWAYS, writes: ObjectWrite[]) =>
      await ObjectWatch.open(subject.cluster, {
        resource,
        clock: new SystemClock(),
        rng: createRng(1),
        onWrite: (write) => writes.push(write),
      });
    scene.#gateways = await watch(GATEWAYS, scene.gatewayWrites);
    scene.#routes = await watch(HTTP_ROUTES, scene.routeWrites);
    return scene;
  }

  /** A host name of this behaviour's own. */
  host(name: string): string {
    return `${name}.${this.id}.example.com`;
  }

  /** Makes a route from the host of the same name to the subject's backend. */
  async route(name: string, options: RouteOptions = {}): Promise<void> {
    const { gateway, backend } = this.#subject;
    const { namespace = gateway.namespace, ...spec } = options;
    this.#namespaces.set(name, namespace);
    await post(
      this.#subject,
      routesOf(namespace),
      routeObject(this.#nameOf(name), {
        parents: [gateway],
        hosts: [this.host(name)],
        backend: { name: backend.name, port: backend.ports[0] },
        ...spec,
      }),
    );
  }

  async patchRoute(name: string, body: unknown): Promise<void> {
    await patch(this.#subject, this.#pathOf(name), { body });
  }

  /** Absent is fine. */
  async remove(name: string): Promise<void> {
    await ask(this.#subject, this.#pathOf(name), { method: "DELETE" });
    this.#namespaces.delete(name);
  }

  /** A Service in the Gateway's namespace; its name. */
  async service(name: string, body: { spec: unknown; annotations?: unknown }): Promise<string> {
    const { spec, annotations } = body;
    const full = this.#nameOf(name);
    const path = `/api/v1/namespaces/${this.#subject.gateway.namespace}/services`;
    await post(this.#subject, path, { metadata: { name: full, annotations }, spec });
    return full;
  }

  /** As a read has it now. */
  async readRoute(name: string): Promise<SeenRoute> {
    return await get(this.#subject, this.#pathOf(name)) as unknown as SeenRoute;
  }

  async readGateway(): Promise<SeenGateway> {
    return await get(this.#subject, this.gatewayPath) as unknown as SeenGateway;
  }

  get gatewayPath(): string {
    const { namespace, name } = this.#subject.gateway;
    return `${gatewaysOf(namespace)}/${name}`;
  }

  /** As the watch has it now. */
  get gateway(): SeenGateway {
    const { namespace, name } = this.#subject.gateway;
    return this.#gateways.get(`${namespace}/${name}`) as unknown as SeenGateway;
  }

  get listener(): ListenerStatus | undefined {
    return listenerOf(this.gateway, this.#subject.listener);
  }

  /** What all writes of the subject's Gateway that were seen made of its status. */
  get ownWrites(): GatewayStatus[] {
    const { gateway } = this.#subject;
    return this.gatewayWrites.filter(({ after: { metadata } }) =>
      metadata.namespace === gateway.namespace && metadata.name === gateway.name
    ).map(({ after }) => (after as SeenGateway).status!);
  }

  /** The counts in them. */
  get counts(): (number | undefined)[] {
    const { listener } = this.#subject;
    return this.ownWrites.map((status) => listenerOf({ status }, listener)?.attachedRoutes);
  }

  async untilCounted(count: number): Promise<void> {
    await this.untilGateway(
      `attachedRoutes is ${count}`,
      () => this.listener?.attachedRoutes === count,
    );
  }

  async untilGateway(what: string, condition: () => boolean): Promise<void> {
    await this.#gateways.until(() => condition() || undefined, { timeoutMs: HANGING_MS, what });
  }

  /** Until a status that is written has another time than the Gateway's: they are whole seconds. */
  async untilOtherSecond(): Promise<void> {
    const clock = new SystemClock();
    const times = this.gateway.status!.conditions!.map(({ lastTransitionTime }) =>
      Date.parse(lastTransitionTime)
    );
    await eventually(
      "another second",
      () => clock.wallNow().getTime() >= Math.max(...times) + 1_000,
    );
  }

  async untilRoute(name: string, what: string, condition: (route: SeenRoute) => boolean) {
    await this.#routes.until(() => {
      const route = this.#routes.get(`${this.#namespaces.get(name)}/${this.#nameOf(name)}`);
      return route !== undefined && condition(route as unknown as SeenRoute) || undefined;
    }, { timeoutMs: HANGING_MS, what: `${what}, for route ${name}` });
  }

  /** Until the watch has this state of a route that was made without the scene. */
  async untilWritten(name: string, resourceVersion: string): Promise<void> {
    const key = `${this.#subject.gateway.namespace}/${name}`;
    await this.#routes.until(
      () => this.#routes.get(key)?.metadata.resourceVersion === resourceVersion || undefined,
      { timeoutMs: HANGING_MS, what: `${key} is at ${resourceVersion}` },
    );
  }

  /** Until the controller says this of the route as it is now. */
  async untilSaid(name: string, expected: Said): Promise<void> {
    await this.untilRoute(name, `it says ${JSON.stringify(expected)}`, (route) => {
      const entry = this.entryOf(route);
      return entry !== undefined &&
        entry.conditions.every(({ observedGeneration }) =>
          observedGeneration === route.metadata.generation
        ) &&
        Object.entries(expected).every(([type, text]) => said(entry.conditions, type) === text);
    });
  }

  /** What the subject says of its own Gateway in a route. */
  entryOf(route: SeenRoute): ParentStatus | undefined {
    const { controllerName, gateway } = this.#subject;
    return route.status?.parents.find((parent) =>
      parent.controllerName === controllerName && parent.parentRef.name === gateway.name
    );
  }

  /** One question, on a fresh connection unless an agent has one. */
  async ask(host: string, agent?: Agent): Promise<HttpAnswer> {
    const { address, port } = this.#subject;
    return await askHttp({ address, port, host, ...(agent === undefined ? {} : { agent }) });
  }

  /** Until the data plane answers so. */
  async untilAnswers(host: string, outcome: number | string): Promise<HttpAnswer> {
    let last: HttpAnswer | undefined;
    await eventually(`${outcome} for ${host}`, async () => {
      last = await this.ask(host);
      return last.outcome === outcome;
    });
    return last!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = [...this.#namespaces.keys()];
    await eachAtMost(names, (name) => this.remove(name), { limit: CLEAN_UP_AT_ONCE });
    try {
      await this.untilCounted(0);
    } finally {
      await this.#gateways[Symbol.asyncDispose]();
      await this.#routes[Symbol.asyncDispose]();
    }
  }

  #nameOf(name: string): string {
    return `${this.id}-${name}`;
  }

  #pathOf(name: string): string {
    const namespace = this.#namespaces.get(name);
    assert.ok(namespace !== undefined, `there is no route ${name}`);
    return `${routesOf(namespace)}/${this.#nameOf(name)}`;
  }
}

export function listenerOf(gateway: SeenGateway, name: string): ListenerStatus | undefined {
  return gateway.status?.listeners?.find((listener) => listener.name === name);
}
