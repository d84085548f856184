/**
 * What does a client ask for with one frame? Read as Go reads it: the first JSON value of the frame,
 * names in any case, unknown fields ignored.
 * Source: rancher/apiserver v0.10.0, pkg/subscribe/handler.go (Subscribe).
 * @module
 */

import { firstGoValue } from "../reading/go_json.ts";

/** By what a subscription is told from the others of its socket. */
export interface SubscriptionKey {
  readonly resourceType: string;
  readonly namespace: string;
  readonly id: string;
  readonly selector: string;
  /** Empty: every event with its object; `resource.changes`: only that there was one. */
  readonly mode: string;
  /** 0: the server's default. */
  readonly debounceMs: number;
}

export interface SubscribeRequest extends SubscriptionKey {
  readonly stop: boolean;
  /** Not part of the key. */
  readonly resourceVersion: string;
}

export const NOTIFICATION_MODE = "resource.changes";

/** @throws {SyntaxError} with the words of Go's decoder */
export function parseSubscribeRequest(text: string): SubscribeRequest {
  const fields = fieldsOf(text);
  return {
    stop: fieldOf(fields, { name: "stop", type: "bool", none: false }),
    resourceType: fieldOf(fields, { name: "resourceType", type: "string", none: "" }),
    resourceVersion: fieldOf(fields, { name: "resourceVersion", type: "string", none: "" }),
    namespace: fieldOf(fields, { name: "namespace", type: "string", none: "" }),
    id: fieldOf(fields, { name: "id", type: "string", none: "" }),
    selector: fieldOf(fields, { name: "selector", type: "string", none: "" }),
    mode: fieldOf(fields, { name: "mode", type: "subscribe.SubscriptionMode", none: "" }),
    debounceMs: fieldOf(fields, { name: "debounceMs", type: "int", none: 0 }),
  };
}

/** One text for each key. */
export function keyText(key: SubscriptionKey): string {
  const { resourceType, namespace, id, selector, mode, debounceMs } = key;
  return [resourceType, namespace, id, selector, mode, debounceMs].join("/");
}

type GoType = "string" | "bool" | "int" | "subscribe.SubscriptionMode";

/** By its name in lower case; the last of several wins. */
function fieldsOf(text: string): ReadonlyMap<string, unknown> {
  const value: unknown = JSON.parse(firstGoValue(text));
  if (value === null) return new Map();
  if (typeof value === "object" && !Array.isArray(value)) {
    return new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]));
  }
  throw new SyntaxError(
    `json: cannot unmarshal ${goTypeOf(value)} into Go value of type subscribe.Subscribe`,
  );
}

function fieldOf<T extends string | number | boolean>(
  fields: ReadonlyMap<string, unknown>,
  { name, type, none }: { name: string; type: GoType; none: T },
): T {
  const value = fields.get(name.toLowerCase());
  if (value === undefined || value === null) return none;
  if (typeof value === typeof none && (type !== "int" || Number.isSafeInteger(value))) {
    return value as T;
  }
  const given = type === "int" && typeof value === "number" ? `number ${value}` : goTypeOf(value);
  throw new SyntaxError(
    `json: cannot unmarshal ${given} into Go struct field Subscribe.${name} of type ${type}`,
  );
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
