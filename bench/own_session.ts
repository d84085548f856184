/** A connected cluster with the flags that nobody gave, for programs that measure parts of a command. @module */

import type { Clock } from "../core/load/clock.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../kube/cluster_flags.ts";
import { resolveTarget, systemWorld } from "../kube/config/target.ts";
import { type ClusterSession, connectCluster } from "../kube/connect.ts";
import type { RunIdentity } from "../kube/owned/ownership.ts";

export async function openSession(
  clock: Clock,
  { kubeconfig, identity, ...given }: {
    readonly kubeconfig: string;
    readonly identity: RunIdentity;
    /** @default {1}, as of the flag */
    readonly conns?: number;
  },
): Promise<ClusterSession> {
  const values = { ...defaultsOf(), kubeconfig, ...given };
  const target = resolveTarget(values, systemWorld(clock));
  return await connectCluster({ identity, values, target, clock });
}

/** The flags' values when none is given. */
function defaultsOf(): ClusterValues {
  return Object.fromEntries(
    Object.entries(CLUSTER_FLAGS).map(([name, { defaultValue }]) => [name, defaultValue]),
  ) as unknown as ClusterValues;
}
