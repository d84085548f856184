/**
 * When did recorded arrivals come? The text of a replay file -> offsets. Format: one arrival a line, as
 * a number of ms from the start of the load or a duration with its unit (`2.5`, `250us`, `1m30s`), never
 * going back; equal ones arrive together. Empty lines and what follows `#` do not count.
 * @module
 */

import { parseDurationMs } from "../units.ts";

/** A file that cannot be replayed: which one, which line, and why. */
export class ReplayFileError extends SyntaxError {
  override name = "ReplayFileError";
}

/** No load waits 11 days for its first arrival; seconds since 1970 have been more since 2001. */
const LEAST_EPOCH = 1e9;

interface Entry {
  readonly offsetMs: number;
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Offsets in ms, at least one.
 * @param path for messages
 * @throws {ReplayFileError} with the line's number for what is no such offset, is negative, goes back,
 * or is a time since 1970; or if there is none
 */
export function parseReplayFile(text: string, { path }: { path: string }): number[] {
  const refuse = (reason: string, line?: number) => {
    const where = line === undefined ? "" : `, line ${line}`;
    return new ReplayFileError(`Cannot replay "${path}"${where}: ${reason}`);
  };
  const offsets: number[] = [];
  let before: Entry | undefined;
  for (const [index, whole] of text.split("\n").entries()) {
    const entry = { text: whole.replace(/#.*/, "").trim(), line: index + 1 };
    if (entry.text === "") continue;
    const found = offsetOf(entry.text, before);
    if (typeof found === "string") throw refuse(found, entry.line);
    before = { ...entry, offsetMs: found };
    offsets.push(found);
  }
  if (offsets.length === 0) {
    throw refuse("it holds no arrival; expected one a line, in ms from the start");
  }
  return offsets;
}

/** Or why it is none. */
function offsetOf(text: string, before: Entry | undefined): number | string {
  const isBare = /^(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  if (/^-/.test(text)) return `"${text}" is before the start`;
  let offsetMs: number;
  try {
    offsetMs = isBare ? Number(text) : parseDurationMs(text);
  } catch {
    return `expected ms from the start, or a duration such as 250us or 1m30s, not "${text}"`;
  }
  if (before === undefined && isBare && offsetMs >= LEAST_EPOCH) {
    return `${text} looks like a time since 1970; expected ms from the start of the load: ` +
      "subtract the first time from each";
  }
  if (offsetMs < (before?.offsetMs ?? 0)) {
    return `"${text}" is before "${before?.text}" of line ${before?.line}; expected times in order`;
  }
  return Number.isFinite(offsetMs) ? offsetMs : `"${text}" is too large`;
}
