/**
 * The routes of one scene, by their number from 1: names, places, hosts, parents and what the data
 * plane is to answer for each. Makes objects, and sends none.
 * @module
 */

import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import { objectNames } from "../../../kube/owned/object_names.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import type { Question } from "../answers/data_plane.ts";
import type { GatewayValues } from "../flags.ts";
import type { ExpectedAnswer } from "../objects/expected_answer.ts";
import { labelOf, pathOf } from "../objects/hostname.ts";
import { expectedOf, httpRoute, type RouteFields, type RouteTarget } from "../objects/route.ts";
import { simulatedBackend } from "../objects/simulated_cluster.ts";
import { targetOf } from "./backend.ts";
import type { Scene } from "./gateway_probe.ts";
import { parentsOf } from "./parents.ts";
import { placeOf } from "./route_places.ts";
import type { RouteScale } from "./route_scale.ts";

/** One route, and how it is asked about. */
export interface ProbeRoute {
  /** `namespace/name`. */
  readonly key: string;
  readonly fields: RouteFields;
  readonly object: KubeObject;
  readonly host: string;
  readonly expected: ExpectedAnswer;
}

/** How a data plane is asked for it. */
export function questionOf(
  { host, expected: { path } }: ProbeRoute,
): Pick<Question, "host" | "path"> {
  return { host, path };
}

/** Which object it is. */
export function refOf({ namespace, name }: RouteFields): Required<ObjectRef> {
  return { namespace, name };
}

type Placed = Pick<RouteScale, "routes" | "simulated" | "namespaceOf">;

/** See the module. */
export class RouteSet {
  readonly #scene: Pick<Scene, "gateways" | "identity" | "pass">;
  readonly #nameOf: (index: number) => string;
  readonly #runId: string;
  readonly #scale: Placed;
  readonly #values: Pick<GatewayValues, "hostnames" | "backend">;

  constructor(
    scene: Pick<Scene, "gateways" | "identity" | "pass">,
    { scale, values }: { scale: Placed; values: Pick<GatewayValues, "hostnames" | "backend"> },
  ) {
    this.#scene = scene;
    this.#scale = scale;
    this.#values = values;
    this.#nameOf = routeNames(scene);
    this.#runId = passId(scene);
  }

  /** Those that are laid: in front of the simulated cluster, or redirects without one. */
  all(): ProbeRoute[] {
    return Array.from({ length: this.#scale.routes }, (_, index) => this.#route(index + 1));
  }

  /** One more, `index` from 1, which goes to `--backend` or redirects. */
  further(index: number): ProbeRoute {
    return this.#route(this.#scale.routes + index);
  }

  #route(index: number): ProbeRoute {
    const { identity, gateways } = this.#scene;
    const { host, path } = placeOf({ runId: this.#runId, gateways }, {
      label: labelOf(index, this.#values.hostnames),
      path: pathOf(index),
    });
    const namespace = this.#scale.namespaceOf(Math.max(1, Math.min(index, this.#scale.routes)));
    const name = this.#nameOf(index);
    const fields: RouteFields = {
      name,
      namespace,
      labels: ownerLabels(identity),
      hostnames: [host],
      path,
      parents: parentsOf(gateways, index),
      ...this.#aim(index, host),
    };
    const expected = expectedOf(fields);
    return { key: `${namespace}/${name}`, fields, object: httpRoute(fields), host, expected };
  }

  #aim(index: number, host: string): { to: RouteTarget; checked: boolean } {
    const { routes, simulated } = this.#scale;
    if (simulated !== undefined && index <= routes) {
      const { namespace, size: { services } } = simulated;
      return { to: simulatedBackend(index, { namespace, services }), checked: true };
    }
    return { to: targetOf(this.#values, host), checked: false };
  }
}

/** For a probe that lays no number of routes: route `index`, which goes to `--backend` or redirects. */
export function singleRoute(
  scene: Pick<Scene, "gateways" | "identity" | "pass">,
  values: Pick<GatewayValues, "hostnames" | "backend" | "namespace">,
  index = 1,
): ProbeRoute {
  const scale = { routes: 0, simulated: undefined, namespaceOf: () => values.namespace };
  return new RouteSet(scene, { scale, values }).further(index);
}

/** The most routes of one pass, those included that come after all others. */
const MOST_NUMBERED = 1_000_000;

/** Of what a pass makes: nothing of an earlier one is called or reached alike. */
export function passId({ identity: { runId }, pass }: Pick<Scene, "identity" | "pass">): string {
  return pass === 0 ? runId : `${runId}-${pass + 1}`;
}

/** The name of a pass's route by its number. @throws {UsageError} if the run's id gives no names */
export function routeNames(scene: Pick<Scene, "identity" | "pass">): (index: number) => string {
  return objectNames({ runId: passId(scene), highest: MOST_NUMBERED });
}
