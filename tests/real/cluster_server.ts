/**
 * A server that belongs to a cluster of `deno task cluster` and has a directory of its own in the
 * cluster's: what is known of it to other processes, and how does it end? It has no life without the
 * cluster.
 * @module
 */

import { join } from "node:path";
import { isRunning, readinessOf, residentBytes } from "./processes.ts";
import type { ComponentStatus } from "./cluster_status.ts";
import type { RunDir } from "./run_dir.ts";
import { endCluster } from "./watchdog.ts";

/** What another process must know of it. */
export interface ServerState {
  readonly pid: number;
  /** Answers 2xx without credentials as soon as the server works. */
  readonly healthUrl: string;
}

export class ClusterServer<State extends ServerState> {
  readonly #name: "steve" | "node";

  /** @param name of its directory, too */
  constructor(name: "steve" | "node") {
    this.#name = name;
  }

  dirIn(cluster: RunDir): string {
    return cluster.path(this.#name);
  }

  /** The one that was started in this cluster, dead or alive. */
  in(cluster: RunDir): State | undefined {
    try {
      return JSON.parse(Deno.readTextFileSync(this.#stateFile(cluster)));
    } catch {
      return undefined;
    }
  }

  record(cluster: RunDir, state: State): void {
    Deno.writeTextFileSync(this.#stateFile(cluster), JSON.stringify(state, null, 2));
  }

  /** Ends it. None there is fine. */
  async end(cluster: RunDir): Promise<void> {
    await endCluster(this.dirIn(cluster));
  }

  /** As a row beside the cluster's components; undefined if there is none. */
  async status(cluster: RunDir): Promise<ComponentStatus | undefined> {
    const state = this.in(cluster);
    if (state === undefined) return undefined;
    const { pid, healthUrl } = state;
    const isAlive = isRunning(pid, this.dirIn(cluster));
    using client = Deno.createHttpClient({});
    const isReady = isAlive && await readinessOf(healthUrl, client) === "ready";
    const rssBytes = isAlive ? residentBytes(pid) : undefined;
    return { name: this.#name, pid, isAlive, isReady, rssBytes };
  }

  #stateFile(cluster: RunDir): string {
    return join(this.dirIn(cluster), `${this.#name}.json`);
  }
}
