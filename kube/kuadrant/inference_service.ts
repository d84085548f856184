/**
 * Which model does an LLMInferenceService serve, behind which Gateways and under which path, and does its
 * controller say that it is ready?
 * Source: kserve/kserve, pkg/apis/serving/v1alpha1/llm_inference_service_types.go.
 * @module
 */

import { conditionIn, conditionsOf, conditionText } from "../condition.ts";
import { elementsOf, fieldsOf, textOf } from "../fields.ts";
import type { GatewayRef } from "../gateway_api/gateway_ref.ts";
import type { KubeObject } from "../object.ts";

export interface ServedModel {
  readonly namespace: string;
  /** Of the object. */
  readonly name: string;
  /** As requests name it. */
  readonly model: string;
  /** Up to `/v1`, without a slash at its end. */
  readonly basePath: string;
  /** What stands against it, for `it is not ready: ...`; empty: nothing. */
  readonly notReady: string;
}

export function servedModelOf(service: KubeObject): ServedModel {
  const { namespace = "", name = "" } = service.metadata;
  const model = textOf(fieldsOf(fieldsOf(service["spec"])["model"])["name"]) ?? name;
  const url = URL.parse(textOf(fieldsOf(service["status"])["url"]) ?? "");
  const path = url?.pathname.replace(/\/+$/, "") ?? "";
  const ready = conditionIn(conditionsOf(service["status"]), "Ready");
  return {
    namespace,
    name,
    model,
    basePath: path === "" ? `/${namespace}/${name}` : path,
    notReady: ready === undefined
      ? "its status does not say Ready"
      : ready.status === "True"
      ? ""
      : conditionText(ready),
  };
}

/** Whether it names this Gateway; one that names none may be behind any. */
export function isBehindGateway(service: KubeObject, gateway: GatewayRef): boolean {
  const router = fieldsOf(fieldsOf(service["spec"])["router"]);
  const refs = elementsOf(fieldsOf(router["gateway"])["refs"]);
  return refs.length === 0 || refs.some(({ name, namespace }) =>
    name === gateway.name &&
    (textOf(namespace) ?? service.metadata.namespace) === gateway.namespace
  );
}

/**
 * Whether a user means this one by that name: the model's, the object's, or the model's as the scripts of
 * the field make an object's of it.
 */
export function isNamed({ model, name }: ServedModel, given: string): boolean {
  const hyphenated = given.replaceAll("/", "-");
  return [model, name].includes(given) || [hyphenated, `${hyphenated}-simulated`].includes(name);
}
