/**
 * Under which host name and path is each route of a run reached? No two routes share both, no two runs
 * share a host name, and no path is the beginning of another's.
 * @module
 */

/**
 * Whether routes have host names of their own. Many data planes look a host name up by a hash and its
 * paths one after another, so that sharing one costs them more.
 */
export type Hostnames = "unique" | "shared";

/** Where host names are that nobody else uses. Source: RFC 2606, section 3, for `example.com`. */
const DOMAIN = "scaletool.example.com";

/** A label of a host name, or an element of a path. */
export function runLabel(runId: string): string {
  return `run-${runId.replaceAll(".", "-")}`;
}

/**
 * Of a run: routes that another run left behind answer for none of its host names.
 * @param within a domain in which host names may be, if not any
 */
export function domainOf(runId: string, within: string = DOMAIN): string {
  return `${runLabel(runId)}.${within}`;
}

/** @param index of the route, from 1 */
export function hostnameOf(index: number, hostnames: Hostnames, domain: string = DOMAIN): string {
  return `${labelOf(index, hostnames)}.${domain}`;
}

/** What a host name has before the domain. @param index of the route, from 1 */
export function labelOf(index: number, hostnames: Hostnames): string {
  return hostnames === "unique" ? `route-${index}` : "routes";
}

/** @param index of the route, from 1. As a prefix it fits whole elements: `/route-1` not `/route-10` */
export function pathOf(index: number): string {
  return `/route-${index}`;
}
