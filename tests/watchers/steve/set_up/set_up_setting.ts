/** A cluster in memory that serves definitions, and what getting it ready takes. @module */

import { createRng } from "../../../../core/load/rng.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../../../kube/resource.ts";
import { ownerLabels } from "../../../../kube/owned/ownership.ts";
import { crd, CRD_NAME } from "../../../../watchers/steve/load/objects.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { MemoryCluster } from "../../../support/memory_cluster.ts";

export const COMMAND = "steve-watch";
export const CRDS = CUSTOM_RESOURCE_DEFINITIONS;
export const CRD_CALL = `customresourcedefinitions.apiextensions.k8s.io ${CRD_NAME}`;

export function labelsOf(runId: string): Record<string, string> {
  return ownerLabels({ runId, command: COMMAND });
}

export function setUpSetting({ terminatingPolls = 0 } = {}) {
  const cluster = new MemoryCluster({ terminatingPolls });
  const clock = new FakeClock();
  const controller = new AbortController();
  const said: string[] = [];
  const context = {
    clock,
    rng: createRng(1),
    signal: controller.signal,
    say: (line: string) => void said.push(line),
  };
  return { cluster, clock, controller, said, context };
}

/** A definition as the server has it. */
export function definition(
  { labels = labelsOf("r1"), conditions = [], ...metadata }: {
    labels?: Record<string, string>;
    conditions?: readonly unknown[];
    finalizers?: string[];
    deletionTimestamp?: string;
  } = {},
): KubeObject {
  const made = crd("A", { labels });
  return {
    ...made,
    metadata: { ...made.metadata, ...metadata },
    status: { conditions },
  };
}

export const ESTABLISHED = [{ type: "Established", status: "True" }];

/** Establishes each definition at the first look after it was made. */
export function establishes(cluster: MemoryCluster): void {
  let isMade = false;
  cluster.onCall = (call) => {
    if (call === `create ${CRD_CALL}`) isMade = true;
    else if (isMade && call === `get ${CRD_CALL}`) {
      isMade = false;
      const labels = cluster.writes.findLast((write) => write.call === `create ${CRD_CALL}`)!;
      const { metadata } = labels.body as KubeObject;
      cluster.put(CRDS, definition({ labels: { ...metadata.labels }, conditions: ESTABLISHED }));
    }
  };
}
