/**
 * How does Go's `%v` show a JSON value? Some of the server's messages contain one.
 * @module
 */

/** `map[a:1 b:[x y]]` */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goFormat).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).sort(([one], [other]) => one < other ? -1 : 1);
  return `map[${entries.map(([key, member]) => `${key}:${goFormat(member)}`).join(" ")}]`;
}
