/**
 * The node of a cluster of `deno task cluster`: how is it started, and how does it get a newer image?
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import { ClusterServer, type ServerState } from "./cluster_server.ts";
import type { RunningPlane } from "./gateway/plane.ts";
import { importImage, scaletoolArchive } from "./node/images.ts";
import { RealNode } from "./node/real_node.ts";
import type { RunDir } from "./run_dir.ts";

interface ClusterNode extends ServerState {
  readonly name: string;
}

export const CLUSTER_NODE = new ClusterServer<ClusterNode>("node");

/**
 * Starts one that outlives this process. One that lives takes in what the executable is by now: pods that
 * are made from then on have it.
 * @throws {CannotRunError} if a program cannot be had or does not start
 */
export async function ensureNode(
  dir: RunDir,
  { plane, ...options }: {
    plane: RunningPlane;
    progress: (line: string) => void;
    signal?: AbortSignal;
  },
): Promise<void> {
  if ((await CLUSTER_NODE.status(dir))?.isAlive) {
    await importImage(CLUSTER_NODE.dirIn(dir), await scaletoolArchive());
    options.progress("image imported anew");
    return;
  }
  if (dir.readState().components.some(({ name }) => name === "kwok")) {
    throw new CannotRunError(
      "Cannot start a node: kwok, which runs here, would play its kubelet, too",
    );
  }
  await CLUSTER_NODE.end(dir);
  const node = await RealNode.start(plane, { ...options, dir: CLUSTER_NODE.dirIn(dir) });
  CLUSTER_NODE.record(dir, { pid: node.pid, healthUrl: node.healthUrl, name: node.name });
  await node.leaveRunning();
}
