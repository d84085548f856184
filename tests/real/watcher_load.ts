/**
 * Each watcher of a namespace in a real cluster, and changes for it to see. Breaks nothing itself.
 * @module
 */

import type { ControlPlane } from "./control_plane.ts";
import { eventually } from "./cluster_state.ts";
import { type CommandOptions, type CommandRun, metricOf, startCommand } from "./command_run.ts";

export interface Watcher {
  readonly command: "cm-logger" | "flunder-logger" | "flunder-watch";
  /** What it watches, and where that is in a namespace. */
  readonly apiGroup: string;
  readonly plural: string;
  readonly collection: (namespace: string) => string;
  readonly isLogger: boolean;
}

const flunders = {
  apiGroup: "wardle.example.com",
  plural: "flunders",
  collection: (namespace: string) =>
    `/apis/wardle.example.com/v1alpha1/namespaces/${namespace}/flunders`,
};

export const WATCHERS: readonly Watcher[] = [
  {
    command: "cm-logger",
    apiGroup: "",
    plural: "configmaps",
    collection: (namespace) => `/api/v1/namespaces/${namespace}/configmaps`,
    isLogger: true,
  },
  { command: "flunder-logger", ...flunders, isLogger: true },
  { command: "flunder-watch", ...flunders, isLogger: false },
];

/** A watcher that is watching. */
export async function startWatcher(
  plane: ControlPlane,
  { watcher: { command }, namespace }: { watcher: Watcher; namespace: string },
  { args = [], ...options }: CommandOptions & {
    args?: readonly string[];
    files?: Readonly<Record<string, string>>;
  } = {},
): Promise<CommandRun> {
  const run = startCommand(plane, [
    ...[command, "--namespace", namespace, "--metrics-addr", "0", ...args],
  ], options);
  try {
    const metric = command === "flunder-watch" ? "open_watches" : "watches_total";
    await run.program.line(/metrics and profiles at/);
    await eventually(`${command} at work`, async () => await metricOf(run, metric) === 1);
    return run;
  } catch (error) {
    await run[Symbol.asyncDispose]();
    throw error;
  }
}

/** How many notifications it has had. */
export async function eventsOf(run: CommandRun, { isLogger }: Watcher): Promise<number> {
  return await metricOf(run, isLogger ? "notifications_total" : "events_total");
}

export async function createIn(plane: ControlPlane, collection: string, name: string) {
  await plane.admin(collection, { method: "POST", body: { metadata: { name } } });
}

export async function deleteIn(plane: ControlPlane, collection: string, name: string) {
  await plane.admin(`${collection}/${name}`, { method: "DELETE" });
}
