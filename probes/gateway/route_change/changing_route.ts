/**
 * The route that route-change changes, as it is after each change: what is written, and by what an
 * answer tells which change it is of. Makes objects, and sends none.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import type { Answer, Expected } from "../answers/answer.ts";
import { parseServiceRef } from "../frame/gateway_ref.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { parentOf } from "../frame/parents.ts";
import { passId, routeNames } from "../frame/route_set.ts";
import { CHANGE_HEADER, changingRoute } from "../objects/changing_route.ts";
import { domainOf } from "../objects/hostname.ts";
import { httpRoute, type RouteHead } from "../objects/route.ts";
import type { RouteChangePlan } from "./plan.ts";

const REDIRECTED = 302;
const WHOLE_NUMBER = /^\d+$/;

/** See the module. */
export class ChangingRoute {
  readonly path = "/";
  readonly host: string;
  /** `namespace/name`. */
  readonly key: string;
  readonly ref: { readonly namespace: string; readonly name: string };
  readonly #domain: string;
  readonly #head: RouteHead;
  readonly #plan: Pick<RouteChangePlan, "change" | "values">;

  constructor(
    scene: Pick<Scene, "gateways" | "identity" | "pass">,
    plan: Pick<RouteChangePlan, "change" | "values">,
  ) {
    const { values: { namespace } } = plan;
    const name = routeNames(scene)(1);
    this.#plan = plan;
    this.#domain = domainOf(passId(scene));
    this.host = `changing.${this.#domain}`;
    this.key = `${namespace}/${name}`;
    this.ref = { namespace, name };
    this.#head = {
      name,
      namespace,
      labels: ownerLabels(scene.identity),
      hostnames: [this.host],
      // The listener that is asked.
      parents: scene.gateways.map((gateway) => parentOf(gateway, gateway.listeners[0]!)),
    };
  }

  /** As it is after so many changes; 0: as it is made. */
  after(changes: number): KubeObject {
    const { change, values: { backend, "alternate-port": alternate } } = this.#plan;
    if (change === "redirect") {
      const host = `change-${changes}.${this.#domain}`;
      const to = { kind: "redirect", host, status: REDIRECTED } as const;
      return httpRoute({ ...this.#head, path: this.path, to });
    }
    const { namespace, name: service, port } = parseServiceRef(backend!);
    const ports = change === "port" ? [port, alternate!] as const : [port] as const;
    return changingRoute(
      { ...this.#head, service: { service, namespace }, ports: [...ports] },
      changes,
    );
  }

  /** Of an answer, before it is asked which change it is of. */
  get expected(): Expected {
    return { status: this.#plan.change === "redirect" ? REDIRECTED : 200 };
  }

  /** The number of the change that an answer is of; undefined: it is none of the route's. */
  changeOf(answer: Answer): number | undefined {
    if (answer.kind === "failed" || answer.status !== this.expected.status) return undefined;
    const text = this.#plan.change === "redirect"
      ? this.#changeIn(answer.location)
      : answer.headers.get(CHANGE_HEADER);
    return text !== undefined && WHOLE_NUMBER.test(text) ? Number(text) : undefined;
  }

  #changeIn(location: string | undefined): string | undefined {
    if (location === undefined || !URL.canParse(location)) return undefined;
    const [, change, domain] = /^change-(\d+)\.(.*)$/.exec(new URL(location).hostname) ?? [];
    return domain === this.#domain ? change : undefined;
  }
}
