/**
 * Whose refusal is an answer other than 200? The reason header of an auth service counts before the
 * status, because an overloaded one answers 401, 403 and 500 within one second for the same cause.
 * Sources: Authorino, pkg/service/auth.go and client-go's rate limiter for the reasons; Envoy,
 * ext_authz and ratelimit filters; Kuadrant's wasm-shim for its bodies; llm-d-inference-sim for a model
 * whose queue is full.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { parsedJson } from "../../../core/parsed_json.ts";
import type { FailureReason } from "../../../core/measure/sample.ts";
import { printable } from "../../../core/say.ts";
import { errorTold, objectOf } from "./told.ts";

/** As far as it is looked at. */
export interface RefusingAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Its first kilobytes. */
  readonly body: string;
}

const REASON_HEADER = "x-ext-auth-reason";
const SHOWN_CHARACTERS = 160;

/** Of client-go: its limiter refused at once, or the deadline struck while the API server was asked. */
const OVERLOAD =
  /rate limiter wait|would exceed context deadline|context deadline exceeded|context canceled/i;

/** The texts of Kuadrant's filter in the gateway, which says nothing else. */
const KUADRANT_FAILED = "internal server error.";
const KUADRANT_LIMITED = "too many requests";

/** The failure that an answer is; undefined for 200. Its text is one line. */
export function failureOf(answer: RefusingAnswer): OperationFailedError | undefined {
  if (answer.status === 200) return undefined;
  return new OperationFailedError(reasonOf(answer), textOf(answer));
}

function reasonOf({ status, headers, body }: RefusingAnswer): FailureReason {
  const told = headers.get(REASON_HEADER)?.trim() ?? "";
  if (OVERLOAD.test(told)) return "auth-overload";
  switch (status) {
    case 401:
      return "not-authenticated";
    case 403:
      if (told !== "") return "not-authorized";
      // Envoy's own words for a late auth service are none; who has a body is somebody else.
      return body === "" ? "auth-timeout" : "http-403";
    case 429:
      return reasonOfLimit(headers, body);
    case 500:
      return isText(body, KUADRANT_FAILED) ? "auth-timeout" : "http-500";
    default:
      return `http-${status}`;
  }
}

function reasonOfLimit(headers: RefusingAnswer["headers"], body: string): FailureReason {
  if (headers.has("x-envoy-ratelimited") || isText(body, KUADRANT_LIMITED)) return "rate-limited";
  return modelError(body) === undefined ? "http-429" : "model-full";
}

function isText(body: string, text: string): boolean {
  return body.trim().toLowerCase() === text;
}

function modelError(body: string): string | undefined {
  const told = objectOf(parsedJson(body));
  return told && errorTold(told);
}

/** `403: not authorized: unknown reason`. */
function textOf({ status, headers, body }: RefusingAnswer): string {
  const said = headers.get(REASON_HEADER) ?? modelError(body) ?? body;
  const shown = printable(said.trim().slice(0, SHOWN_CHARACTERS));
  return shown === "" ? `answered ${status}` : `answered ${status}: ${shown}`;
}
