/**
 * Where is the size of the write-ahead log to be had, as the user says it? Reads the text of
 * `--wal-source`; opens nothing.
 * @module
 */

import { UsageError } from "../../../core/errors.ts";

export type WalSource =
  /** By a command in each pod. */
  | { readonly kind: "exec" }
  /** By Steve's own gauges; without URLs they are to be named otherwise. */
  | { readonly kind: "metrics"; readonly urls: readonly string[] }
  | { readonly kind: "file"; readonly path: string };

/**
 * `exec`, `metrics`, `metrics:URL[,URL...]` or `file:PATH`.
 * @throws {UsageError} for anything else
 */
export function parseWalSource(given: string): WalSource {
  const [, kind = "", rest = ""] = /^([^:]*):?(.*)$/s.exec(given) ?? [];
  if (given === "exec") return { kind: "exec" };
  if (kind === "file" && rest !== "") return { kind: "file", path: rest };
  if (given === "metrics") return { kind: "metrics", urls: [] };
  if (kind === "metrics") {
    const urls = rest.split(",");
    if (urls.every(isHttpUrl)) return { kind: "metrics", urls };
  }
  throw new UsageError(
    `--wal-source must be exec, metrics:URL or file:PATH, e.g. metrics:http://127.0.0.1:6080/metrics, not "${given}"`,
  );
}

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}
