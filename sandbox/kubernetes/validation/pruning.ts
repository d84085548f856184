/**
 * Which fields of an object of a custom kind does its definition not know? The server drops them.
 * Source: Kubernetes, "Custom Resources", field pruning.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import type { Schema } from "../discovery/schema.ts";

export interface Pruned {
  readonly object: KubeObject;
  /** Of what was dropped: `spec.items[0].color`. */
  readonly dropped: readonly string[];
}

/** Of every object, whatever its definition says. */
const OWN = ["apiVersion", "kind", "metadata"];

export function pruned(object: KubeObject, schema: Schema = {}): Pruned {
  if (schema.properties === undefined) return { object, dropped: [] };
  const dropped: string[] = [];
  const own = Object.fromEntries(OWN.map((name): [string, Schema] => [name, {}]));
  const whole = { ...schema, properties: { ...schema.properties, ...own } };
  const kept = keptOf(object, whole, { path: "", dropped }) as KubeObject;
  return { object: kept, dropped };
}

interface Where {
  readonly path: string;
  /** Grows. */
  readonly dropped: string[];
}

function keptOf(value: unknown, schema: Schema, { path, dropped }: Where): unknown {
  const { items, properties, type } = schema;
  if (Array.isArray(value)) {
    if (items === undefined) return value;
    return value.map((item, index) => keptOf(item, items, { path: `${path}[${index}]`, dropped }));
  }
  if (properties === undefined || typeof value !== "object" || value === null) return value;
  const keepsAll = type !== "object" || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const kept: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) {
    const at = path === "" ? name : `${path}.${name}`;
    const known = Object.hasOwn(properties, name) ? properties[name]! : undefined;
    if (known === undefined && !keepsAll) dropped.push(at);
    else kept.push([name, keptOf(field, known ?? {}, { path: at, dropped })]);
  }
  return Object.fromEntries(kept);
}
