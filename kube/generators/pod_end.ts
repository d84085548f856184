/**
 * How did a generator in a pod come to its end, and what keeps one from its beginning? Reads a pod as
 * the cluster shows it; asks nothing.
 * Source: kubernetes/api, core/v1/types.go, PodStatus; kubelet, images/types.go and kuberuntime (reasons).
 * @module
 */

import { conditionIn, conditionsOf } from "../condition.ts";
import { fieldsOf, textOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";
import { type ContainerEnd, containersOf, isOverPod } from "../pod_status.ts";

/** As it is told of a generator, but for whether another takes its place. */
export interface PodEnd {
  readonly isOrderly: boolean;
  /** One line without a full stop. */
  readonly why: string;
  /** Undefined: the container has not told one. */
  readonly exitCode: number | undefined;
}

/** Waiting for these is of no use: somebody has to change something. */
const HOPELESS = new Set([
  "CrashLoopBackOff",
  "CreateContainerConfigError",
  "CreateContainerError",
  "ErrImageNeverPull",
  "ImageInspectError",
  "ImagePullBackOff",
  "InvalidImageName",
  "RegistryUnavailable",
  "RunContainerError",
]);

const SIGNAL_NAMES: Readonly<Record<number, string>> = {
  130: "SIGINT",
  137: "SIGKILL",
  143: "SIGTERM",
};

/** Undefined: it has not ended, as far as the pod tells. */
export function endOf(pod: KubeObject): PodEnd | undefined {
  const [container] = containersOf(pod);
  const state = container?.state;
  const status = fieldsOf(pod["status"]);
  const reason = textOf(status["reason"]);
  const isOver = state?.kind === "ended" || isOverPod(pod);
  if (!isOver) return undefined;
  const ended = state?.kind === "ended" ? state : undefined;
  const exitCode = ended?.exitCode;
  const why = whyOver(pod, { reason, ended });
  return { isOrderly: exitCode === 0, why, exitCode };
}

function whyOver(
  pod: KubeObject,
  { reason, ended }: { reason: string | undefined; ended: ContainerEnd | undefined },
): string {
  // Of the pod: Evicted, DeadlineExceeded, NodeLost, Preempting, Terminated, ...
  if (reason !== undefined) return sentence(reason, fieldsOf(pod["status"])["message"]);
  const disruption = conditionIn(conditionsOf(pod["status"]), "DisruptionTarget");
  if (disruption?.status === "True") return sentence(disruption.reason, disruption.message);
  if (ended === undefined) return "the pod is over, and no container says why";
  if (ended.reason === "OOMKilled") return "OOMKilled: it took more memory than its limit";
  if (pod.metadata.deletionTimestamp !== undefined) return "the pod was deleted";
  const signal = SIGNAL_NAMES[ended.exitCode];
  const code = `exit code ${ended.exitCode}`;
  if (signal !== undefined) return `${code} (${signal})`;
  const told = ["", "Completed", "Error"].includes(ended.reason) ? "" : ` (${ended.reason})`;
  return code + told;
}

/** Of one that is not there any more and was not seen to end. */
export const DELETED: PodEnd = {
  isOrderly: false,
  why: "the pod was deleted",
  exitCode: undefined,
};

/** Whether its container runs, or has. */
export function hasBegun(pod: KubeObject): boolean {
  const [container] = containersOf(pod);
  return container !== undefined && container.state.kind !== "waiting";
}

/** What keeps a pod from its beginning. */
export interface PodTrouble {
  /** One line without a full stop, after the pod's name. */
  readonly why: string;
  /** It will not pass by itself. */
  readonly isHopeless: boolean;
}

/** Undefined: nothing, as far as it tells. */
export function troubleOf(pod: KubeObject): PodTrouble | undefined {
  if (hasBegun(pod)) return undefined;
  const [container] = containersOf(pod);
  if (container?.state.kind === "waiting") {
    const { reason, message } = container.state;
    if (HOPELESS.has(reason)) return { why: sentence(reason, message), isHopeless: true };
    if (message !== "") return { why: sentence(reason, message), isHopeless: false };
  }
  const scheduled = conditionIn(conditionsOf(pod["status"]), "PodScheduled");
  if (scheduled?.status === "False") {
    // An autoscaler may yet add a node.
    return { why: sentence(scheduled.reason, scheduled.message), isHopeless: false };
  }
  return undefined;
}

/**
 * What a Job's controller says of a pod that it could not make.
 * @param message of an event FailedCreate
 */
export function createTrouble(message: string): PodTrouble {
  const why = message.replace(/^Error creating: /, "").trim();
  const isHopeless =
    /exceeded quota|failed quota|violates PodSecurity|denied the request|forbidden: (?!error looking up)/
      .test(why);
  return { why, isHopeless };
}

function sentence(reason: string, message: unknown): string {
  const said = (textOf(message) ?? "").trim().replace(/\s+/g, " ").replace(/\.$/, "");
  return said === "" ? reason : reason === "" ? said : `${reason}: ${said}`;
}
