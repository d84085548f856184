/**
 * Under which flow schema and priority level did the API server handle our requests? Counts what its
 * answers say (API Priority and Fairness); a request that the server never classified is not counted.
 * Source: Kubernetes, "API Priority and Fairness", "Good practices for using API Priority and Fairness".
 * @module
 */

import type { Recorder } from "../../core/measure/recorder.ts";
import type { Measures } from "../../core/run/measures.ts";
import type { ClusterReader } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import type { WireAnswer } from "./wire.ts";
import type { Resource } from "../resource.ts";

const FLOW_SCHEMA_HEADER = "x-kubernetes-pf-flowschema-uid";
const PRIORITY_LEVEL_HEADER = "x-kubernetes-pf-prioritylevel-uid";

const GROUP = { group: "flowcontrol.apiserver.k8s.io", version: "v1", namespaced: false };
const FLOW_SCHEMAS: Resource = { ...GROUP, plural: "flowschemas", kind: "FlowSchema" };
const PRIORITY_LEVELS: Resource = {
  ...GROUP,
  plural: "prioritylevelconfigurations",
  kind: "PriorityLevelConfiguration",
};

/** To learn what UIDs are called. */
export const FLOW_NAME_RIGHTS: readonly NeededRight[] = [FLOW_SCHEMAS, PRIORITY_LEVELS].map(
  (kind) => ({
    verb: "list",
    kind,
    onlyFor: "the names of flow schemas",
  }),
);

interface Flow {
  /** As the headers have them. */
  readonly flowSchema: string;
  readonly priorityLevel: string;
  /** Since the last flush. */
  answers: number;
}

/** Absent where the server does not say how it classified a request. */
export const FLOW_MEASURES: Measures = { counters: [], others: ["requests"] };

/** Counts by the pair of both. */
export class FlowControl {
  readonly #flows = new Map<string, Flow>();
  readonly #names = new Map<string, string>();

  /** For `ConnectionOptions.onAnswer`. */
  onAnswer({ headers }: Pick<WireAnswer, "headers">): void {
    const flowSchema = headers.get(FLOW_SCHEMA_HEADER);
    if (flowSchema === null) return;
    const priorityLevel = headers.get(PRIORITY_LEVEL_HEADER) ?? "";
    const key = `${flowSchema}/${priorityLevel}`;
    const flow = this.#flows.get(key);
    if (flow === undefined) this.#flows.set(key, { flowSchema, priorityLevel, answers: 1 });
    else flow.answers++;
  }

  /** Learns what the UIDs are called; what may not be read keeps its UID. */
  async learnNames(cluster: ClusterReader): Promise<void> {
    await Promise.all([FLOW_SCHEMAS, PRIORITY_LEVELS].map(async (resource) => {
      try {
        for (const { metadata } of (await cluster.list(resource)).items) {
          this.#names.set(metadata.uid ?? "", metadata.name ?? "");
        }
      } catch {
        // Not served before Kubernetes 1.29, or not allowed: names are a comfort only.
      }
    }));
  }

  /** Forgets what was counted so far: getting ready is no load. */
  reset(): void {
    this.#flows.clear();
  }

  /** Adds what came since the last time as counter `requests`, by flow schema and priority level. */
  flush(recorder: Recorder, atMs: number): void {
    for (const flow of this.#flows.values()) {
      if (flow.answers === 0) continue;
      const tags = {
        flowSchema: this.#namesOf(flow.flowSchema),
        priorityLevel: this.#namesOf(flow.priorityLevel),
      };
      recorder.count("requests", flow.answers, { atMs, tags });
      flow.answers = 0;
    }
  }

  /**
   * An aggregated API's answer has passed two servers that classified it, and has the header of
   * both: as a rule the same one twice. Two that differ are both shown, `catch-all/global-default`.
   */
  #namesOf(header: string): string {
    const uids = new Set(header.split(",").map((uid) => uid.trim()));
    return [...uids].map((uid) => this.#names.get(uid) ?? uid).join("/");
  }
}
