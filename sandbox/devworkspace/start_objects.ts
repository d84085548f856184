/**
 * What is there before anybody has used it: the definitions, the operator's namespace with its config and
 * its pod, and a pod of etcd.
 * @module
 */

import { OPERATOR_CONFIGS } from "../../kube/devworkspace/kinds.ts";
import type { KubeObject } from "../../kube/object.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, PODS } from "../../kube/resource.ts";
import { podStatus, running } from "./cluster/pod_status.ts";
import { GLOBAL_CONFIG_REF } from "./config.ts";
import { definitionsOf } from "./definitions/mod.ts";
import { ETCD_POD, OPERATOR_POD } from "./installation.ts";
import type { KubeWriter } from "./kube_writer.ts";
import type { OperatorProfile } from "./profile.ts";

/** @param options.now RFC 3339 */
export async function createStartObjects(
  writer: KubeWriter,
  { profile, hasMetrics, now }: {
    readonly profile: OperatorProfile;
    readonly hasMetrics: boolean;
    readonly now: string;
  },
): Promise<void> {
  for (const definition of definitionsOf(profile, { hasMetrics })) {
    await writer.create(CUSTOM_RESOURCE_DEFINITIONS, definition);
  }
  for (const pod of [OPERATOR_POD, ETCD_POD]) {
    await writer.create(NAMESPACES, { metadata: { name: pod.namespace } });
    await createSystemPod(writer, pod, now);
  }
  await writer.create(OPERATOR_CONFIGS, globalConfig());
}

/**
 * With every block: the operator ends, and begins anew, when a block appears that was not there at its
 * start.
 */
function globalConfig(): KubeObject {
  return {
    metadata: { ...GLOBAL_CONFIG_REF },
    config: {
      routing: { defaultRoutingClass: "basic", clusterHostSuffix: "sandbox.test" },
      workspace: {},
    },
  };
}

/** One that is there before anybody has used it; its container's image is never pulled. */
export function systemPodObject(
  { namespace, name, labels, container }: typeof OPERATOR_POD | typeof ETCD_POD,
): KubeObject {
  return {
    metadata: { namespace, name, labels },
    spec: { containers: [{ name: container, image: `quay.io/sandbox/${container}:sandbox` }] },
  };
}

async function createSystemPod(
  writer: KubeWriter,
  system: typeof OPERATOR_POD | typeof ETCD_POD,
  now: string,
): Promise<void> {
  const pod = systemPodObject(system);
  await writer.create(PODS, pod);
  const { namespace, name } = system;
  const said = { phase: "Running", containers: running(now), isReady: true, now } as const;
  await writer.patchStatus(PODS, { namespace, name }, podStatus(pod, said));
}
