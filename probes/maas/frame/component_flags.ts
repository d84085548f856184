/** Which parts the gateway's installation has, and where they tell of themselves. Reads nothing. @module */

import type { Values } from "../../../core/command/flags.ts";
import {
  componentFlags,
  type ComponentSource,
  componentSources,
} from "../../../kube/component/component_flags.ts";

/** Parts, as causes name them. */
export const PARTS = ["gateway", "auth", "limiter", "API server", "model"] as const;
export type Part = typeof PARTS[number];

/** One place where a part tells of itself. */
export type PartSource = ComponentSource<Part>;

export const PART_FLAGS = componentFlags(PARTS, {
  noun: "part",
  help: "where a part tells of itself, as evidence of who is at its end",
  periodMs: 5_000,
});

/** Each once. */
export function partSources(
  { component }: Pick<Values<typeof PART_FLAGS>, "component">,
): PartSource[] {
  return componentSources(PARTS, component);
}
