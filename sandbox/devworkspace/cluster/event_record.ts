/** What the scheduler tells in events. @module */

import type { KubeObject } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { KubeWriter } from "../kube_writer.ts";

const EVENTS: Resource = {
  group: "",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

/** @param options.now RFC 3339 */
export async function recordUnscheduled(
  writer: KubeWriter,
  { metadata: { namespace = "", name = "", uid } }: KubeObject,
  { message, now }: { readonly message: string; readonly now: string },
): Promise<void> {
  await writer.create(EVENTS, {
    metadata: { namespace, generateName: `${name}.` },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
    type: "Warning",
    reason: "FailedScheduling",
    message,
    source: { component: "default-scheduler" },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  });
}
