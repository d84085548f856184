/** Where parts of the gateway's installation tell of themselves: flags -> sources. Reads nothing. @module */

import { duration, flag, listOf, readable, type Values } from "../../../core/command/flags.ts";
import { pageSource, podSource, type UsageSource } from "../../../kube/component/usage_source.ts";

/** Parts, as causes name them. */
export const PARTS = ["gateway", "auth", "limiter", "API server", "model"] as const;
export type Part = typeof PARTS[number];

/** One place where a part tells of itself. */
export interface PartSource {
  readonly part: Part;
  readonly source: UsageSource;
}

/** As flags write it: without a space. */
function partNamed(name: string): Part | undefined {
  return PARTS.find((part) => part.toLowerCase().replace(" ", "-") === name);
}

/** `auth=http://host:port/metrics` or `auth=namespace/label=value`. @throws {SyntaxError} */
export function parsePartSource(given: string): PartSource {
  const [, name = "", place = ""] = /^([a-z-]+)=(.*)$/s.exec(given) ?? [];
  const part = partNamed(name);
  const source = pageSource(place) ?? podSource(place);
  if (part !== undefined && source !== undefined) return { part, source };
  throw new SyntaxError(
    "must be gateway, auth, limiter, api-server or model, then =URL of its metrics or " +
      `=NAMESPACE/LABEL=VALUE of its pods, not "${given}"`,
  );
}

export const PART_FLAGS = {
  component: flag(listOf(readable("part=url|part=namespace/label=value", parsePartSource)), {
    help:
      "where a part tells of itself, as evidence of who is at its end: gateway, auth, limiter, " +
      "api-server or model, by a page of metrics or by its pods",
    default: [],
  }),
  "usage-period": flag(duration({ minMs: 100 }), {
    help: "from one reading of these to the next: reading a page of metrics costs CPU, too",
    default: 5_000,
  }),
};

/** Each once. */
export function partSources(
  { component }: Pick<Values<typeof PART_FLAGS>, "component">,
): PartSource[] {
  return [...new Set(component)].map(parsePartSource);
}
