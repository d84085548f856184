/**
 * What does a data plane answer that serves a route as it is written?
 * @module
 */

/** To a GET of `path`. */
export interface ExpectedAnswer {
  readonly path: string;
  readonly status: number;
  /** The header Location without a port; absent: there is none, or any. */
  readonly location?: string;
}

/**
 * Whether it is the answer of this very route. Some implementations name the listener's port in the
 * Location of a redirect, others the port that the client has spoken of, or none: any is right here.
 * Source: gateway-api, apis/v1/httproute_types.go, HTTPRequestRedirectFilter.port.
 */
export function isExpected(
  expected: ExpectedAnswer,
  { status, location }: { readonly status: number; readonly location?: string | undefined },
): boolean {
  if (status !== expected.status) return false;
  return expected.location === undefined || withoutPort(location) === expected.location;
}

function withoutPort(location: string | undefined): string | undefined {
  if (location === undefined || !URL.canParse(location)) return location;
  const url = new URL(location);
  url.port = "";
  return url.href;
}
