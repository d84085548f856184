/**
 * What a node says of the pods on it.
 * Source: Kubernetes API reference, PodStatus.
 * @module
 */

import { elementsOf, fieldsOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";

/** Of one container, as PodStatus has it. */
export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | {
    readonly terminated: {
      readonly exitCode: number;
      readonly reason: string;
      readonly startedAt: string;
      readonly finishedAt: string;
    };
  };

export function waiting(reason: string): ContainerState {
  return { waiting: { reason } };
}

export function running(now: string): ContainerState {
  return { running: { startedAt: now } };
}

export function ended(
  exitCode: number,
  { startedAt, now }: { readonly startedAt: string; readonly now: string },
): ContainerState {
  const reason = exitCode === 0 ? "Completed" : "Error";
  return { terminated: { exitCode, reason, startedAt, finishedAt: now } };
}

interface PodSaid {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly containers: ContainerState;
  readonly lastState?: ContainerState;
  readonly restarts?: number;
  readonly initContainers?: ContainerState;
  readonly initRestarts?: number;
  readonly isReady: boolean;
  readonly now: string;
}

export function podStatus(pod: KubeObject, said: PodSaid): unknown {
  const { phase, containers, initContainers, isReady, now } = said;
  const { lastState = {}, restarts = 0, initRestarts = 0 } = said;
  const spec = fieldsOf(pod["spec"]);
  const condition = (type: string, is: boolean) => ({
    type,
    status: is ? "True" : "False",
    lastTransitionTime: now,
  });
  return {
    phase,
    startTime: pod.metadata.creationTimestamp,
    conditions: [
      condition("PodScheduled", true),
      condition("Initialized", phase !== "Pending"),
      condition("ContainersReady", isReady),
      condition("Ready", isReady),
    ],
    containerStatuses: statusesOf(spec["containers"], {
      state: containers,
      lastState,
      isReady,
      restartCount: restarts,
    }),
    ...(initContainers === undefined ? {} : {
      initContainerStatuses: statusesOf(spec["initContainers"], {
        state: initContainers,
        isReady: "terminated" in initContainers && initContainers.terminated.exitCode === 0,
        restartCount: initRestarts,
      }),
    }),
  };
}

export function unschedulableStatus(message: string, now: string): unknown {
  const scheduled = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastTransitionTime: now,
  };
  return { phase: "Pending", conditions: [scheduled] };
}

function statusesOf(
  containers: unknown,
  { state, lastState = {}, isReady, restartCount }: {
    readonly state: ContainerState;
    readonly lastState?: object;
    readonly isReady: boolean;
    readonly restartCount: number;
  },
): unknown {
  return elementsOf(containers).map(({ name, image }) => ({
    name,
    image,
    imageID: "",
    ready: isReady,
    started: "running" in state,
    restartCount,
    state,
    lastState,
  }));
}
