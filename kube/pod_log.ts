/**
 * What has a container written? The last lines of its log, never more than a bounded part.
 * @module
 */

import type { CallOptions, Cluster } from "./cluster.ts";
import type { ObjectRef } from "./object.ts";
import { PODS, resourcePath } from "./resource.ts";

export interface PodLogOptions extends CallOptions {
  readonly container: string;
  /** Most lines, the last ones. */
  readonly tailLines: number;
  /**
   * Most bytes of these lines, the first ones.
   * @default 64 KiB
   */
  readonly limitBytes?: number;
}

const LIMIT_BYTES = 64 * 1024;

/**
 * @throws {StatusError} if the server refuses it, the container has not begun, or its pod is gone
 * @throws {OperationFailedError} if there is no answer
 */
export async function readPodLog(
  cluster: Pick<Cluster, "request">,
  pod: Required<ObjectRef>,
  { container, tailLines, limitBytes = LIMIT_BYTES, ...call }: PodLogOptions,
): Promise<string> {
  const query = new URLSearchParams({
    container,
    tailLines: String(tailLines),
    limitBytes: String(limitBytes),
  });
  const path = `${resourcePath(PODS, { ...pod, subresource: "log" })}?${query}`;
  const answer = await cluster.request({ ...call, method: "GET", path });
  // A log that is JSON by chance comes parsed.
  return typeof answer === "string" ? answer : answer === undefined ? "" : JSON.stringify(answer);
}
