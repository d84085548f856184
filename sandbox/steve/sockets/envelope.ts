/**
 * What does a message of Steve look like on the wire? One JSON document with its keys in the order of
 * the server's struct, empty ones left out, and a line feed at its end.
 * Source: rancher/apiserver v0.10.0, pkg/types/server_types.go (APIEvent), pkg/subscribe/handler.go.
 * @module
 */

import { goJson, goString } from "../reading/go_json.ts";
import type { SubscriptionKey } from "./subscribe_request.ts";

type MessageName =
  | "resource.start"
  | "resource.create"
  | "resource.change"
  | "resource.remove"
  | "resource.changes"
  | "resource.error"
  | "resource.stop"
  | "ping";

/** What a message about a subscription repeats of it. */
type EnvelopeKey = Pick<
  SubscriptionKey,
  "resourceType" | "namespace" | "id" | "selector" | "mode"
>;

const NO_KEY: EnvelopeKey = { resourceType: "", namespace: "", id: "", selector: "", mode: "" };
/** Stands where an object would: a message that carries none has that of the schema `subscribe`. */
const NO_OBJECT = '{"type":"subscribe","links":{}}';

/** @param options.data JSON; without it the message carries no object */
export function envelope(
  name: MessageName,
  { namespace, resourceType, id, selector, mode }: EnvelopeKey,
  { revision = "", data = NO_OBJECT }: { revision?: string; data?: string } = {},
): string {
  const fields: [string, string][] = [
    ["name", name],
    ["namespace", namespace],
    ["resourceType", resourceType],
    ["id", id],
    ["selector", selector],
    ["revision", revision],
    ["mode", mode],
  ];
  const present = fields.filter(([, value]) => value !== "")
    .map(([field, value]) => `"${field}":${goString(value)},`).join("");
  return `{${present}"data":${data}}\n`;
}

export function errorEnvelope(key: EnvelopeKey | undefined, error: string): string {
  return envelope("resource.error", key ?? NO_KEY, { data: goJson({ error }) });
}

/** @param version the server's, from its environment; empty where it has none */
export function pingEnvelope(version: string): string {
  return envelope("ping", NO_KEY, {
    data: `{"type":"subscribe","links":{},"version":${goString(version)}}`,
  });
}
