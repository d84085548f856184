/** The stages of a run, in their order. @module */

import type { Stage } from "../../../core/measure/stage.ts";

const ORDER = ["load", "stop", "configure", "watch", "verify", "restore", "give back"] as const;
export type StageName = typeof ORDER[number];

interface StagesAsked {
  /** Whether workspaces are backed up at all. */
  readonly isBackedUp: boolean;
  readonly configuresFirst: boolean;
  readonly restores: boolean;
}

export function stagesOf({ isBackedUp, configuresFirst, restores }: StagesAsked): StageName[] {
  if (!isBackedUp) return ["load"];
  const order = ORDER.filter((name) => restores || name !== "restore");
  if (!configuresFirst) return order;
  const others = order.filter((name) => name !== "configure");
  return others.flatMap((name) => name === "stop" ? ["configure", "stop"] : [name]);
}

/** All are judged: a backup belongs to the stage in which it became due, a restart to that which saw it. */
export function stageCalled(name: StageName): Stage {
  return { name, kind: "measured", level: null, targetRatePerSec: null };
}
