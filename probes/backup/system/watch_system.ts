/**
 * What does all that a backup needs do meanwhile? One sampler of what the operator, etcd and the pods
 * of backups use, and a watch on whether operator and etcd stay up, for as long as a run goes on.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import { given } from "../../../core/given.ts";
import type { Measures } from "../../../core/run/measures.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { podUsageRights } from "../../../kube/component/pod_usage.ts";
import { type Component, usageMeasures, watchUsage } from "../../../kube/component/usage.ts";
import { sourceRights } from "../../../kube/component/usage_reader.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { PODS } from "../../../kube/resource.ts";
import { BACKUP, SYSTEM_PARTS, type SystemPart, type SystemSource } from "./flags.ts";
import { etcdPods, operatorPods, type PartPods, PLAIN_ETCD_NAMESPACE } from "./part_pods.ts";
import { type Away, AWAY_MS, OOM_KILLS, PartRestarts, RESTARTS } from "./part_restarts.ts";
import { backupComponent, BackupPodUsage, partComponent, whyNoMetrics } from "./system_usage.ts";

export interface SystemOptions {
  readonly cluster: Cluster;
  readonly operatorNamespace: string;
  /** Where backups run; absent: in several namespaces. */
  readonly namespace?: string;
  /** From one reading of CPU and memory to the next; 0: they are not read. */
  readonly periodMs: number;
  /** Where parts tell of themselves instead. */
  readonly sources: readonly SystemSource[];
  /** A container or pod of the operator began anew, at a time of the run's clock. */
  readonly onOperatorRestart?: (atMs: number) => void;
  /** No pod of the operator was ready meanwhile; told when one is again, or at the end. */
  readonly onOperatorAway?: (away: Away) => void;
}

const USAGE = usageMeasures([...SYSTEM_PARTS, BACKUP].map((name) => ({ name })));

/** Dispose it to end all readings and watches. */
export interface SystemWatch extends AsyncDisposable {
  /** Restarts and replaced pods so far. */
  restarts(part: SystemPart): number;
  /** Means of one pod of a backup; undefined: none was measured. */
  readonly backupPods: BackupPodUsage["means"];
}

/** What {@link watchSystem} records. 0 is an answer only of what is there to be read and watched. */
export const SYSTEM_MEASURES: Measures = {
  counters: [],
  others: [
    ...USAGE.others,
    ...new Set(USAGE.counters.map(({ name }) => name)),
    RESTARTS,
    OOM_KILLS,
    AWAY_MS,
  ],
};

/** What it asks of a cluster, of which it does without any; on OpenShift etcd is elsewhere. */
export function systemRights(
  { operatorNamespace, namespace, sources }: Pick<
    SystemOptions,
    "operatorNamespace" | "namespace" | "sources"
  >,
): NeededRight[] {
  const places = [operatorNamespace, PLAIN_ETCD_NAMESPACE];
  const onlyFor = "restarts of components";
  return [
    ...places.flatMap((namespace) =>
      ["list", "watch"].map((verb) => ({ verb, kind: PODS, namespace, onlyFor }))
    ),
    ...[...places, namespace].flatMap(podUsageRights),
    ...sourceRights(sources.map(({ source }) => source)),
  ];
}

/** See the module. What cannot be read or watched is told once, and no threshold on it is met. */
export async function watchSystem(run: Run, options: SystemOptions): Promise<SystemWatch> {
  const { cluster, onOperatorRestart, onOperatorAway } = options;
  await using opened = new AsyncDisposableStack();
  const watches = new Map<SystemPart, PartRestarts>();
  const parts = await partsOf(run, options);
  for (const pods of parts) {
    const isOperator = pods.part === "operator";
    const told = isOperator ? { onRestart: onOperatorRestart, onAway: onOperatorAway } : {};
    watches.set(pods.part, opened.use(await PartRestarts.watch(run, { cluster, pods, ...told })));
  }
  const usage = new BackupPodUsage();
  if (options.periodMs > 0) opened.use(await sample(run, { ...options, parts, usage }));
  const all = opened.move();
  return {
    restarts: (part) => watches.get(part)?.count ?? 0,
    get backupPods() {
      return usage.means;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function partsOf(
  run: Run,
  { cluster, operatorNamespace }: SystemOptions,
): Promise<PartPods[]> {
  const operator = operatorPods(operatorNamespace);
  try {
    return [operator, await etcdPods(cluster, { signal: run.stopping })];
  } catch (thrown) {
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    const message = `Where etcd's pods are is not known, and no threshold on it is met: ` +
      messageOf(thrown);
    run.warn("component-unknown", message);
    return [operator];
  }
}

/** Without a metrics server what is asked of it fails each time, which is told once for all. */
async function sample(
  run: Run,
  { cluster, namespace, periodMs, sources, parts, usage }: SystemOptions & {
    readonly parts: readonly PartPods[];
    readonly usage: BackupPodUsage;
  },
): Promise<AsyncDisposable> {
  const { clock, recorder, stopping: signal } = run;
  const why = await whyNoMetrics(cluster, { signal });
  if (why !== undefined) {
    const message =
      `CPU and memory of pods are not measured, and no threshold on them is met: ${why}`;
    run.warn("no-usage", message);
  }
  const components: Component[] = parts.flatMap((pods) => {
    const isAsked = why === undefined || sources.some(({ name }) => name === pods.part);
    return isAsked ? partComponent(pods, { cluster, clock, sources }) : [];
  });
  if (why === undefined) {
    components.push(backupComponent(cluster, { usage, ...given({ namespace }) }));
  }
  run.declare(usageMeasures(components).counters);
  return watchUsage(components, {
    clock,
    recorder,
    periodMs,
    warn: (message) => run.warn("no-usage", message),
  });
}
