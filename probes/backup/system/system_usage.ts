/**
 * What do the operator, etcd and the pods of backups use? From metrics.k8s.io, or from a page that the
 * user names. Records nothing.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import type { CallOptions, Cluster } from "../../../kube/cluster.ts";
import {
  listPodUsage,
  POD_METRICS,
  type PodUsage,
  summedUsage,
} from "../../../kube/component/pod_usage.ts";
import type { Component, Usage } from "../../../kube/component/usage.ts";
import { usageReader } from "../../../kube/component/usage_reader.ts";
import { BACKUP_JOB_PREFIX } from "../../../kube/devworkspace/words.ts";
import { isServed } from "../../../kube/server/discovery.ts";
import { BACKUP, type SystemSource } from "./flags.ts";
import type { PartPods } from "./part_pods.ts";

/** What was read of the pods of backups: they live for seconds, and most are never measured. */
export class BackupPodUsage {
  readonly #pods = new Set<string>();
  #readings = 0;
  #cpuCores = 0;
  #memoryBytes = 0;

  add(usages: readonly PodUsage[]): void {
    for (const { pod: { namespace, name }, cpuCores, memoryBytes } of usages) {
      this.#pods.add(`${namespace}/${name}`);
      this.#readings++;
      this.#cpuCores += cpuCores;
      this.#memoryBytes += memoryBytes;
    }
  }

  /** Means of one pod; undefined: none was measured. */
  get means():
    | { readonly pods: number; readonly cpuCores: number; readonly memoryBytes: number }
    | undefined {
    if (this.#readings === 0) return undefined;
    return {
      pods: this.#pods.size,
      cpuCores: this.#cpuCores / this.#readings,
      memoryBytes: this.#memoryBytes / this.#readings,
    };
  }
}

/** Why metrics.k8s.io cannot be read by anybody; undefined: it can, or it is not known. */
export async function whyNoMetrics(
  cluster: Pick<Cluster, "request">,
  options: CallOptions,
): Promise<string | undefined> {
  try {
    const isThere = await isServed(cluster, POD_METRICS, options);
    return isThere ? undefined : "the cluster has no metrics server (metrics.k8s.io)";
  } catch (thrown) {
    if (thrown instanceof OperationFailedError) return `metrics.k8s.io: ${thrown.message}`;
    throw thrown;
  }
}

/** By its pods' metrics, unless the user names where it tells of itself. */
export function partComponent(
  { part, namespace, labelSelector, isOne, container }: PartPods,
  { cluster, clock, sources }: {
    cluster: Cluster;
    clock: Clock;
    sources: readonly SystemSource[];
  },
): Component[] {
  const own = sources.filter(({ name }) => name === part);
  const readerOf = usageReader({ clock, cluster });
  if (own.length > 0) return own.map(({ source }) => ({ name: part, read: readerOf(source) }));
  const read = async (signal: AbortSignal): Promise<Usage> => {
    const usages = await listPodUsage(cluster, {
      namespace,
      signal,
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(container === undefined ? {} : { container }),
    });
    const ofPart = usages.filter(({ pod }) => isOne(pod));
    if (ofPart.length > 0) return summedUsage(ofPart);
    const message = `metrics.k8s.io knows no pod of it in namespace "${namespace}"`;
    throw new OperationFailedError("not-found", message);
  };
  return [{ name: part, read }];
}

/** All those that are measured at the time; that there is none is no failure. */
export function backupComponent(cluster: Cluster, { namespace, usage }: {
  /** Absent: all. */
  readonly namespace?: string | undefined;
  /** Sees each reading. */
  readonly usage: BackupPodUsage;
}): Component {
  return {
    name: BACKUP,
    async read(signal) {
      const all = await listPodUsage(cluster, {
        labelSelector: "job-name",
        signal,
        ...(namespace === undefined ? {} : { namespace }),
      });
      const ofBackups = all.filter(({ pod: { name = "" } }) => name.startsWith(BACKUP_JOB_PREFIX));
      usage.add(ofBackups);
      return ofBackups.length === 0 ? { levels: {} } : summedUsage(ofBackups);
    },
  };
}
