/** What several uses of commands, one after another, ask of a cluster together. @module */

import type {
  ClusterNeeds,
  NeededObjects,
  NeededPresence,
  NeededRight,
} from "../kubernetes_command.ts";

/** @param all at least one */
export function joinedNeeds(all: readonly ClusterNeeds[]): ClusterNeeds {
  const most = (of: (needs: ClusterNeeds) => number) => Math.max(...all.map(of));
  const rates = all.map(({ requestsPerSec }) => requestsPerSec);
  return {
    rights: joinedRights(all.flatMap(({ rights }) => rights)),
    namespaces: [...new Set(all.flatMap(({ namespaces }) => namespaces))],
    createsNamespaces: all.some(({ createsNamespaces }) => createsNamespaces),
    definesKinds: all.flatMap(({ definesKinds = [] }) => definesKinds),
    objects: joinedObjects(all.flatMap(({ objects = [] }) => objects)),
    present: joinedPresence(all.flatMap(({ present = [] }) => present)),
    requestsPerSec: rates.includes(null) ? null : Math.max(...rates.map(Number)),
    connections: most(({ connections }) => connections),
    otherSockets: most(({ otherSockets = 0 }) => otherSockets),
    watches: most(({ watches }) => watches),
    defaultThresholds: [
      ...new Set(all.flatMap(({ defaultThresholds = [] }) => defaultThresholds)),
    ],
  };
}

/** Each once; what one of them cannot do without is needed. */
function joinedRights(rights: readonly NeededRight[]): NeededRight[] {
  const found = new Map<string, NeededRight>();
  for (const right of rights) {
    const { onlyFor, ...what } = right;
    const key = JSON.stringify(what);
    if (onlyFor === undefined || !found.has(key)) found.set(key, right);
  }
  return [...found.values()];
}

/** Each once. */
function joinedPresence(present: readonly NeededPresence[]): NeededPresence[] {
  const found = new Map(
    present.map((one) => [JSON.stringify([one.kind, one.namespace, one.name]), one]),
  );
  return [...found.values()];
}

/** They are removed before the next use makes its own. */
function joinedObjects(objects: readonly NeededObjects[]): NeededObjects[] {
  const found = new Map<string, NeededObjects>();
  for (const one of objects) {
    const key = JSON.stringify([one.kind, one.namespaces]);
    const { mostAtOnce = 0 } = found.get(key) ?? {};
    if (one.mostAtOnce >= mostAtOnce) found.set(key, one);
  }
  return [...found.values()];
}
