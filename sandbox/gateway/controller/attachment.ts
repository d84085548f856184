/**
 * May a route be attached to a Gateway, to which of its listeners, and for which hosts?
 * Source: gateway-api v1.5.1, apis/v1 (ParentReference, AllowedRoutes, Hostname); the words of Contour.
 * @module
 */

import { objectKey } from "../../../kube/object.ts";
import type { Gateway, HttpRoute, Listener, ParentRef } from "../objects.ts";
import { type Verdict, verdict } from "../statuses/verdict.ts";

/** A place where a route is attached. */
export interface Attachment {
  /** `namespace/name` */
  readonly gateway: string;
  readonly listener: string;
  readonly port: number;
  /** For which the route is served there; empty text: for every host. None: it is counted alone. */
  readonly hosts: readonly string[];
}

export interface Attaching {
  readonly accepted: Verdict;
  readonly attachments: readonly Attachment[];
}

const ACCEPTED = verdict("Accepted", "True", "Accepted", "Accepted HTTPRoute");

/** @param options.countsRefused see options.ts */
export function attach(
  route: HttpRoute,
  { parent, gateway, countsRefused }: {
    readonly parent: ParentRef;
    readonly gateway: Gateway;
    readonly countsRefused: boolean;
  },
): Attaching {
  const named = gateway.spec.listeners.filter((listener) => isNamed(listener, parent));
  if (named.length === 0) {
    return refused("NoMatchingParent", "No listeners match this parent ref");
  }
  const allowing = named.filter((listener) => allows(listener, { gateway, route }));
  if (allowing.length === 0) {
    return refused(
      "NotAllowedByListeners",
      "No listeners included by this parent ref allowed this attachment.",
    );
  }
  const { hostnames } = route.spec;
  const attachments = allowing.map(({ name, port, hostname }) => ({
    gateway: objectKey(gateway),
    listener: name,
    port,
    hosts: commonHosts(hostname, hostnames),
  }));
  const serving = attachments.filter(({ hosts }) => hosts.length > 0);
  if (serving.length > 0) return { accepted: ACCEPTED, attachments: serving };
  return {
    ...refused(
      "NoMatchingListenerHostname",
      "No intersecting hostnames were found between the listener and the route.",
    ),
    attachments: countsRefused ? attachments : [],
  };
}

function refused(reason: string, message: string): Attaching {
  return { accepted: verdict("Accepted", "False", reason, message), attachments: [] };
}

function isNamed({ name, port }: Listener, parent: ParentRef): boolean {
  return (parent.sectionName ?? name) === name && (parent.port ?? port) === port;
}

function allows(
  { allowedRoutes: { namespaces: { from } } }: Listener,
  { gateway, route }: { gateway: Gateway; route: HttpRoute },
): boolean {
  return from === "All" ||
    from === "Same" && route.metadata.namespace === gateway.metadata.namespace;
}

/**
 * The narrower of each pair that fits.
 * @param listened undefined: all hosts
 * @param wanted none: whatever the listener has
 */
export function commonHosts(
  listened: string | undefined,
  wanted: readonly string[] = [],
): readonly string[] {
  if (listened === undefined) return wanted.length === 0 ? [""] : wanted;
  if (wanted.length === 0) return [listened];
  return wanted.flatMap((host) => {
    if (covers(listened, host)) return [host];
    return covers(host, listened) ? [listened] : [];
  });
}

/** `*.example.com` covers `a.example.com` and `*.a.example.com`, but not `example.com`. */
function covers(pattern: string, host: string): boolean {
  return pattern === host || pattern.startsWith("*.") && host.endsWith(pattern.slice(1));
}
