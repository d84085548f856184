/**
 * Which namespace, listener and Gateway gets which route?
 * @module
 */

/** How routes are spread over namespaces. */
export interface NamespacePlan {
  /** The first namespace's name; the others have their number after it. */
  readonly base: string;
  readonly routesPerNamespace: number;
}

/** Of all namespaces that this many routes need, at least one. */
export function namespacesFor(routes: number, plan: NamespacePlan): string[] {
  const count = Math.max(1, Math.ceil(routes / plan.routesPerNamespace));
  return Array.from({ length: count }, (_, index) => namespaceName(index, plan));
}

/** @param index of the route, from 1: each namespace is filled before the next one */
export function namespaceOf(index: number, plan: NamespacePlan): string {
  return namespaceName(Math.floor((index - 1) / plan.routesPerNamespace), plan);
}

/** @param index of the namespace, from 0 */
function namespaceName(index: number, { base }: NamespacePlan): string {
  return index === 0 ? base : `${base}-${index + 1}`;
}

/** @param index of the route, from 1: the listeners take turns. @throws {RangeError} without any */
export function listenerFor(index: number, listeners: readonly string[]): string {
  const listener = listeners[(index - 1) % listeners.length];
  if (listener === undefined) throw new RangeError("Cannot place a route without a listener");
  return listener;
}

/** How many routes each Gateway gets: the same number, and the first the remainder too. */
export function sharesOf(routes: number, gateways: number): number[] {
  const each = Math.floor(routes / gateways);
  return Array.from(
    { length: gateways },
    (_, index) => each + (index === 0 ? routes % gateways : 0),
  );
}
