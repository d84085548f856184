/**
 * Is a policy about a Gateway: directly, or by a route that asks to be attached to it? And which are
 * not to be changed by hand, because something else writes them?
 * Source: Gateway API, GEP-713 (LocalPolicyTargetReferenceWithSectionName).
 * @module
 */

import { given } from "../../core/given.ts";
import { elementsOf, fieldsOf, textOf } from "../fields.ts";
import { GATEWAY_GROUP, GATEWAYS, HTTP_ROUTES } from "../gateway_api/kinds.ts";
import { isForGateway } from "../gateway_api/parent_ref.ts";
import { type KubeObject, objectKey } from "../object.ts";

/** What a policy is attached to, in its own namespace. */
export interface PolicyTarget {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** A listener of the Gateway, or a rule of the route; absent: all of it. */
  readonly sectionName?: string;
}

/** The Gateway, and all routes that could be attached to it. */
export interface GatewayPlace {
  readonly gateway: { readonly namespace: string; readonly name: string };
  readonly routes: readonly KubeObject[];
}

/** A model as policies name it. */
export interface ModelRef {
  readonly namespace: string | undefined;
  readonly name: string;
}

const MANAGED_BY = "app.kubernetes.io/managed-by";
/** Generates policies from subscriptions, and writes over what others change of them. */
const MAAS_CONTROLLER = "maas-controller";
const MODEL = "maas.opendatahub.io/model";
const MODEL_NAMESPACE = "maas.opendatahub.io/model-namespace";
/** With another value than `false` its owner writes over what others change. */
const MANAGED = "opendatahub.io/managed";

export function policyTargetOf(policy: KubeObject): PolicyTarget {
  const { group, kind, name, sectionName } = fieldsOf(fieldsOf(policy["spec"])["targetRef"]);
  return {
    group: textOf(group) ?? "",
    kind: textOf(kind) ?? "",
    name: textOf(name) ?? "",
    ...given({ sectionName: textOf(sectionName) }),
  };
}

/** Whether requests to the Gateway can meet it. */
export function concernsGateway(policy: KubeObject, { gateway, routes }: GatewayPlace): boolean {
  const { group, kind, name } = policyTargetOf(policy);
  const { namespace } = policy.metadata;
  if (group !== GATEWAY_GROUP) return false;
  if (kind === GATEWAYS.kind) return name === gateway.name && namespace === gateway.namespace;
  if (kind !== HTTP_ROUTES.kind) return false;
  const key = objectKey({ metadata: { name, ...given({ namespace }) } });
  return routes.some((route) => objectKey(route) === key && isForGateway(route, gateway));
}

/** Whether it is generated: what is changed of it does not last. */
export function isGenerated({ metadata: { labels } }: KubeObject): boolean {
  return labels?.[MANAGED_BY] === MAAS_CONTROLLER;
}

/** Of which model a generated policy is. */
export function modelOfGenerated({ metadata }: KubeObject): ModelRef | undefined {
  const name = metadata.labels?.[MODEL];
  if (name === undefined) return undefined;
  return { name, namespace: metadata.labels?.[MODEL_NAMESPACE] };
}

/** Whether this element of a subscription's `modelRefs` is about one of the models. */
export function isRefToModel(
  subscription: KubeObject,
  { index, models }: { readonly index: number; readonly models: readonly ModelRef[] },
): boolean {
  const ref = elementsOf(fieldsOf(subscription["spec"])["modelRefs"])[index] ?? {};
  const namespace = textOf(ref["namespace"]) ?? subscription.metadata.namespace;
  return models.some((model) =>
    model.name === ref["name"] && (model.namespace ?? namespace) === namespace
  );
}

/** Whether somebody has announced that they may write it back. */
export function isManaged({ metadata: { annotations } }: KubeObject): boolean {
  const value = annotations?.[MANAGED];
  return value !== undefined && value !== "false";
}
