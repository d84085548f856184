/**
 * A cluster in memory that runs have left things on. Discovery answers as a small API server does.
 * @module
 */

import { createRng } from "../../../core/load/rng.ts";
import type { CleanupContext } from "../../../kube/cleanup/labelled_objects.ts";
import type { KubeObject, ObjectMeta } from "../../../kube/object.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { LEASES, RECORD_LABEL, recordName } from "../../../kube/owned/run_record.ts";
import { CONFIG_MAPS, FLUNDERS, NAMESPACES, type Resource } from "../../../kube/resource.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryCluster } from "../../support/memory_cluster.ts";

export const EVENTS: Resource = {
  group: "",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

/** As discovery lists it. */
export function listed(resource: Resource, verbs = ["list", "delete"]) {
  const { plural: name, kind, namespaced } = resource;
  return { name, kind, namespaced, verbs };
}

export interface World extends CleanupContext {
  readonly cluster: MemoryCluster;
  readonly clock: FakeClock;
  readonly said: string[];
  readonly controller: AbortController;
}

/** @param wallStart the calendar of the machine that cleans */
export function worldWithRuns(
  { wallStart = "2026-01-02T00:00:00Z", terminatingPolls = 0 } = {},
): World {
  const cluster = new MemoryCluster({ terminatingPolls });
  const group = (name: string, ...versions: string[]) => ({
    name,
    versions: versions.map((version) => ({ version })),
    preferredVersion: { version: versions[0] },
  });
  cluster.answers.set("GET /apis", {
    groups: [group("coordination.k8s.io", "v1"), group("wardle.example.com", "v1alpha1")],
  });
  cluster.answers.set("GET /api/v1", {
    resources: [
      ...[CONFIG_MAPS, NAMESPACES, EVENTS].map((resource) => listed(resource)),
      { name: "namespaces/status", kind: "Namespace", namespaced: false, verbs: ["get"] },
      { name: "bindings", kind: "Binding", namespaced: true, verbs: ["create"] },
    ],
  });
  cluster.answers.set("GET /apis/coordination.k8s.io/v1", { resources: [listed(LEASES)] });
  cluster.answers.set("GET /apis/wardle.example.com/v1alpha1", { resources: [listed(FLUNDERS)] });
  // Everybody may do everything.
  cluster.answers.set(
    "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    { status: { allowed: true } },
  );
  const clock = new FakeClock(0, { wallStart });
  const controller = new AbortController();
  const said: string[] = [];
  return {
    cluster,
    clock,
    rng: createRng(1),
    signal: controller.signal,
    controller,
    said,
    say: (line) => said.push(line),
  };
}

/** An object of a run, or of nobody with `labels: {}`. */
export function put(
  { cluster }: World,
  resource: Resource,
  { runId = "r1", ...metadata }: ObjectMeta & { runId?: string },
): void {
  const labels = ownerLabels({ runId, command: "cmdriver" });
  const creationTimestamp = "2026-01-01T00:00:00Z";
  cluster.put(resource, { metadata: { labels, creationTimestamp, ...metadata } });
}

/** The record of a run of ConfigMaps in namespace `ns`; `facts` change it. */
export function putRecord(
  { cluster }: World,
  { runId = "r1", part, renewTime = "2026-01-01T23:59:59.000000Z", ...facts }: {
    runId?: string;
    /** Of the run, that the record is of alone. */
    part?: string;
    renewTime?: string;
    resources?: readonly Resource[];
    namespaces?: readonly string[];
    madeNamespaces?: readonly string[];
    endedAt?: string;
  } = {},
): KubeObject {
  const content = {
    schemaVersion: 1,
    version: "0.1.0",
    command: "cmdriver",
    host: "bastion",
    pid: 7,
    startedAt: "2026-01-01T00:00:00.000Z",
    resources: [CONFIG_MAPS],
    namespaces: ["ns"],
    madeNamespaces: [],
    ...facts,
  };
  const lease = {
    metadata: {
      namespace: "ns",
      name: recordName(runId, part),
      labels: { ...ownerLabels({ runId, command: "cmdriver" }), [RECORD_LABEL]: "run" },
      annotations: { "scaletool.io/run-record": JSON.stringify(content) },
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: { renewTime },
  };
  cluster.put(LEASES, lease);
  return lease;
}

export { CONFIG_MAPS, FLUNDERS, LEASES, NAMESPACES };
