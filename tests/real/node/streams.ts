/**
 * What an API server tells as it happens: logs that are followed, and watches. No code of what is
 * tested has a part in it.
 * @module
 */

import { eventually } from "../cluster_state.ts";
import type { ControlPlane } from "../control_plane.ts";
import type { Pod, Terminated } from "./pods.ts";

interface Ref {
  readonly namespace?: string;
  readonly name: string;
}

/** The lines of an answer that does not end by itself, as they come; ends with the server's. */
async function* linesOf(
  plane: ControlPlane,
  path: string,
): AsyncGenerator<string> {
  using client = Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(plane.caFile)] });
  const response = await fetch(`${plane.server}${path}`, {
    client,
    headers: { authorization: `Bearer ${plane.token("admin")}` },
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** A log that is followed to the end of its container. */
export class FollowedLog {
  /** So far. */
  readonly lines: string[] = [];
  /** Resolves at the end. */
  readonly ended: Promise<readonly string[]>;

  constructor(plane: ControlPlane, { namespace = "default", name }: Ref) {
    this.ended = this.#follow(linesOf(
      plane,
      `/api/v1/namespaces/${namespace}/pods/${name}/log?follow=true`,
    ));
  }

  async until(pattern: RegExp): Promise<void> {
    await eventually(`a line ${pattern}`, () => this.lines.some((line) => pattern.test(line)));
  }

  async #follow(lines: AsyncIterable<string>): Promise<readonly string[]> {
    for await (const line of lines) this.lines.push(line);
    return this.lines;
  }
}

/**
 * Deletes a pod as `kubectl delete` does, and resolves when it is gone.
 * @returns how its only container had ended, if anybody was told
 */
export async function deletePod(
  plane: ControlPlane,
  { namespace = "default", name }: Ref,
): Promise<Terminated | undefined> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const { metadata } = await plane.admin<{ metadata: { resourceVersion: string } }>(pods);
  await plane.admin(`${pods}/${name}`, { method: "DELETE" });
  const watch = new URLSearchParams({
    watch: "true",
    fieldSelector: `metadata.name=${name}`,
    resourceVersion: metadata.resourceVersion,
  });
  let end: Terminated | undefined;
  for await (const line of linesOf(plane, `${pods}?${watch}`)) {
    const { type, object } = JSON.parse(line) as { type: string; object: Pod };
    end = object.status.containerStatuses?.[0]?.state.terminated ?? end;
    if (type === "DELETED") break;
  }
  return end;
}
