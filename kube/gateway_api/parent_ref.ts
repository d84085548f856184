/**
 * To which Gateways does a route ask to be attached, and when are two such references the same one?
 * Source: gateway-api, apis/v1/shared_types.go, ParentReference.
 * @module
 */

import { given } from "../../core/given.ts";
import type { KubeObject } from "../object.ts";
import { elementsOf, type Fields, fieldsOf, integerOf, textOf } from "../fields.ts";
import { GATEWAY_GROUP, GATEWAYS } from "./kinds.ts";

export interface ParentRef {
  /** @default {"gateway.networking.k8s.io"} */
  readonly group?: string;
  /** @default {"Gateway"} */
  readonly kind?: string;
  /** @default {the route's} */
  readonly namespace?: string;
  readonly name: string;
  /** Of one listener; absent: all of them. */
  readonly sectionName?: string;
  /** Of the listeners with this port; absent: with any. */
  readonly port?: number;
}

/** Those of the spec, in its order. */
export function parentRefsOf(route: KubeObject): ParentRef[] {
  return elementsOf(fieldsOf(route["spec"])["parentRefs"]).map(parentRefFrom);
}

/** What is not there is absent from it. */
export function parentRefFrom(fields: Fields): ParentRef {
  const { group, kind, namespace, name, sectionName, port } = fields;
  return {
    name: textOf(name) ?? "",
    ...given({
      // An empty group is the core one, not the default.
      group: typeof group === "string" ? group : undefined,
      kind: textOf(kind),
      namespace: textOf(namespace),
      sectionName: textOf(sectionName),
      port: integerOf(port),
    }),
  };
}

/** The same for references that mean the same: with all defaults, those of a route in `namespace`. */
export function parentKey(ref: ParentRef, namespace: string | undefined): string {
  const { group = GATEWAY_GROUP, kind = GATEWAYS.kind, name, sectionName, port } = ref;
  return JSON.stringify([group, kind, ref.namespace ?? namespace, name, sectionName, port]);
}

/** @param namespace of the route whose references they are */
export function isSameParent(
  one: ParentRef,
  other: ParentRef,
  namespace: string | undefined,
): boolean {
  return parentKey(one, namespace) === parentKey(other, namespace);
}

/** Whether the route's spec asks for this parent, as it is now. */
export function isParentOf(route: KubeObject, ref: ParentRef): boolean {
  const { namespace } = route.metadata;
  return parentRefsOf(route).some((one) => isSameParent(one, ref, namespace));
}

/** Whether the route's spec asks for any listener of this Gateway, as it is now. */
export function isForGateway(
  route: KubeObject,
  gateway: { readonly namespace: string; readonly name: string },
): boolean {
  return parentRefsOf(route).some(({ group, kind, namespace, name }) =>
    isSameParent({ ...given({ group, kind, namespace }), name }, gateway, route.metadata.namespace)
  );
}
