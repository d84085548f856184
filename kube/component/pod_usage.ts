/**
 * What do the pods of a component use, as the cluster itself measures it? Sums over their containers.
 * Records nothing.
 * Sources: kubernetes/metrics, pkg/apis/metrics/v1beta1 (PodMetrics); google/cadvisor,
 * docs/storage/prometheus.md (container_cpu_cfs_*), served by each kubelet at /metrics/cadvisor.
 * @module
 */

import * as z from "zod";
import { OperationFailedError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { Cluster, ListOptions } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import type { KubeObject, ObjectMeta } from "../object.ts";
import { parseQuantity } from "../quantity.ts";
import { NODES, PODS, type Resource } from "../resource.ts";
import { metricSamples } from "./metrics_page.ts";
import type { ProcessTotals, Usage } from "./usage.ts";

/** Absent from a cluster without a metrics server. */
export const POD_METRICS: Resource = {
  group: "metrics.k8s.io",
  version: "v1beta1",
  plural: "pods",
  kind: "PodMetrics",
  namespaced: true,
};

const PodMetrics = z.object({
  containers: z.array(z.object({
    name: z.string().optional(),
    usage: z.object({ cpu: z.string(), memory: z.string() }),
  })),
});
const Scheduled = z.object({ spec: z.object({ nodeName: z.string().min(1) }) });

interface ComponentPods {
  readonly cluster: Pick<Cluster, "list" | "request">;
  readonly namespace: string;
  readonly labelSelector: string;
}

/** What one pod uses. */
export interface PodUsage {
  readonly pod: ObjectMeta;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/** What {@link listPodUsage} asks of a cluster. @param namespace absent: all */
export function podUsageRights(namespace?: string): NeededRight[] {
  const onlyFor = "CPU and memory of components";
  return [{ verb: "list", kind: POD_METRICS, onlyFor, ...given({ namespace }) }];
}

/** What {@link readPodThrottling} asks of a cluster. */
export function podThrottlingRights(namespace: string): NeededRight[] {
  const onlyFor = "CPU throttling of components";
  return [
    { verb: "list", kind: PODS, namespace, onlyFor },
    { verb: "get", kind: NODES, subresource: "proxy", onlyFor },
  ];
}

/**
 * Means of the metrics server's last window, which may be a minute old.
 * @throws {OperationFailedError} if it is not served or not allowed, or knows none of the pods yet
 */
export async function readPodUsage(pods: ComponentPods, signal: AbortSignal): Promise<Usage> {
  const usages = await listPodUsage(pods.cluster, { ...pods, signal });
  if (usages.length === 0) throw noPods(pods, "with metrics");
  return summedUsage(usages);
}

/**
 * Of each pod that the metrics server knows, as {@link readPodUsage}; one that has just come or has
 * just gone is not there.
 * @param options `container`: of it alone; a pod without it is left out
 * @throws {OperationFailedError} if they are not served, not allowed or not understood
 */
export async function listPodUsage(
  cluster: Pick<Cluster, "list">,
  { container, ...options }: Pick<ListOptions, "namespace" | "labelSelector" | "signal"> & {
    readonly container?: string;
  },
): Promise<PodUsage[]> {
  const { namespace, labelSelector, signal } = options;
  const selection = given({ namespace, labelSelector, signal });
  const { items } = await cluster.list(POD_METRICS, selection);
  return items.flatMap((item) => {
    const containers = PodMetrics.safeParse(item).data?.containers ?? [];
    const counted = containers.filter(({ name }) => container === undefined || name === container);
    if (counted.length === 0 && container !== undefined) return [];
    return [{ pod: item.metadata, ...sumOf(item.metadata, counted.map(({ usage }) => usage)) }];
  });
}

export function summedUsage(usages: readonly PodUsage[]): Usage {
  let [cpuCores, memoryBytes] = [0, 0];
  for (const one of usages) {
    [cpuCores, memoryBytes] = [cpuCores + one.cpuCores, memoryBytes + one.memoryBytes];
  }
  return { levels: { cpuCores, memoryBytes } };
}

function sumOf(
  { namespace, name }: ObjectMeta,
  usages: readonly { readonly cpu: string; readonly memory: string }[],
): Pick<PodUsage, "cpuCores" | "memoryBytes"> {
  let [cpuCores, memoryBytes] = [0, 0];
  for (const { cpu, memory } of usages) {
    cpuCores += parseQuantity(cpu);
    memoryBytes += parseQuantity(memory);
  }
  if (Number.isFinite(cpuCores + memoryBytes)) return { cpuCores, memoryBytes };
  const message = `Cannot read the metrics of pod ${namespace}/${name}: a quantity in them is none`;
  throw new OperationFailedError("protocol", message);
}

/**
 * In how many periods of the CPU quota the containers were held back; containers without a limit have
 * no such periods.
 * @throws {OperationFailedError} if a node does not let this user read it, or no pod is scheduled
 */
export async function readPodThrottling(pods: ComponentPods, signal: AbortSignal): Promise<Usage> {
  const { cluster, namespace, labelSelector } = pods;
  const { items } = await cluster.list(PODS, { namespace, labelSelector, signal });
  const nodes = Map.groupBy(items, (pod) => Scheduled.safeParse(pod).data?.spec.nodeName);
  nodes.delete(undefined);
  if (nodes.size === 0) throw noPods(pods, "on a node");
  const totals = new Map<string, ProcessTotals>();
  await Promise.all([...nodes].map(async ([node, onIt]) => {
    const path = `/api/v1/nodes/${encodeURIComponent(node!)}/proxy/metrics/cadvisor`;
    const page = await cluster.request({ method: "GET", path, signal });
    addThrottling(totals, { page: String(page ?? ""), pods: onIt });
  }));
  return { levels: {}, totals };
}

const PERIODS = "container_cpu_cfs_periods_total";
const THROTTLED = "container_cpu_cfs_throttled_periods_total";

/** By container; the cgroup of a whole pod, and of its sandbox, count for nothing. */
function addThrottling(
  totals: Map<string, ProcessTotals>,
  { page, pods }: { page: string; pods: readonly KubeObject[] },
): void {
  const wanted = new Set(pods.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`));
  for (const { name, labels, value } of metricSamples(page, new Set([PERIODS, THROTTLED]))) {
    const { namespace, pod, container = "", id = "" } = labels;
    if (container === "" || container === "POD" || !wanted.has(`${namespace}/${pod}`)) continue;
    const key = `${namespace}/${pod}/${container}/${id}`;
    const field = name === PERIODS ? "periods" : "throttledPeriods";
    totals.set(key, { ...totals.get(key), [field]: value });
  }
}

function noPods(
  { namespace, labelSelector }: ComponentPods,
  what: string,
): OperationFailedError {
  const message = `There is no pod "${labelSelector}" ${what} in namespace "${namespace}"`;
  return new OperationFailedError("not-found", message);
}
