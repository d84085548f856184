/**
 * What has a container printed? Nothing runs here: what plays a node keeps that text in an annotation of
 * the pod.
 * Source: kubernetes, pkg/registry/core/pod/strategy.go (LogLocation); PodLogOptions of the API reference.
 * @module
 */

import { conditionIn, conditionsOf } from "../../../kube/condition.ts";
import { elementsOf, fieldsOf, textOf } from "../../../kube/fields.ts";
import { textAnswer } from "../answers/answers.ts";
import { badRequest } from "../answers/api_error.ts";
import type { StoredObject } from "../store/stored_object.ts";

/** Where the text of a container is kept. */
export function logAnnotation(container: string): string {
  return `log.sandbox.scaletool.dev/${container}`;
}

/** @throws {ApiError} 400 */
export function podLogAnswer(pod: StoredObject, query: URLSearchParams): Response {
  const container = containerOf(pod, query.get("container") ?? "");
  const { annotations = {} } = pod.fields.metadata;
  const text = annotations[logAnnotation(container)];
  const is = `container "${container}" in pod "${pod.name}"`;
  if (query.get("previous") === "true") {
    throw badRequest(`previous terminated ${is} not found`);
  }
  // A pod that is on no node yet has printed nothing.
  if (text === undefined && isScheduled(pod)) {
    const reason = waitingReason(pod, container);
    if (reason !== undefined) throw badRequest(`${is} is waiting to start: ${reason}`);
  }
  return textAnswer(lastPart(text ?? "", query));
}

function containerOf(pod: StoredObject, asked: string): string {
  const { containers, initContainers } = fieldsOf(pod.fields["spec"]);
  const [names, initNames] = [containers, initContainers].map((all) =>
    elementsOf(all).map(({ name }) => textOf(name) ?? "")
  ) as [string[], string[]];
  if (asked === "") {
    if (names.length === 1) return names[0]!;
    const others = initNames.length === 0
      ? ""
      : ` or one of the init containers: [${initNames.join(" ")}]`;
    throw badRequest(
      `a container name must be specified for pod ${pod.name}, choose one of: ` +
        `[${names.join(" ")}]${others}`,
    );
  }
  if (names.includes(asked) || initNames.includes(asked)) return asked;
  throw badRequest(`container ${asked} is not valid for pod ${pod.name}`);
}

function isScheduled({ fields: { status } }: StoredObject): boolean {
  return conditionIn(conditionsOf(status), "PodScheduled")?.status === "True";
}

function waitingReason({ fields }: StoredObject, container: string): string | undefined {
  const { containerStatuses, initContainerStatuses } = fieldsOf(fields["status"]);
  const all = [...elementsOf(containerStatuses), ...elementsOf(initContainerStatuses)];
  const { state } = all.find(({ name }) => name === container) ?? {};
  return textOf(fieldsOf(fieldsOf(state)["waiting"])["reason"]);
}

function lastPart(text: string, query: URLSearchParams): string {
  const tail = Number(query.get("tailLines") ?? Infinity);
  const limit = Number(query.get("limitBytes") ?? Infinity);
  const lines = text.split(/(?<=\n)/);
  const kept = tail >= lines.length ? text : lines.slice(lines.length - tail).join("");
  return kept.slice(0, limit);
}
