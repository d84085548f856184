/**
 * Which listeners of a Gateway are routes attached to, and under which host names may these be? Each No
 * is one line that says what to do. Knows a Gateway by its spec alone.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import { didYouMean } from "../../../core/nearest.ts";
import { type ListenerSpec, listenerSpecs } from "../../../kube/gateway_api/gateway_status.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { GatewayValues } from "../flags.ts";
import { commonHostname, isExactHostname } from "../objects/listener_hostname.ts";

export interface ListenerWishes {
  /** Names; none: the only one that there is. */
  readonly names: readonly string[];
  /** Of routes. */
  readonly namespaces: readonly string[];
  readonly hostnames: GatewayValues["hostnames"];
}

export interface UsableListeners {
  /** At least one. */
  readonly names: readonly string[];
  /** Which all of them take, see listener_hostname.ts; undefined: any. */
  readonly hostname: string | undefined;
}

/** How data planes are asked. */
const PROTOCOL = "HTTP";

/** @throws {CannotRunError} if one is not there, or is not for routes as these will be */
export function usableListeners(
  gateway: KubeObject,
  { tag, names, namespaces, hostnames }: ListenerWishes & { readonly tag: string },
): UsableListeners {
  const listeners = namedListeners(listenerSpecs(gateway), { tag, names });
  for (const listener of listeners) {
    requireHttp(listener, tag);
    requireOpen(listener, { tag, namespaces, own: gateway.metadata.namespace ?? "" });
  }
  const hostname = sharedHostname(listeners, tag);
  if (hostname !== undefined && isExactHostname(hostname) && hostnames !== "shared") {
    throw new CannotRunError(
      `Listener "${listeners[0]!.name}" of Gateway ${tag} takes routes of host ${hostname} only: ` +
        "no route can have one of its own; use --hostnames shared",
    );
  }
  return { names: listeners.map(({ name }) => name), hostname };
}

function namedListeners(
  known: readonly ListenerSpec[],
  { tag, names }: { readonly tag: string; readonly names: readonly string[] },
): ListenerSpec[] {
  const all = known.map(({ name }) => name);
  if (names.length === 0) {
    // A listener for HTTPS beside it is usual, and could not be meant.
    const usable = known.filter(({ protocol }) => protocol === PROTOCOL);
    if (usable.length === 1) return usable;
    if (known.length === 1) return [...known];
    throw new CannotRunError(
      `Gateway ${tag} has ${known.length} listeners (${all.join(", ")}): say with --listeners ` +
        "which of them routes are attached to",
    );
  }
  return [...new Set(names)].map((name) => {
    const found = known.find((listener) => listener.name === name);
    if (found !== undefined) return found;
    throw new CannotRunError(
      `Gateway ${tag} has no listener "${name}"${didYouMean(name, all)}; it has ${all.join(", ")}`,
    );
  });
}

function requireHttp({ name, protocol }: ListenerSpec, tag: string): void {
  if (protocol === PROTOCOL) return;
  throw new CannotRunError(
    `Listener "${name}" of Gateway ${tag} is for ${protocol}: only listeners for HTTP can be ` +
      "probed; name one with --listeners",
  );
}

/**
 * @throws {CannotRunError} if a listener takes no routes of such a namespace, as far as it can be known
 *   without reading labels of namespaces
 */
function requireOpen({ name, allowsFrom }: ListenerSpec, { tag, namespaces, own }: {
  readonly tag: string;
  readonly namespaces: readonly string[];
  readonly own: string;
}): void {
  const outside = namespaces.find((one) => one !== own);
  if (outside === undefined && allowsFrom !== "None") return;
  if (allowsFrom === "All" || allowsFrom === "Selector") return;
  throw new CannotRunError(
    allowsFrom === "None"
      ? `Listener "${name}" of Gateway ${tag} takes no routes (allowedRoutes.namespaces.from: None): ` +
        "set it to All, or name another with --listeners"
      : `Listener "${name}" of Gateway ${tag} takes routes of namespace "${own}" only ` +
        `(allowedRoutes.namespaces.from: ${allowsFrom}), and routes would be in "${outside}": ` +
        `set it to All, or use --namespace ${own}`,
  );
}

/** @throws {CannotRunError} if no host name fits them all: routes are attached to them by turns */
function sharedHostname(listeners: readonly ListenerSpec[], tag: string): string | undefined {
  let shared: string | undefined;
  for (const { name, hostname } of listeners) {
    const common = commonHostname(shared, hostname);
    if (common === null) {
      throw new CannotRunError(
        `Listener "${name}" of Gateway ${tag} takes ${hostname}, and those before it ${shared}: no ` +
          "host name of a route fits both; probe them one after another",
      );
    }
    shared = common;
  }
  return shared;
}
