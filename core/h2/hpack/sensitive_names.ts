/**
 * Fields whose values nobody else is to find out, one guess at a time, from the length of what is sent:
 * they go into no table, here or at any hop behind. RFC 7541, section 7.1.
 * @module
 */

export const SENSITIVE_NAMES: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
  "x-api-key",
  "x-auth-token",
  "x-csrf-token",
]);
