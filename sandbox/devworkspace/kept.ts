/**
 * What the stand-in keeps of objects that there are thousands of: what its controllers read of them
 * later. Whoever hears of a change has the whole object.
 * @module
 */

import { given } from "../../core/given.ts";
import { fieldsOf } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/object.ts";

/** Whether it is the same one, and goes. */
export function keptJob(job: KubeObject): KubeObject {
  const { namespace, name, uid, resourceVersion, deletionTimestamp } = job.metadata;
  return { metadata: given({ namespace, name, uid, resourceVersion, deletionTimestamp }) };
}

/** How far its containers are, until it has ended. */
export function keptPod(pod: KubeObject): KubeObject {
  const { labels, finalizers } = pod.metadata;
  const { metadata } = keptJob(pod);
  const { phase } = fieldsOf(pod["status"]);
  const hasEnded = phase === "Succeeded" || phase === "Failed";
  return {
    metadata: { ...metadata, ...given({ labels, finalizers }) },
    status: hasEnded ? { phase } : pod["status"],
  };
}

/** What it asks for, until it is bound. */
export function keptClaim(claim: KubeObject): KubeObject {
  const { phase } = fieldsOf(claim["status"]);
  return phase === "Bound" ? { ...keptJob(claim), status: { phase } } : claim;
}
