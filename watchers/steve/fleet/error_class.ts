/**
 * Which kind of trouble does the text of a `resource.error` name? A closed set, so that errors can
 * be counted. Never sees anything but the text.
 * Source: rancher/apiserver pkg/subscribe and rancher/steve pkg/sqlcache/informer (the texts).
 * @module
 */

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

export function errorClass(text: string): ErrorClass {
  return CLASS_BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
}
