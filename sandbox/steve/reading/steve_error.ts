/**
 * How does Steve refuse a request?
 * Source: rancher/apiserver v0.10.0, pkg/handlers/error.go; rancher/wrangler, validation/error.go.
 * @module
 */

import { goJson } from "./go_json.ts";

const CODES = {
  NotFound: 404,
  MethodNotAllowed: 405,
  InvalidBodyContent: 422,
  ServerError: 500,
} as const;

/** Carries what the answer says. */
export class SteveError extends Error {
  override name = "SteveError";
  readonly status: number;
  readonly code: string;

  /** @param code one of the server's, or text of its own with its status */
  constructor(code: keyof typeof CODES | { code: string; status: number }, message: string) {
    super(message);
    const given = typeof code === "string" ? { code, status: CODES[code] } : code;
    this.code = given.code;
    this.status = given.status;
  }

  /** With the type twice, as the server writes it. */
  get body(): string {
    const { code, message, status } = this;
    return `{"type":"error","links":{},${
      goJson({ code, message, status, type: "error" }).slice(1)
    }\n`;
  }
}
