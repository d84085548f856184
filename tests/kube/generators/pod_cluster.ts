/**
 * A cluster in this process with what makes pods of an Indexed Job out of it, and with logs that the test
 * writes: what a node does is done by the test.
 * @module
 */

import type { BodyLine } from "../../../kube/http/body_lines.ts";
import type { RawRequest } from "../../../kube/cluster.ts";
import { INDEX_LABEL } from "../../../kube/generators/pod_objects.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { EVENTS, JOBS, NAMESPACES, PODS } from "../../../kube/resource.ts";
import { statusError } from "../../support/memory_cluster.ts";
import { SandboxCluster } from "../../support/sandbox_cluster.ts";

export const NAMESPACE = "perf";

interface JobSpec {
  readonly suspend?: boolean;
  readonly completions: number;
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: Record<string, unknown>;
  };
}

/** The log of one pod. */
class Log {
  readonly lines: string[] = [];
  isEnded = false;
  #written = Promise.withResolvers<void>();

  write(text: string): void {
    const nano = String(this.lines.length).padStart(9, "0");
    this.lines.push(`2026-01-01T00:00:00.${nano}Z ${text}`);
    this.wake();
  }

  end(): void {
    this.isEnded = true;
    this.wake();
  }

  wake(): void {
    this.#written.resolve();
    this.#written = Promise.withResolvers();
  }

  get written(): Promise<void> {
    return this.#written.promise;
  }
}

export class PodCluster extends SandboxCluster {
  readonly logs = new Map<string, Log>();
  /** What becomes of a pod that the Job's controller makes; by default it runs. */
  onPod: (cluster: PodCluster, name: string) => Promise<void> = (cluster, name) =>
    cluster.run(name);
  /** Why no pod may be made. */
  refusal: string | undefined;
  /** Readings of logs that break off before anything comes. */
  brokenReadings = 0;
  readings = 0;

  static async start(): Promise<PodCluster> {
    const cluster = new PodCluster();
    await cluster.create(NAMESPACES, { metadata: { name: NAMESPACE } });
    cluster.after = async (call) => {
      if (call.startsWith(`PATCH /apis/batch/v1/namespaces/${NAMESPACE}/jobs/`)) {
        await cluster.#control();
      }
    };
    return cluster;
  }

  async *lines({ path, signal }: RawRequest): AsyncGenerator<BodyLine> {
    this.readings++;
    if (this.brokenReadings-- > 0) throw statusError(500, "InternalError");
    const [, name = ""] = /pods\/([^/]+)\/log/.exec(path) ?? [];
    const log = this.logs.get(name);
    if (log === undefined) throw statusError(404, "NotFound");
    const cut = new Promise<never>((_, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
    cut.catch(() => {});
    for (let next = 0;;) {
      while (next < log.lines.length) {
        const text = log.lines[next++]!;
        yield { text, bytes: text.length + 1, isUnended: false };
      }
      if (log.isEnded) return;
      await Promise.race([log.written, cut]);
    }
  }

  async jobs(): Promise<readonly KubeObject[]> {
    return (await this.list(JOBS, { namespace: NAMESPACE })).items;
  }

  /** Names of all pods, by their places. */
  async pods(): Promise<string[]> {
    const { items } = await this.list(PODS, { namespace: NAMESPACE });
    return items.map(({ metadata }) => metadata.name!).sort();
  }

  async run(name: string): Promise<void> {
    this.logs.set(name, new Log());
    await this.status(name, {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [{ name: "scaletool", state: { running: {} } }],
    });
  }

  async status(name: string, status: unknown): Promise<void> {
    await this.setStatus(PODS, { namespace: NAMESPACE, name }, status);
  }

  async end(name: string, exitCode: number, reason = "Completed"): Promise<void> {
    await this.status(name, {
      phase: exitCode === 0 ? "Succeeded" : "Failed",
      conditions: [{ type: "Ready", status: "False" }],
      containerStatuses: [{ name: "scaletool", state: { terminated: { exitCode, reason } } }],
    });
    this.logs.get(name)?.end();
  }

  /** A pod in a place, as the Job's controller makes it. */
  async makePod(index: number, generation = 0): Promise<void> {
    const [job] = await this.jobs();
    const { template } = job!["spec"] as JobSpec;
    const name = `${job!.metadata.name}-${index}-${"abc"[generation]}`;
    await this.create(PODS, {
      metadata: {
        name,
        namespace: NAMESPACE,
        labels: { ...template.metadata.labels, [INDEX_LABEL]: String(index) },
        ownerReferences: [{
          apiVersion: "batch/v1",
          kind: "Job",
          name: job!.metadata.name,
          uid: job!.metadata.uid,
          controller: true,
        }],
      } as KubeObject["metadata"],
      spec: template.spec,
    });
    await this.onPod(this, name);
  }

  async #control(): Promise<void> {
    const [job] = await this.jobs();
    const { suspend, completions } = job!["spec"] as JobSpec;
    if (suspend !== false) return;
    if (this.refusal !== undefined) return await this.#refuse(job!, this.refusal);
    for (let index = 0; index < completions; index++) await this.makePod(index);
  }

  async #refuse(job: KubeObject, message: string): Promise<void> {
    await this.create(EVENTS, {
      metadata: { name: "refused", namespace: NAMESPACE },
      involvedObject: { kind: "Job", name: job.metadata.name, namespace: NAMESPACE },
      reason: "FailedCreate",
      message: `Error creating: ${message}`,
      type: "Warning",
    });
  }
}
