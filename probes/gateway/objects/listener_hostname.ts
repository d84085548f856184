/**
 * Which host names of routes does a listener take? `gw.example.com` that one, `*.example.com` all that
 * end so, and undefined any.
 * Source: gateway-api, apis/v1/shared_types.go, Hostname; apis/v1/gateway_types.go, Listener.
 * @module
 */

const WILDCARD = "*.";

/** Whether there is no room for host names of one's own. */
export function isExactHostname(hostname: string): boolean {
  return !hostname.startsWith(WILDCARD);
}

/** What both of two listeners take; null: nothing. */
export function commonHostname(
  one: string | undefined,
  other: string | undefined,
): string | undefined | null {
  if (one === undefined || one === other) return other;
  if (other === undefined || covers(other, one)) return one;
  return covers(one, other) ? other : null;
}

/** `*.example.com` covers `a.example.com` and `*.a.example.com`, but not `example.com`. */
function covers(pattern: string, hostname: string): boolean {
  return !isExactHostname(pattern) && hostname.endsWith(pattern.slice(1)) && hostname !== pattern;
}

/** In whose place a run may put what it likes; undefined: there is no room, see {@link isExactHostname}. */
export function roomIn(hostname: string): string | undefined {
  return isExactHostname(hostname) ? undefined : hostname.slice(WILDCARD.length);
}
