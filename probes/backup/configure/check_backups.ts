/**
 * What would have backups fail or be lost without a word of the operator, found before anything is
 * changed: a configuration that is elsewhere or on already, volumes that are missing, Secrets and
 * configurations of users that come before the run's.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { GLOBAL_CONFIG_NAME } from "../../../kube/devworkspace/kinds.ts";
import { backupCronJobOf } from "../../../kube/devworkspace/operator_config.ts";
import { parseSchedule } from "../../../kube/devworkspace/schedule/schedule.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import { listAll } from "../../../kube/list_all.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import {
  NAMESPACES,
  PERSISTENT_VOLUME_CLAIMS,
  type Resource,
  SECRETS,
} from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isForbidden, isNotFound } from "../../../kube/status_error.ts";
import { workspaceKey, type WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { Configuration } from "./configuration.ts";
import { externalConfigOf, externalConfigs } from "./external_configs.ts";
import { getIfThere } from "./get_if_there.ts";
import { globalConfig } from "./operator_config.ts";
import { claimOf, SHARED_CLAIM } from "./volumes.ts";

interface CheckOptions {
  readonly cluster: Cluster;
  readonly operatorNamespace: string;
  readonly configuration: Configuration;
}

/** Comes before any other credentials; the operator's own copies have the same name. */
export const USERS_SECRET = "devworkspace-backup-registry-auth";
const LOOKS_AT_ONCE = 16;

/**
 * Whether the operator's configuration is where it is said to be: before anything is created.
 * @throws {CannotRunError} in one line
 */
export async function checkOperator(run: Run, options: CheckOptions): Promise<void> {
  const { cluster, operatorNamespace } = options;
  const ref = { name: operatorNamespace };
  const isThere = await getIfThere(run, { cluster, resource: NAMESPACES, ref })
    .then((found) => found !== undefined)
    .catch(whereForbidden(true));
  if (!isThere) {
    throw new CannotRunError(
      `There is no namespace "${operatorNamespace}": name that of the DevWorkspace Operator with --dwo-namespace`,
    );
  }
  const config = await globalConfig(run, options);
  if (config !== undefined) return warnIfOn(run, config);
  const others = await listedIn(run, { cluster, resource: OPERATOR_CONFIGS, namespaces: [] })
    .catch(whereForbidden<KubeObject[]>([]));
  const elsewhere = others.filter(({ metadata: { name } }) => name === GLOBAL_CONFIG_NAME);
  if (elsewhere.length === 0) return;
  const [{ metadata: { namespace } }] = elsewhere as [KubeObject];
  throw new CannotRunError(
    `The operator's configuration is not in "${operatorNamespace}", but in "${namespace}": is it ` +
      `--dwo-namespace ${namespace}?`,
  );
}

/**
 * See the module: once workspaces have run, and before the configuration is changed.
 * @param options `workspaces`: that are to be backed up; `waitMs`: for how long backups are waited for
 * @throws {CannotRunError} in one line, if there is nothing to back up
 */
export async function checkBackups(
  run: Run,
  options: CheckOptions & {
    readonly workspaces: readonly WorkspaceRef[];
    readonly waitMs?: number;
  },
): Promise<void> {
  const { cluster, configuration, workspaces: refs, waitMs = Infinity } = options;
  const config = await globalConfig(run, options);
  warnIfLate(run, configuration, waitMs);
  const namespaces = [...new Set(refs.map(({ namespace }) => namespace))];
  const keys = new Set(refs.map(workspaceKey));
  const workspaces = (await listedIn(run, { cluster, resource: DEV_WORKSPACES, namespaces }))
    .filter((workspace) => keys.has(objectKey(workspace)));
  const external = await externalConfigs(run, { cluster, configuration, workspaces });
  const claims = await listedIn(run, { cluster, resource: PERSISTENT_VOLUME_CLAIMS, namespaces });
  const sharedClaim = (workspace: KubeObject) =>
    pvcNameIn(external.get(externalConfigOf(workspace) ?? "")) ?? pvcNameIn(config) ?? SHARED_CLAIM;
  judgeVolumes(run, { workspaces, claims, sharedClaim });
  await warnOfUsersSecrets(run, { cluster, namespaces });
}

function warnIfOn(run: Run, config: KubeObject): void {
  const backups = backupCronJobOf(config);
  if (!backups?.enable) return;
  run.warn(
    "backups-on-already",
    `Backups are on already, to ${backups.registry.path}: workspaces that come to be stopped while a tick ` +
      "runs are not backed up",
  );
}

function warnIfLate(run: Run, { backupCronJob }: Configuration, waitMs: number): void {
  const nowMs = run.clock.wallNow().getTime();
  const nextMs = parseSchedule(backupCronJob.schedule).nextAfter(nowMs);
  if (nextMs === undefined || nextMs - nowMs <= waitMs) return;
  run.warn(
    "tick-too-late",
    `The next tick of "${backupCronJob.schedule}" is in ${
      formatDuration(nextMs - nowMs)
    }, and backups are ` +
      `waited for ${formatDuration(waitMs)}`,
  );
}

/** @throws {CannotRunError} if no workspace has one */
function judgeVolumes(
  run: Run,
  { workspaces, claims, sharedClaim }: {
    readonly workspaces: readonly KubeObject[];
    readonly claims: readonly KubeObject[];
    readonly sharedClaim: (workspace: KubeObject) => string;
  },
): void {
  const phases = new Map(
    claims.map((claim) => [objectKey(claim), textOf(fieldsOf(claim["status"])["phase"])]),
  );
  const states = workspaces.map((workspace) => {
    const claim = claimOf(workspace, sharedClaim(workspace));
    const key = `${workspace.metadata.namespace}/${claim}`;
    return claim === undefined || !phases.has(key) ? "missing" : phases.get(key);
  });
  const missing = states.filter((state) => state === "missing").length;
  if (missing > 0 && missing === workspaces.length) {
    throw new CannotRunError(
      "No workspace has a volume: there is nothing to back up; use a template with storage-type " +
        "per-workspace or common, and with a volume or mounted sources",
    );
  }
  if (missing > 0) {
    const message =
      `${missing} of ${workspaces.length} workspaces have no volume: they are not backed up`;
    run.warn("no-volume", message);
  }
  const unbound = states.filter((state) => state !== "missing" && state !== "Bound").length;
  if (unbound === 0) return;
  const message =
    `The volumes of ${unbound} of ${workspaces.length} workspaces are not bound: their backups hang`;
  run.warn("volume-not-bound", message);
}

async function warnOfUsersSecrets(
  run: Run,
  { cluster, namespaces }: { cluster: Cluster; namespaces: readonly string[] },
): Promise<void> {
  let found = 0;
  let unseen = 0;
  await eachAtMost(namespaces, async (namespace) => {
    const ref = { namespace, name: USERS_SECRET };
    try {
      if (await getIfThere(run, { cluster, resource: SECRETS, ref }) !== undefined) found++;
    } catch (thrown) {
      if (!isForbidden(thrown)) throw thrown;
      unseen++;
    }
  }, { limit: LOOKS_AT_ONCE, signal: run.stopping });
  if (found > 0) {
    run.warn(
      "users-registry-secret",
      `${found} of ${namespaces.length} namespaces have a Secret ${USERS_SECRET}, which comes before the operator's`,
    );
  }
  if (unseen > 0) {
    const message =
      `Whether ${unseen} namespaces have a Secret ${USERS_SECRET} is not for this user to see`;
    run.warn("users-registry-secret", message);
  }
}

/** @param namespaces none: all of them */
async function listedIn(
  { clock, rng, stopping: signal }: Run,
  { cluster, resource, namespaces }: {
    readonly cluster: Cluster;
    readonly resource: Resource;
    readonly namespaces: readonly string[];
  },
): Promise<KubeObject[]> {
  // One list of all is less than one of each of thousands.
  const scope = namespaces.length === 1 ? { namespace: namespaces[0]! } : {};
  const { items } = await listAll(
    (page) =>
      retrying(() => cluster.list(resource, { ...scope, ...page, signal }), { clock, rng, signal }),
    (object) => object,
  );
  const isWanted = new Set(namespaces);
  return namespaces.length === 0
    ? items
    : items.filter(({ metadata: { namespace = "" } }) => isWanted.has(namespace));
}

function whereForbidden<T>(instead: T): (thrown: unknown) => T {
  return (thrown) => {
    if (isForbidden(thrown) || isNotFound(thrown)) return instead;
    throw thrown;
  };
}

function pvcNameIn(config: KubeObject | undefined): string | undefined {
  return textOf(fieldsOf(fieldsOf(config?.["config"])["workspace"])["pvcName"]);
}
