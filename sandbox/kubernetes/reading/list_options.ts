/**
 * What does a list, watch or deletecollection ask for in its query, and can it be asked?
 * Source: apimachinery, pkg/apis/meta/internalversion/validation/validation.go.
 * @module
 */

import { badRequest } from "../answers/api_error.ts";
import { complaint, type FieldCause, InvalidError } from "../validation/field_error.ts";
import { goQuote } from "../../../core/go_quote.ts";
import { isTrue } from "../request_info.ts";

export interface AskedList {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Most items of a page; 0: all. */
  readonly limit: number;
  readonly continueToken: string;
  /** As it was sent: empty, `0` or a number. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  /** Undefined: the server chooses. */
  readonly timeoutSeconds: number | undefined;
}

const MATCH = "resourceVersionMatch";
const MATCHES = ["Exact", "NotOlderThan", ""];

/**
 * @throws {ApiError} 400 for what cannot be read
 * @throws {InvalidError} 422 for what does not go together
 */
export function listOptions(
  query: URLSearchParams,
  { isWatch }: { isWatch: boolean },
): AskedList {
  const text = (name: string) => query.get(name) ?? "";
  const initial = query.get("sendInitialEvents");
  const options: AskedList = {
    labelSelector: text("labelSelector"),
    fieldSelector: text("fieldSelector"),
    limit: Math.max(0, integer(text("limit")) ?? 0),
    continueToken: text("continue"),
    resourceVersion: text("resourceVersion"),
    resourceVersionMatch: text("resourceVersionMatch"),
    allowWatchBookmarks: isTrue(query.get("allowWatchBookmarks")),
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
    timeoutSeconds: integer(text("timeoutSeconds")),
  };
  const causes = isWatch ? watchCauses(options) : listCauses(options);
  if (causes.length === 0) return options;
  throw InvalidError.invalid({ group: "meta.k8s.io", kind: "ListOptions", name: "" }, causes);
}

/** @returns undefined for an empty text */
function integer(text: string): number | undefined {
  if (text === "") return undefined;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
}

function listCauses(options: AskedList): FieldCause[] {
  const { resourceVersionMatch, resourceVersion, continueToken, sendInitialEvents } = options;
  const causes: FieldCause[] = [];
  if (resourceVersionMatch !== "") {
    if (resourceVersion === "") {
      causes.push(badMatch("is forbidden unless resourceVersion is provided"));
    }
    if (continueToken !== "") causes.push(badMatch("is forbidden when continue is provided"));
    if (!MATCHES.includes(resourceVersionMatch)) {
      causes.push(unsupportedMatch(resourceVersionMatch, MATCHES));
    }
    if (resourceVersionMatch === "Exact" && resourceVersion === "0") {
      causes.push(badMatch(`"exact" is forbidden for resourceVersion "0"`));
    }
  }
  if (sendInitialEvents !== undefined) {
    const why = "sendInitialEvents is forbidden for list";
    causes.push(complaint("sendInitialEvents", "FieldValueForbidden", why));
  }
  return causes;
}

function watchCauses(options: AskedList): FieldCause[] {
  const { resourceVersionMatch, continueToken, sendInitialEvents } = options;
  const causes: FieldCause[] = [];
  if (sendInitialEvents !== undefined && resourceVersionMatch !== "NotOlderThan") {
    const why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    causes.push(complaint(MATCH, "FieldValueForbidden", why));
  }
  if (resourceVersionMatch === "") return causes;
  if (sendInitialEvents === undefined) {
    causes.push(badMatch("is forbidden for watch unless sendInitialEvents is provided"));
  }
  if (resourceVersionMatch !== "NotOlderThan") {
    causes.push(unsupportedMatch(resourceVersionMatch, ["NotOlderThan"]));
  }
  if (continueToken !== "") causes.push(badMatch("is forbidden when continue is provided"));
  return causes;
}

function badMatch(why: string): FieldCause {
  return complaint(MATCH, "FieldValueForbidden", `resourceVersionMatch ${why}`);
}

function unsupportedMatch(value: string, supported: readonly string[]): FieldCause {
  const values = supported.map(goQuote).join(", ");
  const why = `${goQuote(value)}: supported values: ${values}`;
  return complaint(MATCH, "FieldValueNotSupported", why);
}

/**
 * @param text of a list or get: its error is a bad request; of a watch it is one of the server's own
 * @returns 0 for an empty text
 */
export function revisionOf(text: string, refuse: (message: string) => Error): number {
  if (text === "") return 0;
  if (/^\d+$/.test(text)) return Number(text);
  const quoted = goQuote(text);
  throw refuse(
    `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
  );
}
