/**
 * Plays the metrics server: now and then it says what the pods use that it finds running. How much that is
 * follows from the work of the operator and the number of objects.
 * @module
 */

import { POD_METRICS } from "../../../kube/component/pod_usage.ts";
import { BACKUP_CONTAINER } from "../../../kube/devworkspace/words.ts";
import { elementsOf, fieldsOf } from "../../../kube/fields.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { timestamp } from "../../kubernetes/api_state.ts";
import { ETCD_POD, OPERATOR_POD } from "../installation.ts";
import type { WorkMeter } from "../work_meter.ts";
import type { ClusterTools } from "./tools.ts";

const KIB = 2 ** 10;
const MIB = 2 ** 20;

interface Usage {
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

const BACKUP_USAGE: Usage = { cpuCores: 0.15, memoryBytes: 96 * MIB };
const IDLE_OPERATOR: Usage = { cpuCores: 0.005, memoryBytes: 60 * MIB };
const IDLE_ETCD: Usage = { cpuCores: 0.02, memoryBytes: 80 * MIB };
const OPERATOR_BYTES_A_WORKSPACE = 20 * KIB;
const ETCD_BYTES_AN_OBJECT = 8 * KIB;

interface Measured {
  readonly pod: KubeObject;
  readonly container: string;
  readonly usage: Usage;
}

export class MetricsServer {
  readonly #tools: ClusterTools;
  readonly #work: WorkMeter;
  /** Whose metrics are there. */
  #known = new Map<string, { readonly namespace: string; readonly name: string }>();

  /** @param work of the operator */
  constructor(tools: ClusterTools, work: WorkMeter) {
    this.#tools = tools;
    this.#work = work;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { view, pace: { clock }, settings, signal } = this.#tools;
    await view.ready();
    while (!signal.aborted) {
      const { metricsPeriodMs } = settings().cluster;
      await this.#look(metricsPeriodMs);
      await clock.sleepUntil(clock.now() + metricsPeriodMs, signal);
    }
  }

  async #look(windowMs: number): Promise<void> {
    const { writer } = this.#tools;
    const known = new Map<string, { readonly namespace: string; readonly name: string }>();
    for (const measured of this.#measured(windowMs)) {
      const { namespace = "", name = "" } = measured.pod.metadata;
      const key = `${namespace}/${name}`;
      known.set(key, { namespace, name });
      const object = this.#metrics(measured, windowMs);
      if (this.#known.has(key)) await writer.patch(POD_METRICS, { namespace, name }, object);
      else await writer.create(POD_METRICS, object).catch(() => {}); // its namespace may be going
    }
    for (const [key, ref] of this.#known) {
      if (!known.has(key)) await writer.remove(POD_METRICS, ref);
    }
    this.#known = known;
  }

  *#measured(windowMs: number): Generator<Measured> {
    const { pods, workspaces, jobs, claims } = this.#tools.view;
    const busyCores = this.#work.take() / windowMs;
    const [workspaceCount, others] = [workspaces.size, pods.size + jobs.size + claims.size];
    const usages = new Map<string, Usage>([
      [keyOf(OPERATOR_POD), {
        cpuCores: IDLE_OPERATOR.cpuCores + busyCores,
        memoryBytes: IDLE_OPERATOR.memoryBytes + workspaceCount * OPERATOR_BYTES_A_WORKSPACE,
      }],
      [keyOf(ETCD_POD), {
        cpuCores: IDLE_ETCD.cpuCores + busyCores / 2,
        memoryBytes: IDLE_ETCD.memoryBytes + (workspaceCount + others) * ETCD_BYTES_AN_OBJECT,
      }],
    ]);
    for (const pod of pods.all()) {
      const [container = ""] = runningContainers(pod);
      const usage = usages.get(objectKey(pod)) ??
        (container === BACKUP_CONTAINER ? BACKUP_USAGE : undefined);
      if (container !== "" && usage !== undefined) yield { pod, container, usage };
    }
  }

  #metrics({ pod, container, usage }: Measured, windowMs: number): KubeObject {
    const { namespace, name, labels = {} } = pod.metadata;
    const cpu = `${Math.round(usage.cpuCores * 1e9)}n`;
    const memory = `${Math.round(usage.memoryBytes / KIB)}Ki`;
    return {
      metadata: { namespace, name, labels } as KubeObject["metadata"],
      timestamp: timestamp(this.#tools.pace),
      window: `${windowMs / 1_000}s`,
      containers: [{ name: container, usage: { cpu, memory } }],
    };
  }
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function runningContainers({ status }: KubeObject): string[] {
  return elementsOf(fieldsOf(status)["containerStatuses"])
    .filter(({ state }) => fieldsOf(state)["running"] !== undefined)
    .map(({ name }) => String(name));
}
