/**
 * How does a test make a pod, and see what becomes of it? By plain requests to the API server.
 * @module
 */

import { eventually } from "../cluster_state.ts";
import type { ControlPlane } from "../control_plane.ts";
import { IMAGE } from "./images.ts";

/** Only what tests look at. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: {
    readonly running?: { readonly startedAt: string };
    readonly terminated?: Terminated;
  };
  readonly lastState: { readonly terminated?: Terminated };
}

export interface Terminated {
  readonly exitCode: number;
  readonly reason: string;
}

export interface PodRequest {
  readonly name: string;
  readonly namespace?: string;
  readonly args: readonly string[];
  /** Added to the container. */
  readonly container?: Readonly<Record<string, unknown>>;
  /** Added to the pod's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Makes a pod that runs the program once. */
export async function createPod(
  plane: ControlPlane,
  { name, namespace = "default", args, container = {}, spec = {} }: PodRequest,
): Promise<void> {
  await plane.admin(`/api/v1/namespaces/${namespace}/pods`, {
    method: "POST",
    body: {
      metadata: { name },
      spec: {
        restartPolicy: "Never",
        ...spec,
        containers: [{ name: "scaletool", image: IMAGE, args, ...container }],
      },
    },
  });
}

/** Waits until the pod is as it should be; how it is then. */
export async function untilPod(
  plane: ControlPlane,
  { namespace = "default", name }: { namespace?: string; name: string },
  what: string,
  condition: (pod: Pod) => boolean,
): Promise<Pod> {
  let pod: Pod | undefined;
  await eventually(`pod ${name} ${what}`, async () => {
    pod = await plane.admin<Pod>(`/api/v1/namespaces/${namespace}/pods/${name}`);
    return condition(pod);
  });
  return pod!;
}

export function hasEnded({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

/** How the only container has ended. */
export function endOf({ status }: Pod): Terminated | undefined {
  return status.containerStatuses?.[0]?.state.terminated;
}

/** What the only container has written so far. */
export async function logOf(
  plane: ControlPlane,
  { namespace = "default", name }: { namespace?: string; name: string },
): Promise<string> {
  return String(await plane.admin(`/api/v1/namespaces/${namespace}/pods/${name}/log`));
}
