/**
 * How is a cluster that some other process started? Looks at its processes and asks each whether it
 * is ready. Changes nothing.
 * @module
 */

import type { Component } from "./components.ts";
import { devWorkspaceIn } from "./devworkspace/state.ts";
import { gatewaysIn } from "./gateway/state.ts";
import { maasIn } from "./maas/state.ts";
import { isRunning, readinessOf, residentBytes } from "./processes.ts";
import type { ProcessName, RunDir } from "./run_dir.ts";

export interface ComponentStatus {
  readonly name: ProcessName | "steve" | "node";
  /** Undefined if it was never started. */
  readonly pid: number | undefined;
  readonly isAlive: boolean;
  readonly isReady: boolean;
  /** Memory in RAM; undefined for a process that is gone. */
  readonly rssBytes: number | undefined;
}

export interface ClusterStatus {
  /** In the order of start; none while the cluster is being started. */
  readonly components: readonly ComponentStatus[];
  /** Whether the start has finished and every component is ready. */
  readonly isReady: boolean;
}

export async function statusOf(dir: RunDir): Promise<ClusterStatus> {
  const { components } = dir.readState();
  if (components.length === 0) return { components: [], isReady: false };
  const all = [
    ...components,
    ...gatewaysIn(dir).flatMap(({ processes }) => processes),
    ...maasIn(dir)?.processes ?? [],
    ...devWorkspaceIn(dir)?.processes ?? [],
  ];
  using client = Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(dir.key("ca.crt"))] });
  const statuses = await Promise.all(
    all.map((component) => componentStatus(component, { dir, client })),
  );
  return { components: statuses, isReady: statuses.every(({ isReady }) => isReady) };
}

async function componentStatus(
  { name, healthUrl }: Component<ProcessName>,
  { dir, client }: { dir: RunDir; client: Deno.HttpClient },
): Promise<ComponentStatus> {
  const pid = dir.pid(name);
  const isAlive = pid !== undefined && isRunning(pid, dir.root);
  return {
    name,
    pid,
    isAlive,
    isReady: isAlive && await readinessOf(healthUrl, client) === "ready",
    rssBytes: isAlive ? residentBytes(pid) : undefined,
  };
}
