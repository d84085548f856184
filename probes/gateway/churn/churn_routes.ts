/**
 * The routes and Services of churn on one scene: those that are there all the time, the stable one, the
 * two that lead nowhere, and those of each cycle. Makes objects, and sends none.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { parentOf } from "../frame/parents.ts";
import { passId, type ProbeRoute, RouteSet } from "../frame/route_set.ts";
import { expectedOf, httpRoute, type RouteFields } from "../objects/route.ts";
import { SIMULATED_PORT, simulatedService, simulatedSlice } from "../objects/simulated_cluster.ts";
import type { ChurnPlan } from "./churn_plan.ts";

/** A route, and the Service that it leads to. */
export interface ServiceAndRoute {
  readonly service: KubeObject;
  readonly route: ProbeRoute;
}

/** What one cycle makes. */
export interface Cycle extends ServiceAndRoute {
  readonly number: number;
  readonly slice: KubeObject;
}

/** Their endpoints have addresses that those of simulated Services do not come to. */
const FIRST_ENDPOINTS = 200_000;
/** Of routes beside those that are laid. */
const STABLE = 1;
const DANGLING = 2;
const EMPTY = 3;
const FIRST_CYCLE = 4;

/** See the module. */
export class ChurnRoutes {
  readonly #scene: Pick<Scene, "gateways" | "identity" | "pass">;
  readonly #namespace: string;
  readonly #routes: RouteSet;

  constructor(
    scene: Pick<Scene, "gateways" | "identity" | "pass">,
    plan: Pick<ChurnPlan, "scale" | "values">,
  ) {
    this.#scene = scene;
    this.#namespace = plan.values.namespace;
    this.#routes = new RouteSet(scene, plan);
  }

  laid(): ProbeRoute[] {
    return this.#routes.all();
  }

  /** Leads to `--backend`, or redirects. */
  stable(): ProbeRoute {
    const { fields } = this.#routes.further(STABLE);
    return this.#routeOf(fields);
  }

  /** Leads to a Service that is not there. */
  dangling(): ProbeRoute {
    return this.#routeTo(this.#serviceNameOf(DANGLING), DANGLING);
  }

  /** Leads to a Service without endpoints. */
  empty(): ServiceAndRoute {
    const service = this.#service(EMPTY);
    return { service, route: this.#routeTo(service.metadata.name!, EMPTY) };
  }

  /** Leads to endpoints that nobody can reach: it is asked about by a rule that redirects. @param number from 1 */
  cycle(number: number): Cycle {
    const index = FIRST_CYCLE + number - 1;
    const service = this.#service(index);
    const name = service.metadata.name!;
    const slice = simulatedSlice(FIRST_ENDPOINTS + index, { ...this.#place, name });
    const { fields } = this.#routeTo(name, index);
    return { number, service, slice, route: this.#routeOf({ ...fields, checked: true }) };
  }

  get #place() {
    return { namespace: this.#namespace, labels: ownerLabels(this.#scene.identity) };
  }

  /** Begins with a letter, and has room for ten million behind the longest id of a run. */
  #serviceNameOf(index: number): string {
    return `s-${passId(this.#scene).replaceAll(".", "-")}-${index}`;
  }

  #service(index: number): KubeObject {
    return simulatedService(index, { ...this.#place, name: this.#serviceNameOf(index) });
  }

  #routeTo(service: string, index: number): ProbeRoute {
    const { fields } = this.#routes.further(index);
    const namespace = this.#namespace;
    const to = { kind: "backend", service, namespace, port: SIMULATED_PORT } as const;
    return this.#routeOf({ ...fields, namespace, to });
  }

  /** At the listeners that are asked. */
  #routeOf(given: RouteFields): ProbeRoute {
    const { gateways } = this.#scene;
    const parents = gateways.map((gateway) => parentOf(gateway, gateway.listeners[0]!));
    const fields = { ...given, parents };
    const { namespace, name, hostnames: [host = ""] } = fields;
    const [object, expected] = [httpRoute(fields), expectedOf(fields)];
    return { key: `${namespace}/${name}`, fields, object, host, expected };
  }
}
