/**
 * Which flags cannot go with a sandbox? Those that name a cluster: it is one of its own.
 * @module
 */

import { UsageError } from "../core/errors.ts";
import type { Invocation } from "../core/command/command.ts";
import { isGiven } from "../core/command/settings.ts";
import { CLUSTER_FLAGS } from "../kube/cluster_flags.ts";

/** What says how to reach a cluster and not which one. */
const FITTING: ReadonlySet<string> = new Set([
  "as",
  "as-group",
  "as-uid",
  "request-timeout",
  "conns",
  "http1",
]);
/** Of the other flags of a cluster each one contradicts a sandbox; and so do those of one command. */
const CONTRADICTING = [
  ...Object.keys(CLUSTER_FLAGS).filter((name) => !FITTING.has(name)),
  ...["override-server", "steve-url", "steve-ca", "steve-token", "password"],
];

const WHERE: ReadonlyMap<string | undefined, string> = new Map([
  ["env", " (set by a variable)"],
  ["plan", " (set by the plan)"],
]);

/** @throws {UsageError} for the first flag that names a cluster, wherever it was set */
export function refuseClusterFlags({ shown }: Pick<Invocation, "shown">): void {
  for (const name of CONTRADICTING) {
    if (!isGiven(shown, name)) continue;
    const where = WHERE.get(shown[name]?.source) ?? "";
    throw new UsageError(
      `--sandbox is a cluster of its own: leave out --${name}${where}, or --sandbox`,
    );
  }
}
