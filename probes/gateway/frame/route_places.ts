/**
 * Under which host name and path is a route reached, where listeners may take some host names only?
 * @module
 */

import { domainOf, runLabel } from "../objects/hostname.ts";
import { commonHostname, roomIn } from "../objects/listener_hostname.ts";
import type { ReadyGateway } from "./ready_gateway.ts";

export interface RoutePlace {
  readonly host: string;
  readonly path: string;
}

interface Surroundings {
  /** Of a run or a pass: no two have host names in common, or paths where they must share these. */
  readonly runId: string;
  /** Those that the route is for; a host name is there that all of them take. */
  readonly gateways: readonly Pick<ReadyGateway, "hostname">[];
}

/** A host name that begins with the label, where there is room for it, and the path. */
export function placeOf(
  { runId, gateways }: Surroundings,
  { label, path }: { readonly label: string; readonly path: string },
): RoutePlace {
  const taken = hostnameOfAll(gateways) ?? undefined;
  const room = taken === undefined ? undefined : roomIn(taken);
  if (taken === undefined || room !== undefined) {
    return { host: `${label}.${domainOf(runId, room)}`, path };
  }
  return { host: taken, path: `/${runLabel(runId)}${path}` };
}

/** What the listeners of all these Gateways take; undefined: any, null: there is no such name. */
export function hostnameOfAll(
  gateways: readonly Pick<ReadyGateway, "hostname">[],
): string | undefined | null {
  let taken: string | undefined | null;
  for (const { hostname } of gateways) {
    if (taken !== null) taken = commonHostname(taken, hostname);
  }
  return taken;
}
