/** Where parts of the system under test tell of themselves, if not by their pods. Reads nothing. @module */

import type { Values } from "../../../core/command/flags.ts";
import {
  componentFlags,
  type ComponentSource,
  componentSources,
} from "../../../kube/component/component_flags.ts";

/** Parts of the system that every backup needs, as tags name them. */
export const SYSTEM_PARTS = ["operator", "etcd"] as const;
export type SystemPart = typeof SYSTEM_PARTS[number];

/** Of backup Jobs' pods, as tags name them. */
export const BACKUP = "backup";

export type SystemSource = ComponentSource<SystemPart>;

export const SYSTEM_FLAGS = componentFlags(SYSTEM_PARTS, {
  noun: "component",
  help:
    "where a component tells what it uses, instead of the metrics of the pods that it is found by",
  periodMs: 10_000,
});

/** Each once. */
export function systemSources(
  { component }: Pick<Values<typeof SYSTEM_FLAGS>, "component">,
): SystemSource[] {
  return componentSources(SYSTEM_PARTS, component);
}
