/**
 * Who sends a request? With the token it is the one user of the sandbox, without it nobody.
 * Whom that user impersonates, and what each may do, is the stand-in's business.
 * Source: apiserver, pkg/endpoints/filters/authentication.go.
 * @module
 */

import { ApiError } from "./kubernetes/answers/api_error.ts";
import type { User } from "./kubernetes/api_state.ts";

/** Not of system:masters, though it may do as much: what commands warn of is not for a sandbox. */
export const SANDBOX_USER: User = {
  username: "sandbox",
  groups: ["sandbox:admins", "system:authenticated"],
};

/** As where the real server runs with `--anonymous-auth=false`. */
export function unauthorized(): ApiError {
  return new ApiError({ code: 401, reason: "Unauthorized", message: "Unauthorized" });
}

/** @throws {ApiError} if the token is missing or wrong */
export function authenticate(headers: Headers, { token }: { token: string }): User {
  const [, given] = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (given !== token) throw unauthorized();
  return SANDBOX_USER;
}
