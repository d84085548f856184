/**
 * Where is the size of the write-ahead log to be had, as the user says it? Reads the text of
 * `--wal-source`; opens nothing.
 * @module
 */

import { messageOf, UsageError } from "../../../core/errors.ts";
import { type FlagKind, text } from "../../../core/command/flags.ts";
import { parseServerUrl, shownUrl } from "../../../core/net/address.ts";

export type WalSource =
  /** By a command in each pod. */
  | { readonly kind: "exec" }
  /** By Steve's own gauges; without URLs they are to be named otherwise. */
  | { readonly kind: "metrics"; readonly urls: readonly string[] }
  | { readonly kind: "file"; readonly path: string };

const EXAMPLE = "http://127.0.0.1:6080/metrics";

/**
 * `exec`, `metrics`, `metrics:URL[,URL...]` or `file:PATH`.
 * @throws {UsageError} for anything else
 */
export function parseWalSource(given: string): WalSource {
  const [, kind = "", rest = ""] = /^([^:]*):?(.*)$/s.exec(given) ?? [];
  if (given === "exec") return { kind: "exec" };
  if (kind === "file" && rest !== "") return { kind: "file", path: rest };
  if (given === "metrics") return { kind: "metrics", urls: [] };
  if (kind === "metrics") return { kind: "metrics", urls: urlsOf(rest) };
  throw new UsageError(
    `--wal-source must be exec, metrics:URL or file:PATH, e.g. metrics:${EXAMPLE}, not "${
      shownUrl(given)
    }"`,
  );
}

function urlsOf(list: string): string[] {
  return list.split(",").map((url) => {
    try {
      parseServerUrl(url, { example: EXAMPLE, takesQuery: true });
      return url;
    } catch (error) {
      throw new UsageError(`--wal-source metrics:URL: the URL ${messageOf(error)}`);
    }
  });
}

/** The flag's text; its URLs are shown without what may be secret. */
export const walSourceText: FlagKind<string> = {
  ...text("source"),
  format: (given) =>
    given.replace(
      /^(metrics:)(.*)$/s,
      (_, kind, urls) => kind + urls.split(",").map(shownUrl).join(","),
    ),
  exactTexts: (given) => [given],
};
