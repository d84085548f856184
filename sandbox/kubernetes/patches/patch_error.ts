/**
 * What is thrown at a patch that cannot be applied, and how its message shows a value.
 * @module
 */

/** One entry of a Status' details.causes. */
interface PatchCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The message is the one with which an API server answers. */
export class PatchError extends Error {
  override name = "PatchError";
  /** HTTP status: 400, 409, 413, 415, 422 or, as the server has it for some bad patches, 500. */
  readonly code: number;
  /** Of a conflict: which fields. */
  readonly causes: readonly PatchCause[];

  constructor(code: number, message: string, causes: readonly PatchCause[] = []) {
    super(message);
    this.code = code;
    this.causes = causes;
  }
}

/** A JSON value as Go's `%v` shows it: `map[a:1 b:[x y]]`. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goFormat).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).sort(([one], [other]) => one < other ? -1 : 1);
  return `map[${entries.map(([key, member]) => `${key}:${goFormat(member)}`).join(" ")}]`;
}
