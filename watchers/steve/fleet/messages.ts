/**
 * What does a frame of Steve's `/v1/subscribe` say, and what is sent to it? Reads the front of a
 * frame only, because behind it may come a megabyte of an object that nobody asked about. Never
 * decides what follows from a message.
 * Source: rancher/apiserver, pkg/subscribe (envelope and order of its keys, subscription key).
 * @module
 */

import type { SubscriptionSpec } from "../written_event.ts";
import { ownValue } from "../../../core/named_values.ts";

/** The message names that Steve has, shortened; `other`: a name that it did not have; `malformed`: no message. */
export type MessageKind =
  | "start"
  | "create"
  | "change"
  | "remove"
  | "changes"
  | "error"
  | "stop"
  | "ping"
  | "other"
  | "malformed";

export interface SteveMessage {
  readonly kind: MessageKind;
  /** These four echo the subscription; empty where Steve left them out. */
  readonly resourceType: string;
  readonly namespace: string;
  readonly id: string;
  readonly mode: string;
  /** The resourceVersion of the latest change; absent in messages that are about none. */
  readonly revision?: string;
  /** Only with `error`. */
  readonly error?: string;
}

const KIND_BY_NAME: Readonly<Record<string, MessageKind>> = {
  "resource.start": "start",
  "resource.create": "create",
  "resource.change": "change",
  "resource.remove": "remove",
  "resource.changes": "changes",
  "resource.error": "error",
  "resource.stop": "stop",
  "ping": "ping",
};

const MALFORMED: SteveMessage = {
  kind: "malformed",
  resourceType: "",
  namespace: "",
  id: "",
  mode: "",
};

/** The envelope in the order of its keys, up to its data; texts with escapes are left to JSON.parse. */
const HEAD = new RegExp(
  '^\\{"name":"([^"\\\\]*)"' +
    ["namespace", "resourceType", "id", "selector", "revision", "mode"]
      .map((key) => `(?:,"${key}":"([^"\\\\]*)")?`).join("") +
    '(?:,"data":\\{|\\}\\s*$)',
);
/** Two braces and a line feed, of one character or two: the data are whole, and the last of the keys. */
const LONGEST_TAIL = 4;

/** Never throws: what is no message is `malformed`. The data of an object are not looked at. */
export function parseMessage(text: string): SteveMessage {
  const head = HEAD.exec(text);
  if (head === null) return parseWhole(text);
  const hasData = head[0].endsWith("{");
  if (hasData && !text.slice(-LONGEST_TAIL).trimEnd().endsWith("}}")) return parseWhole(text);
  const [, name = "", namespace = "", resourceType = "", id = "", , revision, mode = ""] = head;
  const kind = ownValue(KIND_BY_NAME, name) ?? "other";
  if (kind === "error") return parseWhole(text);
  return {
    kind,
    resourceType,
    namespace,
    id,
    mode,
    ...(revision === undefined ? {} : { revision }),
  };
}

/** The slow way: for errors, which are short, and for whatever is not written as Steve writes. */
function parseWhole(text: string): SteveMessage {
  const envelope = parsedRecord(text);
  if (envelope === undefined || typeof envelope["name"] !== "string") return MALFORMED;
  const textOf = (key: string) => {
    const value = envelope[key];
    return typeof value === "string" ? value : "";
  };
  const data = isRecord(envelope["data"]) ? envelope["data"] : {};
  const kind = ownValue(KIND_BY_NAME, envelope["name"]) ?? "other";
  const revision = textOf("revision");
  const { error } = data;
  return {
    kind,
    resourceType: textOf("resourceType"),
    namespace: textOf("namespace"),
    id: textOf("id"),
    mode: textOf("mode"),
    ...(revision === "" ? {} : { revision }),
    ...(kind === "error" ? { error: typeof error === "string" ? error : "" } : {}),
  };
}

function parsedRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the message is about this subscription: Steve echoes the client's own words. */
export function isAbout(spec: SubscriptionSpec, message: SteveMessage): boolean {
  return message.resourceType === spec.type && message.mode === spec.mode &&
    message.namespace === (spec.namespace ?? "");
}

/** Asks for the changes after a resourceVersion, or from now on if it is undefined. */
export function subscribeText(spec: SubscriptionSpec, resourceVersion?: string): string {
  return JSON.stringify({ ...keyOf(spec), resourceVersion });
}

/** Ends a subscription: Steve finds it by its whole key, mode and debounce included. */
export function stopText(spec: SubscriptionSpec): string {
  return JSON.stringify({ ...keyOf(spec), stop: true });
}

function keyOf({ type, mode, debounceMs, namespace }: SubscriptionSpec) {
  return {
    resourceType: type,
    namespace,
    mode: mode === "" ? undefined : mode,
    debounceMs: mode === "" ? undefined : debounceMs,
  };
}

/** `too-old`: Steve does not have the events since that resourceVersion. `slow-reader`: it overtook us. */
export type ErrorClass =
  | "too-old"
  | "slow-reader"
  | "buffer-closed"
  | "unknown-type"
  | "not-watchable"
  | "forbidden"
  | "not-understood"
  | "other";

/** The first that matches counts. */
const CLASS_BY_TEXT: readonly (readonly [RegExp, ErrorClass])[] = [
  [/too old/i, "too-old"],
  [/slow reader/i, "slow-reader"],
  [/buffer was closed/i, "buffer-closed"],
  [/failed to find schema/i, "unknown-type"],
  [/does not support watching/i, "not-watchable"],
  [/forbidden|not allowed|unauthorized|permission|access denied/i, "forbidden"],
  [/invalid character|unexpected end of json|unmarshal/i, "not-understood"],
];

/**
 * Which kind of trouble the text of a `resource.error` names: a closed set, so that errors can be
 * counted. Source: rancher/apiserver pkg/subscribe and rancher/steve pkg/sqlcache/informer (the texts).
 */
export function errorClass(text: string): ErrorClass {
  return CLASS_BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
}
