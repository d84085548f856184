/**
 * What is a run called? Ids of our own making: sortable by start, unique enough for a shared cluster, and usable as a Kubernetes
 * label value and as the beginning of an object name; beside them labels, of the user's making.
 * @module
 */

import { messageOf, UsageError } from "../errors.ts";
import { createRng, randomSeed, type Rng } from "../load/rng.ts";

/** RFC 1123 subdomain, short enough to leave room for an index in an object's name. */
const RUN_ID = /^[a-z0-9]([-a-z0-9.]{0,48}[a-z0-9])?$/;

/** `20261121-103151-4821`: UTC date, time and four random digits. */
export function createRunId(now: Date, rng: Rng): string {
  const [date, time] = now.toISOString().split("T") as [string, string];
  const digits = String(rng.integerBelow(10_000)).padStart(4, "0");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${digits}`;
}

/**
 * The id that was asked for, or a new one.
 * @throws {UsageError} if the text cannot be a run id
 */
export function runIdOf(given: string | undefined, now: Date): string {
  return given === undefined ? createRunId(now, createRng(randomSeed())) : checkRunId(given);
}

/**
 * What tells a run from others, as was asked for, or new.
 * @throws {UsageError} if the text cannot be a run id
 */
export function runIdentityOf(
  { "run-id": given, seed }: { readonly "run-id": string | undefined; readonly seed: number },
  now: Date,
): { readonly "run-id": string; readonly seed: number } {
  return { "run-id": runIdOf(given, now), seed: seed === 0 ? randomSeed() : seed };
}

/** @throws {UsageError} if the text cannot be a run id */
export function checkRunId(text: string): string {
  try {
    return parseRunId(text);
  } catch (error) {
    throw new UsageError(`--run-id ${messageOf(error)}`, { cause: error });
  }
}

/** @throws {SyntaxError} saying what is allowed, if the text cannot be a run id */
export function parseRunId(text: string): string {
  if (RUN_ID.test(text)) return text;
  throw new SyntaxError(
    `must be at most 50 of a-z, 0-9, "-" and ".", beginning and ending with a letter or digit, not "${text}"`,
  );
}

/**
 * Of `--label`.
 * @throws {SyntaxError} if the text is not `KEY=VALUE`
 */
export function parseLabel(text: string): readonly [key: string, value: string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new SyntaxError(`must be key=value, not "${text}"`);
  }
  return [key, value];
}
