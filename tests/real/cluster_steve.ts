/**
 * The Steve of a cluster of `deno task cluster`: where is it, and how is it started?
 * @module
 */

import { ClusterServer, type ServerState } from "./cluster_server.ts";
import type { RunDir } from "./run_dir.ts";
import { startSteve } from "./steve.ts";

/** What a user can do with it. */
interface ClusterSteve extends ServerState {
  /** For STEVE_URL. */
  readonly url: string;
  readonly metricsUrl: string;
  readonly pprofUrl: string;
  readonly walFile: string;
}

export const CLUSTER_STEVE = new ClusterServer<ClusterSteve>("steve");

/**
 * Starts one that outlives this process, unless there is one that lives.
 * @throws {CannotRunError} if it cannot be built or does not start
 */
export async function ensureSteve(
  dir: RunDir,
  options: { progress: (line: string) => void; signal?: AbortSignal },
): Promise<void> {
  if ((await CLUSTER_STEVE.status(dir))?.isAlive) return;
  await CLUSTER_STEVE.end(dir);
  const plane = { kubeconfig: () => dir.kubeconfig("load") };
  const steve = await startSteve({ ...options, plane, dir: CLUSTER_STEVE.dirIn(dir) });
  const { pid, url, healthUrl, metricsUrl, pprofUrl, walFile } = steve;
  CLUSTER_STEVE.record(dir, { pid, url, healthUrl, metricsUrl, pprofUrl, walFile });
  await steve.leaveRunning();
}
