/**
 * A Steve that belongs to a cluster of `deno task cluster`: where is it, and how is it started and
 * ended with it? It has the directory `steve` in the cluster's, and no life without the cluster.
 * @module
 */

import { join } from "node:path";
import type { ComponentStatus } from "./cluster_status.ts";
import { isRunning, readinessOf, residentBytes } from "./processes.ts";
import type { RunDir } from "./run_dir.ts";
import { startSteve } from "./steve.ts";
import { endCluster } from "./watchdog.ts";

/** In Steve's directory: what another process must know of it. */
const STATE_FILE = "steve.json";

/** What a user can do with it. */
export interface ClusterSteve {
  readonly pid: number;
  /** For STEVE_URL. */
  readonly url: string;
  readonly healthUrl: string;
  readonly metricsUrl: string;
  readonly pprofUrl: string;
  readonly walFile: string;
}

/** The one that was started in this cluster, dead or alive. */
export function steveOf(dir: RunDir): ClusterSteve | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(join(steveDir(dir), STATE_FILE)));
  } catch {
    return undefined;
  }
}

/**
 * Starts one that outlives this process, unless there is one that lives.
 * @throws {CannotRunError} if it cannot be built or does not start
 */
export async function ensureSteve(
  dir: RunDir,
  options: { progress: (line: string) => void; signal?: AbortSignal },
): Promise<void> {
  if ((await steveStatus(dir))?.isAlive) return;
  await endClusterSteve(dir);
  const plane = { kubeconfig: () => dir.kubeconfig("load") };
  const steve = await startSteve({ ...options, plane, dir: steveDir(dir) });
  const { pid, url, healthUrl, metricsUrl, pprofUrl, walFile } = steve;
  const state: ClusterSteve = { pid, url, healthUrl, metricsUrl, pprofUrl, walFile };
  Deno.writeTextFileSync(join(steve.dir, STATE_FILE), JSON.stringify(state, null, 2));
  await steve.leaveRunning();
}

/** Ends it. None there is fine. */
export async function endClusterSteve(dir: RunDir): Promise<void> {
  await endCluster(steveDir(dir));
}

/** As a row beside the cluster's components; undefined if there is none. */
export async function steveStatus(dir: RunDir): Promise<ComponentStatus | undefined> {
  const steve = steveOf(dir);
  if (steve === undefined) return undefined;
  const { pid, healthUrl } = steve;
  const isAlive = isRunning(pid, steveDir(dir));
  using client = Deno.createHttpClient({});
  const isReady = isAlive && await readinessOf(healthUrl, client) === "ready";
  const rssBytes = isAlive ? residentBytes(pid) : undefined;
  return { name: "steve", pid, isAlive, isReady, rssBytes };
}

function steveDir(dir: RunDir): string {
  return dir.path("steve");
}
