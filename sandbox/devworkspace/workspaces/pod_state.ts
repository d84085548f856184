/**
 * How far has a workspace's pod come?
 * @module
 */

import { conditionIn, conditionsOf } from "../../../kube/condition.ts";
import { elementsOf, fieldsOf, textOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";

/** Kind of trouble that it does not get out of by itself; undefined: none. */
export interface PodTrouble {
  /** Of the event. */
  readonly event?: string;
  readonly message: string;
}

const HOPELESS: readonly unknown[] = [
  "CrashLoopBackOff",
  "CreateContainerError",
  "ImagePullBackOff",
  "RunContainerError",
];

export function isReady(pod: KubeObject): boolean {
  return conditionIn(conditionsOf(pod["status"]), "Ready")?.status === "True";
}

export function troubleOf(pod: KubeObject): PodTrouble | undefined {
  const scheduled = conditionIn(conditionsOf(pod["status"]), "PodScheduled");
  if (scheduled?.status === "False") {
    const { message } = scheduled;
    const event = "FailedScheduling";
    return { event, message: `Detected unrecoverable event ${event}: ${message}` };
  }
  const { initContainerStatuses, containerStatuses } = fieldsOf(pod["status"]);
  return hopeless("Init Container", initContainerStatuses) ??
    hopeless("Container", containerStatuses);
}

function hopeless(what: string, statuses: unknown): PodTrouble | undefined {
  for (const { name, state } of elementsOf(statuses)) {
    const reason = textOf(fieldsOf(fieldsOf(state)["waiting"])["reason"]);
    if (HOPELESS.includes(reason)) return { message: `${what} ${name} has state ${reason}` };
  }
  return undefined;
}
