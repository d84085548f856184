/**
 * The namespaces that runs use unless they are told otherwise, for a cluster in which none that a run
 * has made would ever go away: what is there already, a run leaves alone.
 * @module
 */

import type { GatewayPlane } from "./gateway/plane.ts";
import type { RunDir } from "./run_dir.ts";

/** For a run's objects, and for what gateway probes simulate behind them. */
const NAMES = ["scaletest", "scaletest-sim"];
const PATH = "/api/v1/namespaces";

/** Makes those that are missing, unless the cluster has a controller that removes namespaces. */
export async function ensureDefaultNamespaces(
  dir: RunDir,
  plane: Pick<GatewayPlane, "admin">,
): Promise<void> {
  if (dir.readState().components.some(({ name }) => name === "kcm")) return;
  const { items } = await plane.admin<{ items: { metadata: { name: string } }[] }>(PATH);
  const there = new Set(items.map(({ metadata }) => metadata.name));
  for (const name of NAMES.filter((name) => !there.has(name))) {
    await plane.admin(PATH, { method: "POST", body: { metadata: { name } } });
  }
}
