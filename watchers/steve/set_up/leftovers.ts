/**
 * What did an earlier or killed run of this test leave where this one is to be, and how does it go?
 * Found by its labels: the definition, the namespace, objects. Leaves a run that lives alone, and
 * everything that nobody of us made.
 * @module
 */

import { CannotRunError, messageOf } from "../../../core/errors.ts";
import { Deadline } from "../../../core/load/deadline.ts";
import { NAME } from "../../../core/version.ts";
import { livingRuns } from "../../../kube/owned/living_runs.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { removeNamespaces, untouchedText } from "../../../kube/owned/namespaces.ts";
import { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import {
  COMMAND_LABEL,
  isOfRun,
  otherRunsSelector,
  RUN_ID_LABEL,
  type RunIdentity,
  runSelector,
} from "../../../kube/owned/ownership.ts";
import { LEASES, readRecord, recordName } from "../../../kube/owned/run_record.ts";
import { CONFIG_MAPS, NAMESPACES, SECRETS } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isForbidden, isNotFound } from "../../../kube/status_error.ts";
import {
  foreignDefinition,
  lookAtDefinition,
  removeDefinition,
  type SetUpContext,
  untilGone,
} from "../../../kube/owned/definition.ts";
import { FOOS } from "../load/objects.ts";

/** As long as `ensureNamespaces` waits for another's deletion. */
const NAMESPACE_PATIENCE_MS = 60_000;

interface Place extends SetUpContext {
  readonly identity: RunIdentity;
  readonly namespace: string;
}

/**
 * Removes all of it, so that the run can begin as on a new cluster.
 * @throws {CannotRunError} if a run lives there, if somebody else made the definition, or if
 * something does not go
 */
export async function removeLeftovers(cluster: Cluster, place: Place): Promise<void> {
  const { identity: { runId }, say } = place;
  const definition = await ownDefinition(cluster, place);
  const owners = new Set(await objectOwners(cluster, place));
  const namespace = await lookAtNamespace(cluster, place);
  for (const object of [definition, namespace]) {
    if (object !== undefined && isOurs(object, place)) {
      owners.add(object.metadata.labels![RUN_ID_LABEL]!);
    }
  }
  for (const owner of owners) {
    if (owner === runId) {
      throw new CannotRunError(
        `Objects of a run "${runId}" are there already; choose another --run-id, or delete them ` +
          `with: ${NAME} cleanup --run-id ${runId}`,
      );
    }
  }
  for (const owner of [...owners].sort()) {
    if (await isAlive(cluster, owner, place)) throw inUse(owner, place);
    say(`removing what run ${owner} left`);
    await removeRun(cluster, owner, place);
  }
}

/** One that somebody else made is nobody's to delete, but may be going already. */
async function ownDefinition(cluster: Cluster, place: Place): Promise<KubeObject | undefined> {
  const { signal } = place;
  const found = await lookAtDefinition(cluster, { ...place, defines: FOOS });
  if (found === undefined || isOurs(found, place)) return found;
  if (found.metadata.deletionTimestamp === undefined) throw foreignDefinition({ defines: FOOS });
  try {
    await untilGone(cluster, found, { ...place, defines: FOOS });
  } catch (thrown) {
    signal.throwIfAborted();
    throw new CannotRunError(messageOf(thrown), { cause: thrown });
  }
}

/** Of whichever run of this command. Other commands may have left a namespace on purpose. */
function isOurs({ metadata }: KubeObject, { identity: { command } }: Place): boolean {
  const { [RUN_ID_LABEL]: owner = "", [COMMAND_LABEL]: maker } = metadata.labels ?? {};
  return owner !== "" && maker === command && isOfRun(metadata, owner);
}

/** Ids of other runs of this command that have objects in the namespace. */
async function objectOwners(cluster: Cluster, place: Place): Promise<string[]> {
  const { namespace, identity: { runId, command }, signal } = place;
  const labelSelector = `${otherRunsSelector(runId)},${COMMAND_LABEL}=${command}`;
  const owners: string[] = [];
  for (const resource of [CONFIG_MAPS, SECRETS]) {
    const { items } = await retrying(
      () => cluster.list(resource, { namespace, labelSelector, signal }),
      place,
    );
    for (const { metadata } of items) owners.push(metadata.labels?.[RUN_ID_LABEL] ?? "");
  }
  return owners.filter((owner) => owner !== "");
}

async function lookAtNamespace(
  cluster: Cluster,
  place: Place,
): Promise<KubeObject | undefined> {
  const { namespace: name, signal } = place;
  try {
    return await retrying(() => cluster.get(NAMESPACES, { name }, { signal }), place);
  } catch (thrown) {
    // Whoever has a role inside a namespace only may not read the namespace itself.
    if (isNotFound(thrown) || isForbidden(thrown)) return undefined;
    throw thrown;
  }
}

/** By its record; a run without one does not tell, and is taken to be over. */
async function isAlive(cluster: Cluster, runId: string, place: Place): Promise<boolean> {
  const lease = await recordOf(cluster, runId, place);
  if (lease === undefined) return false;
  const run = { runId, record: readRecord(lease) };
  return (await livingRuns([run], { ...place, cluster })).has(runId);
}

/** The run may have had another namespace. */
async function recordOf(
  cluster: Cluster,
  runId: string,
  place: Place,
): Promise<KubeObject | undefined> {
  const { namespace, signal } = place;
  for (const scope of [{ namespace }, {}]) {
    try {
      const { items } = await retrying(
        () => cluster.list(LEASES, { ...scope, labelSelector: runSelector(runId), signal }),
        place,
      );
      const found = items.find(({ metadata }) => metadata.name === recordName(runId));
      if (found !== undefined) return found;
    } catch (thrown) {
      if (!isForbidden(thrown) && !isNotFound(thrown)) throw thrown;
    }
  }
}

function inUse(runId: string, { namespace }: Place): CannotRunError {
  return new CannotRunError(
    `Cannot begin: run "${runId}" is alive and has the same definition or namespace ` +
      `"${namespace}"; wait for its end, or stop it`,
  );
}

async function removeRun(cluster: Cluster, runId: string, place: Place): Promise<void> {
  const { clock, rng, signal, say, namespace } = place;
  try {
    await removeDefinition(cluster, { ...place, runId, defines: FOOS });
    for (const resource of [CONFIG_MAPS, SECRETS]) {
      const options = { resource, namespaces: [namespace], runId, clock, rng };
      await new OwnedObjects(cluster, options).deleteAll(signal, { say });
    }
    await removeNamespace(cluster, runId, place);
    await removeRecord(cluster, runId, place);
  } catch (thrown) {
    signal.throwIfAborted();
    throw new CannotRunError(`Cannot remove what run "${runId}" left: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** Only if the run made it; `removeNamespaces` itself would wait for ever. */
async function removeNamespace(cluster: Cluster, runId: string, place: Place): Promise<void> {
  const { clock, signal, namespace } = place;
  const over = new AbortController();
  using _deadline = new Deadline(clock, {
    limitMs: NAMESPACE_PATIENCE_MS,
    onOver: () => over.abort(),
  });
  const patience = { ...place, signal: AbortSignal.any([signal, over.signal]) };
  const options = { ...patience, runId, resources: [] };
  const [untouched] = await removeNamespaces(cluster, [namespace], options);
  if (untouched === undefined) return;
  throw new CannotRunError(`namespace "${namespace}" is left: ${untouchedText(namespace).why}`);
}

/** It went with its namespace, unless that was there before. */
async function removeRecord(cluster: Cluster, runId: string, place: Place): Promise<void> {
  const { namespace, signal } = place;
  const ref = { namespace, name: recordName(runId) };
  try {
    await retrying(() => cluster.delete(LEASES, ref, { signal }), place);
  } catch (thrown) {
    if (!isNotFound(thrown) && !isForbidden(thrown)) throw thrown;
  }
}
