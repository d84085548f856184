/**
 * Where does the next page of a list begin? Opaque for clients.
 * Source: apiserver, pkg/storage/continue.go.
 * @module
 */

import { Buffer } from "node:buffer";
import { messageOf } from "../../../core/errors.ts";
import { badRequest } from "../answers/api_error.ts";

export interface ContinueToken {
  /** Of the first page; -1: whatever is there now. */
  readonly revision: number;
  /** Key of the last object of the page before, within what is listed. */
  readonly after: string;
}

const VERSION = "meta.k8s.io/v1";

export function continueText({ revision, after }: ContinueToken): string {
  // The smallest key after that one.
  const token = { v: VERSION, rv: revision, start: `/${after}\u0000` };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** @throws {ApiError} 400 */
export function parseContinue(text: string): ContinueToken {
  let token: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    token = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch (error) {
    throw unusable(messageOf(error));
  }
  const { v, rv, start } = token;
  if (v !== VERSION) throw unusable(`server does not recognize this encoded version "${v}"`);
  if (typeof rv !== "number" || typeof start !== "string" || !start.startsWith("/")) {
    throw unusable("incorrect encoded start resourceVersion");
  }
  return { revision: rv, after: start.slice(1).replace(/\0$/, "") };
}

function unusable(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
