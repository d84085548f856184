/**
 * How does a Go server write a value as JSON? Keys in order, and characters escaped that could end a
 * script element: what a client compares byte by byte.
 * Source: Go, encoding/json, Marshal.
 * @module
 */

const HTML = /[<>&\u2028\u2029]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** A text in quotes. */
export function goString(text: string): string {
  return JSON.stringify(text).replace(HTML, (character) => ESCAPED[character]!);
}

/** Any JSON value; the keys of objects are sorted, as those of Go's maps. Undefined is left out. */
export function goJson(value: unknown): string {
  if (typeof value === "string") return goString(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  return `{${goFields(value as Readonly<Record<string, unknown>>)}}`;
}

/** The fields of an object without its braces. */
export function goFields(object: Readonly<Record<string, unknown>>): string {
  const present = Object.keys(object).filter((key) => object[key] !== undefined);
  return present.sort().map((key) => `${goString(key)}:${goJson(object[key])}`).join(",");
}
