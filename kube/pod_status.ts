/**
 * What does a pod say of itself and its containers: ready or not, waiting for what, ended how, begun
 * anew how often?
 * Source: kubernetes/api, core/v1/types.go, PodStatus and ContainerStatus.
 * @module
 */

import { conditionIn, conditionsOf } from "./condition.ts";
import { elementsOf, type Fields, fieldsOf, integerOf, textOf } from "./fields.ts";
import type { KubeObject } from "./object.ts";

/** How a container, or one that was in its place before, came to its end. */
export interface ContainerEnd {
  readonly kind: "ended";
  readonly exitCode: number;
  /** E.g. `Completed`, `Error`, `OOMKilled`; empty: none. */
  readonly reason: string;
  /** Empty: none. */
  readonly message: string;
}

export type ContainerState =
  | ContainerEnd
  | { readonly kind: "running" }
  /** E.g. `PodInitializing`, `CrashLoopBackOff`, `ImagePullBackOff`; empty: not told. */
  | { readonly kind: "waiting"; readonly reason: string; readonly message: string };

export interface ContainerStatus {
  readonly name: string;
  /** How often it has begun anew in this pod. */
  readonly restarts: number;
  readonly state: ContainerState;
  /** Of the one before it; undefined: it is the first. */
  readonly lastEnd: ContainerEnd | undefined;
}

/** Those of its main containers, in no particular order; none: no kubelet has said anything yet. */
export function containersOf(pod: KubeObject): readonly ContainerStatus[] {
  return statusesIn(pod, "containerStatuses");
}

/** Those that run before the main ones. */
export function initContainersOf(pod: KubeObject): readonly ContainerStatus[] {
  return statusesIn(pod, "initContainerStatuses");
}

/** Whether it takes part: ready, and not about to go. */
export function isReadyPod({ metadata, status }: KubeObject): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return conditionIn(conditionsOf(status), "Ready")?.status === "True";
}

/** Whether none of its containers will ever run again, though the object is still there. */
export function isOverPod({ status }: KubeObject): boolean {
  const { phase } = fieldsOf(status);
  return phase === "Failed" || phase === "Succeeded";
}

function statusesIn(
  { status }: KubeObject,
  field: "containerStatuses" | "initContainerStatuses",
): ContainerStatus[] {
  return elementsOf(fieldsOf(status)[field]).map(({ name, restartCount, state, lastState }) => ({
    name: textOf(name) ?? "",
    restarts: integerOf(restartCount) ?? 0,
    state: stateOf(fieldsOf(state)),
    lastEnd: endOf(fieldsOf(lastState)["terminated"]),
  }));
}

function stateOf({ running, terminated, waiting }: Fields): ContainerState {
  const end = endOf(terminated);
  if (end !== undefined) return end;
  if (running !== undefined) return { kind: "running" };
  const { reason, message } = fieldsOf(waiting);
  return { kind: "waiting", reason: textOf(reason) ?? "", message: textOf(message) ?? "" };
}

function endOf(terminated: unknown): ContainerEnd | undefined {
  if (terminated === undefined) return undefined;
  const { exitCode, reason, message } = fieldsOf(terminated);
  return {
    kind: "ended",
    exitCode: integerOf(exitCode) ?? 0,
    reason: textOf(reason) ?? "",
    message: textOf(message) ?? "",
  };
}
