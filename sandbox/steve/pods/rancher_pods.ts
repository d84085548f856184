/**
 * The pods that Steve runs in, as objects of the cluster and as what a command in them sees: each has
 * a cache of its own, and so a write-ahead log of its own.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { NAMESPACES, resourcePath } from "../../../kube/resource.ts";
import type { ApiHandler } from "../../faults/fault.ts";
import { sendWrite } from "../../start_object.ts";

export interface RancherOptions {
  /** @default cattle-system */
  readonly namespace?: string;
  /** @default {app: rancher} */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default 1 */
  readonly replicas?: number;
}

const RANCHER_CONTAINER = "rancher";

/** Names of the pods, made if they are not there. */
export async function createRancherPods(
  kube: ApiHandler,
  { namespace = "cattle-system", labels = { app: "rancher" }, replicas = 1 }: RancherOptions,
): Promise<string[]> {
  const names = Array.from({ length: replicas }, (_, index) => `rancher-5d8f7c9b6d-${index}`);
  if (names.length > 0) {
    await post(kube, resourcePath(NAMESPACES), { metadata: { name: namespace } });
  }
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  for (const name of names) {
    await post(kube, pods, {
      metadata: { name, namespace, labels },
      spec: { containers: [{ name: RANCHER_CONTAINER, image: "rancher/rancher:sandbox" }] },
    });
    await send(kube, {
      method: "PATCH",
      path: `${pods}/${name}/status`,
      body: { status: runningStatus() },
    });
  }
  return names;
}

function runningStatus(): unknown {
  return {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [{
      name: RANCHER_CONTAINER,
      image: "rancher/rancher:sandbox",
      imageID: "",
      ready: true,
      restartCount: 0,
      started: true,
      state: { running: {} },
    }],
  };
}

function post(kube: ApiHandler, path: string, body: KubeObject): Promise<void> {
  return send(kube, { method: "POST", path, body });
}

/** What is there already stays. */
async function send(kube: ApiHandler, request: Parameters<typeof sendWrite>[1]): Promise<void> {
  await (await sendWrite(kube, request)).body?.cancel();
}
