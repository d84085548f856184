/**
 * A route that is written again and again, each time with a value that was never there, which its data
 * plane shows. Writes nothing itself.
 * @module
 */

import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import type { ServedRoute } from "../answers/check_served.ts";
import { type ProbeRoute, questionOf, refOf } from "../frame/route_set.ts";
import { expectedOf, httpRoute, type RouteFields } from "../objects/route.ts";

/** See the module. */
export class VersionedRoute {
  readonly key: string;
  readonly ref: Required<ObjectRef>;
  readonly #route: ProbeRoute;
  #tried = 1;
  #written = 1;
  #writes = 1;

  constructor(route: ProbeRoute) {
    this.#route = route;
    this.key = route.key;
    this.ref = refOf(route.fields);
  }

  /** As it is written first. */
  get object(): KubeObject {
    return httpRoute(this.#fieldsOf(1));
  }

  /** How it is asked about as it was written last. */
  get asked(): ServedRoute {
    const fields = this.#fieldsOf(this.#written);
    const expected = expectedOf(fields);
    return { route: this.key, ...questionOf({ ...this.#route, expected }), expected };
  }

  /** The least generation that has been written; a change whose answer was lost may have made another. */
  get generation(): number {
    return this.#writes;
  }

  /** A merge patch to the next version, and what is to be called once that is written. */
  next(): { readonly body: unknown; readonly onWritten: () => void } {
    const version = ++this.#tried;
    const { spec } = httpRoute(this.#fieldsOf(version)) as { readonly spec?: { rules: unknown } };
    return {
      body: { spec: { rules: spec?.rules } },
      onWritten: () => {
        this.#written = version;
        this.#writes++;
      },
    };
  }

  #fieldsOf(version: number): RouteFields {
    const { fields } = this.#route;
    const { to, checked = false } = fields;
    if (to.kind === "redirect" && !checked) {
      return { ...fields, to: { ...to, host: `v${version}.${to.host}` } };
    }
    return { ...fields, checked: true, checkHost: `v${version}.served.example.com` };
  }
}
