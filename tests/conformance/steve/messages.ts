/**
 * The text of each message that a Steve sends, key by key. Only the suite's own idea of it: shares no
 * code with what reads or writes such messages elsewhere.
 * Source: rancher/apiserver v0.10.0, pkg/types/server_types.go (APIEvent).
 * @module
 */

/** What a client sends; an answer repeats all but the last three. */
export interface Subscription {
  readonly resourceType?: string;
  readonly namespace?: string;
  readonly id?: string;
  readonly selector?: string;
  readonly mode?: string;
  readonly debounceMs?: number;
  readonly resourceVersion?: string;
  readonly stop?: true;
}

/** One that carries an object, taken apart. */
export interface Message {
  readonly name: string;
  readonly revision?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function started(subscription: Subscription): string {
  return text("resource.start", subscription);
}

export function stopped(subscription: Subscription): string {
  return text("resource.stop", subscription);
}

/** A notification of mode `resource.changes`. */
export function changed(subscription: Subscription, revision: string): string {
  return text("resource.changes", subscription, { revision });
}

/** @param subscription undefined where the server could not tell which */
export function failed(subscription: Subscription | undefined, error: string): string {
  return text("resource.error", subscription ?? {}, { data: { error } });
}

/** JSON keeps keys in the order in which they are given, and leaves out what is undefined. */
function text(
  name: string,
  { namespace, resourceType, id, selector, mode }: Subscription,
  { revision, data = { type: "subscribe", links: {} } }: { revision?: string; data?: unknown } = {},
): string {
  const message = { name, namespace, resourceType, id, selector, revision, mode, data };
  return `${JSON.stringify(message)}\n`;
}
