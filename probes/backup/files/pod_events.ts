/**
 * The events of pods while a run goes on, as `kubectl get events --watch` prints them. Keeps no
 * objects; a cluster that does not show them costs the file, and nothing else.
 * @module
 */

import { given } from "../../../core/given.ts";
import { messageOf } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import { humanDuration } from "../../../kube/human_duration.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { EVENTS } from "../../../kube/resource.ts";
import { Reflector } from "../../../kube/watch/reflector.ts";
import { WatchLog } from "./watch_log.ts";

export class PodEventLog {
  readonly #log = new WatchLog(["NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]);

  /** @param now by which it is said how long ago it was */
  see(event: KubeObject, now: Date): void {
    const { type, reason, message, involvedObject } = event;
    const { kind, name } = fieldsOf(involvedObject);
    this.#log.add(
      event.metadata.namespace ?? "",
      lastSeen(event, now),
      textOf(type) ?? "",
      textOf(reason) ?? "",
      `${(textOf(kind) ?? "").toLowerCase()}/${textOf(name) ?? ""}`,
      textOf(message) ?? "",
    );
  }

  /** What was seen next is not all that there was since. */
  gap(): void {
    this.#log.add("", "", "", "", "", "# the watch was lost: events may be missing here");
  }

  text(): string {
    return this.#log.text();
  }
}

/** Source: kubernetes, pkg/printers/internalversion/printers.go, printEvent. */
function lastSeen(event: KubeObject, now: Date): string {
  const { lastTimestamp, eventTime, series } = event;
  const text = textOf(fieldsOf(series)["lastObservedTime"]) ?? textOf(lastTimestamp) ??
    textOf(eventTime) ?? event.metadata.creationTimestamp ?? "";
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? "<unknown>" : humanDuration(now.getTime() - atMs);
}

interface PodEventOptions {
  readonly log: PodEventLog;
  /** Absent: in all namespaces. */
  readonly namespace?: string;
  /** Those of other namespaces are nobody's business. */
  readonly isOurs: (namespace: string) => boolean;
}

/** What {@link followPodEvents} asks of a cluster. @param namespace absent: all */
export function podEventRights(namespace?: string): NeededRight[] {
  return ["list", "watch"].map((verb) => ({
    verb,
    kind: EVENTS,
    onlyFor: "the log of pod events",
    ...given({ namespace }),
  }));
}

/** Follows them until it is disposed. */
export function followPodEvents(
  run: Run,
  cluster: ClusterReader,
  { log, namespace, isOurs }: PodEventOptions,
): AsyncDisposable {
  const ending = new AbortController();
  const see = (event: KubeObject) => {
    if (isOurs(event.metadata.namespace ?? "")) log.see(event, run.clock.wallNow());
  };
  let hasListed = false;
  const reflector = new Reflector(cluster, {
    resource: EVENTS,
    selection: { fieldSelector: "involvedObject.kind=Pod", ...given({ namespace }) },
    clock: run.clock,
    rng: run.rng.fork("pod events"),
    store: {
      // Those of the first list were before the run.
      replace: () => {
        if (hasListed) log.gap();
        hasListed = true;
      },
      apply: ({ type, object }) => {
        if (type === "ADDED" || type === "MODIFIED") see(object);
      },
    },
  });
  const following = reflector.run(ending.signal).catch((error) => {
    run.warn("no-pod-events", `The events of pods cannot be followed: ${messageOf(error)}`);
  });
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await following;
    },
  };
}
