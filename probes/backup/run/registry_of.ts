/** The registry into which a run's backups go, as far as it can be asked. @module */

import { given } from "../../../core/given.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Configuration } from "../configure/configuration.ts";
import { credentialsIn } from "../configure/registry_secret.ts";
import type { ArtifactRegistry } from "../restore/registry/artifact.ts";
import { ociRegistry } from "../restore/registry/oci_registry.ts";
import type { SceneOptions } from "./scene.ts";

/** Undefined: a sandbox's is nowhere on a network, and one of that name elsewhere is none of its. */
export function registryOf(
  run: Pick<Run, "clock" | "standIns" | "addFact">,
  { configuration, env, fetch }: {
    readonly configuration: Configuration;
    readonly env: SceneOptions["env"];
    /** What answers instead of a network; absent: nothing. */
    readonly fetch?: SceneOptions["session"]["fetch"];
  },
): ArtifactRegistry | undefined {
  if (run.standIns.length > 0 && fetch === undefined) {
    run.addFact("registry", "not asked: that of a sandbox answers only with --simulate");
    return undefined;
  }
  const { extraArgs: orasArgs = "" } = configuration.backupCronJob.oras ?? {};
  const credentials = credentialsIn(env);
  return ociRegistry({ clock: run.clock, credentials, orasArgs, ...given({ fetch }) });
}
