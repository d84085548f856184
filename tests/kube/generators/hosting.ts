/** A host of pods on a cluster in this process, and what it told. @module */

import assert from "node:assert/strict";
import type { GeneratorEnd } from "../../../core/generators/host.ts";
import type { GeneratorLine } from "../../../core/generators/line.ts";
import { createRng } from "../../../core/load/rng.ts";
import { PodHost } from "../../../kube/generators/pod_host.ts";
import type { PodPlan } from "../../../kube/generators/pod_objects.ts";
import { LEASES } from "../../../kube/owned/run_record.ts";
import {
  CONFIG_MAPS,
  JOBS,
  PODS,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../../../kube/resource.ts";
import { NAMESPACE, PodCluster } from "./pod_cluster.ts";

const PLAN: PodPlan = {
  identity: { runId: "run-1", command: "cmdriver" },
  namespace: NAMESPACE,
  count: 2,
  image: "scaletool:0.1.0",
  serviceAccount: undefined,
  needs: {
    rights: [{ verb: "create", kind: CONFIG_MAPS, namespace: NAMESPACE }],
    namespaces: [NAMESPACE],
    createsNamespaces: false,
    requestsPerSec: null,
    connections: 1,
    watches: 0,
  },
  requests: { cpu: "250m" },
  limits: { memory: "1Gi" },
  deadlineMs: 60_000,
  isReplaced: false,
  settings: { "plan.yaml": "cmdriver: {}\n" },
};
export const JOB = { namespace: NAMESPACE, name: "scaletool-run-1" };
const MADE = [JOBS, SECRETS, CONFIG_MAPS, SERVICE_ACCOUNTS, ROLES, ROLE_BINDINGS, PODS, LEASES];

/** What a host of pods told, and the cluster that they are on. */
export class Hosting implements AsyncDisposable {
  readonly lines: GeneratorLine[] = [];
  readonly said: string[] = [];
  readonly gaps: string[] = [];
  readonly ends: (GeneratorEnd & { generator: number })[] = [];
  readonly stop = new AbortController();
  readonly host: PodHost;
  isClosed = false;

  constructor(readonly cluster: PodCluster, plan: Partial<PodPlan> = {}) {
    this.host = new PodHost({
      cluster,
      plan: { ...PLAN, ...plan },
      loadKinds: [CONFIG_MAPS],
      timeoutMs: 60_000,
      clock: cluster.clock,
      rng: createRng(1),
      measureClock: () => Promise.resolve({ offsetMs: 5, boundMs: 1 }),
      found: {},
      close: () => this.isClosed = true,
    });
  }

  start(): Promise<void> {
    return this.host.start({
      onLine: (line) => this.lines.push(line),
      onGap: (generator, why) => this.gaps.push(`${generator}: ${why}`),
      onEnd: (generator, end) => this.ends.push({ generator, ...end }),
      say: (line) => this.said.push(line),
    }, this.stop.signal);
  }

  /** Waits for it on the cluster's clock. */
  async over<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => isDone = true);
    done.catch(() => {});
    for (let step = 0; step < 200 && !isDone; step++) await this.cluster.clock.advance(1_000);
    assert.ok(isDone, "it takes longer than 200 s");
    return await done;
  }

  async close(): Promise<void> {
    await this.over(this.host.close(new AbortController().signal));
  }

  async left(): Promise<string[]> {
    const left: string[] = [];
    for (const kind of MADE) {
      const { items } = await this.cluster.list(kind, { namespace: NAMESPACE });
      for (const { metadata: { name = "" } } of items) {
        if (!/^(default|kube-root-ca.crt)/.test(name)) left.push(`${kind.plural} ${name}`);
      }
    }
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.cluster[Symbol.dispose]();
  }
}

export async function hosting(plan: Partial<PodPlan> = {}, prepare = (_: PodCluster) => {}) {
  const cluster = await PodCluster.start();
  prepare(cluster);
  return new Hosting(cluster, plan);
}

/** A line of a generator's log. */
export function lineOf(generator: number, seq: number): string {
  return JSON.stringify({
    scaletool: "generator",
    generator,
    life: `life-${generator}`,
    seq,
    told: { type: "said", line: `line ${seq}` },
  });
}
