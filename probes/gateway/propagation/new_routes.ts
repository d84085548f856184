/**
 * The routes of propagation on one scene, by their number: what is written, how it is asked for, and
 * what the answer is. Makes objects, and sends none.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import type { GatewayValues } from "../flags.ts";
import { targetOf } from "../frame/backend.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { parentOf } from "../frame/parents.ts";
import { passId, type ProbeRoute, routeNames } from "../frame/route_set.ts";
import { domainOf, hostnameOf, pathOf } from "../objects/hostname.ts";
import { propagationRoute } from "../objects/propagation_route.ts";
import { expectedOf, httpRoute, type RouteFields } from "../objects/route.ts";

type NewRoutesValues = Pick<GatewayValues, "namespace" | "hostnames" | "backend">;

/** See the module. */
export class NewRoutes {
  readonly #scene: Pick<Scene, "gateways" | "identity" | "pass">;
  readonly #values: NewRoutesValues;
  readonly #nameOf: (number: number) => string;
  readonly #domain: string;

  constructor(
    scene: Pick<Scene, "gateways" | "identity" | "pass">,
    { values }: { readonly values: NewRoutesValues },
  ) {
    this.#scene = scene;
    this.#values = values;
    this.#nameOf = routeNames(scene);
    this.#domain = domainOf(passId(scene));
  }

  /** One that is waited for. @param number from 1 */
  of(number: number): ProbeRoute {
    const head = this.#headOf(number);
    const to = targetOf(this.#values, head.hostnames[0]);
    // A second rule for a whole host name would answer for routes of others that are yet to come.
    const object = to.kind === "redirect" || this.#values.hostnames === "shared"
      ? httpRoute({ ...head, to })
      : propagationRoute({ ...head, backend: to, missing: `${head.name}-missing` });
    return probeRoute({ ...head, to }, object);
  }

  /** One that is changed meanwhile, as it is after so many changes: it redirects. */
  changed(number: number, changes: number): ProbeRoute {
    const head = this.#headOf(number);
    const fields = {
      ...head,
      to: { kind: "redirect", host: `change-${changes}.${this.#domain}`, status: 302 },
    } as const;
    return probeRoute(fields, httpRoute(fields));
  }

  #headOf(number: number) {
    const { identity, gateways } = this.#scene;
    const { namespace, hostnames } = this.#values;
    return {
      name: this.#nameOf(number),
      namespace,
      labels: ownerLabels(identity),
      hostnames: [hostnameOf(number, hostnames, this.#domain)] as const,
      // The listener that is asked.
      parents: gateways.map((gateway) => parentOf(gateway, gateway.listeners[0]!)),
      path: pathOf(number),
    };
  }
}

function probeRoute(fields: RouteFields, object: KubeObject): ProbeRoute {
  const { namespace, name, hostnames: [host = ""] } = fields;
  return { key: `${namespace}/${name}`, fields, object, host, expected: expectedOf(fields) };
}
