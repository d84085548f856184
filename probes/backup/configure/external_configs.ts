/** Configurations beside the operator's own that workspaces name. @module */

import type { Run } from "../../../core/run/run.ts";
import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { backupCronJobOf } from "../../../kube/devworkspace/operator_config.ts";
import { ATTRIBUTE } from "../../../kube/devworkspace/words.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { isForbidden } from "../../../kube/status_error.ts";
import type { Configuration } from "./configuration.ts";
import { getIfThere } from "./get_if_there.ts";
import { attributesOf } from "./volumes.ts";

/** `namespace/name` of what it names; undefined: it names none. */
export function externalConfigOf(workspace: KubeObject): string | undefined {
  const { namespace, name } = fieldsOf(attributesOf(workspace)[ATTRIBUTE.externalConfig]);
  return textOf(name) === undefined ? undefined : `${textOf(namespace) ?? ""}/${name}`;
}

/**
 * Those that workspaces name, by {@link externalConfigOf}; warns of what cannot be seen, and of another
 * registry: schedule and registry of a backup are the operator's, the registry of a restore is theirs.
 */
export async function externalConfigs(
  run: Run,
  { cluster, configuration, workspaces }: {
    readonly cluster: Pick<Cluster, "get">;
    readonly configuration: Configuration;
    readonly workspaces: readonly KubeObject[];
  },
): Promise<ReadonlyMap<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  for (const key of new Set(workspaces.flatMap((one) => externalConfigOf(one) ?? []))) {
    const [namespace = "", name = ""] = key.split("/");
    const ref = { namespace, name };
    try {
      const config = await getIfThere(run, { cluster, resource: OPERATOR_CONFIGS, ref });
      if (config !== undefined) found.set(key, config);
      else warnOf(run, `Workspaces name the configuration ${key}, which is not there`);
    } catch (thrown) {
      if (!isForbidden(thrown)) throw thrown;
      warnOf(run, `Workspaces name the configuration ${key}, which this user may not read`);
    }
  }
  const { path } = configuration.backupCronJob.registry;
  for (const config of found.values()) {
    const other = backupCronJobOf(config)?.registry.path;
    if (other === undefined || other === path) continue;
    warnOf(
      run,
      `Workspaces name the configuration ${
        objectKey(config)
      }: they are backed up to ${path}, and restored ` +
        `from ${other} unless their restore names its image`,
    );
  }
  return found;
}

function warnOf(run: Run, message: string): void {
  run.warn("external-configuration", message);
}
