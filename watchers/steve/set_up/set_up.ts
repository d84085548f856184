/**
 * What must be there before the stress test begins, and how all of it goes again: the namespace, the
 * definition, the first object of each type, the run's record. Can be done again after a run that was
 * killed; puts no load on.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { NAME } from "../../../core/version.ts";
import type { Cluster, ClusterWriter } from "../../../kube/cluster.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { ensureNamespaces, removeNamespaces } from "../../../kube/owned/namespaces.ts";
import { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import {
  deleteByHand,
  ownerLabels,
  type RunIdentity,
  runSelector,
} from "../../../kube/owned/ownership.ts";
import { LEASES, recordRights, RunRecord } from "../../../kube/owned/run_record.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  type Resource,
  resourceName,
} from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isAlreadyExists } from "../../../kube/status_error.ts";
import {
  makeDefinition,
  removeDefinition,
  type SetUpContext,
} from "../../../kube/owned/definition.ts";
import { removeLeftovers } from "./leftovers.ts";
import {
  COLUMNS,
  crd,
  CRD_NAME,
  FOO_SCHEMA_ID,
  FOO_TYPE,
  FOOS,
  ObjectSet,
} from "../load/objects.ts";
import { requireSteve, untilColumns, untilShown } from "../client/reach.ts";
import type { SteveClient } from "../client/steve_client.ts";
import type { SteveType } from "../written_event.ts";

export interface SetUpPlan {
  readonly identity: RunIdentity;
  readonly namespace: string;
  /** Those that are churned. */
  readonly types: ReadonlyMap<SteveType, Resource>;
  /** Of the churned objects; the first ones of set-up hold nothing. */
  readonly payloadBytes: number;
}

export interface SetUpParts {
  readonly cluster: Cluster;
  /** Makes the first objects: best one whose answers hold metadata alone. */
  readonly creator: Pick<ClusterWriter, "create">;
  readonly steve: Pick<SteveClient, "list" | "columns" | "url">;
  readonly plan: SetUpPlan;
  readonly say: (line: string) => void;
}

/** What the load works with. */
export interface Prepared {
  readonly objects: ObjectSet;
  readonly owned: ReadonlyMap<SteveType, OwnedObjects>;
  /** Of each type: the revision of Steve's list, for subscriptions to begin after. */
  readonly revisions: ReadonlyMap<SteveType, string | undefined>;
}

/** What set-up, churn and CRD changes ask of the cluster. */
export function setUpRights(
  { namespace, types }: Pick<SetUpPlan, "namespace" | "types">,
): NeededRight[] {
  const needs = (kind: Resource, verbs: readonly string[]): NeededRight[] =>
    verbs.map((verb) => ({ verb, kind, ...(kind.namespaced ? { namespace } : {}) }));
  const kinds = new Set([...types.values(), FOOS]);
  return [
    ...[...kinds].flatMap((kind) => needs(kind, ["create", "delete", "list", "watch"])),
    ...needs(CUSTOM_RESOURCE_DEFINITIONS, ["get", "create", "patch", "delete"]),
    ...needs(NAMESPACES, ["get", "create", "delete"]),
    ...recordRights(namespace),
  ];
}

/**
 * Gets everything ready, what is to be undone registered first. A cluster on which a run was killed
 * is made as good as new before.
 * @throws {CannotRunError} for whatever keeps the test from beginning, in one line
 * @throws the signal's reason, once the run is stopped
 */
export async function setUp(run: Run, parts: SetUpParts): Promise<Prepared> {
  try {
    return await new SetUp(run, parts).prepare();
  } catch (error) {
    if (!(error instanceof OperationFailedError)) throw error;
    throw new CannotRunError(`The server does not let the test begin: ${error.message}`, {
      cause: error,
    });
  }
}

class SetUp {
  readonly #run: Run;
  readonly #parts: SetUpParts;
  readonly #context: SetUpContext;
  /** What is still on the cluster while it is undone. */
  readonly #left = new Set<string>();
  #record: RunRecord | undefined;

  constructor(run: Run, parts: SetUpParts) {
    this.#run = run;
    this.#parts = parts;
    const { clock, rng, stopping: signal } = run;
    this.#context = { clock, rng: rng.fork("set-up"), signal, say: parts.say };
  }

  async prepare(): Promise<Prepared> {
    const { cluster, steve, plan: { identity, namespace, types, payloadBytes } } = this.#parts;
    await requireSteve(steve, { ...this.#context, namespace });
    await removeLeftovers(cluster, { ...this.#context, identity, namespace });
    await this.#writeRecord();
    await this.#makeDefinition();
    const labels = ownerLabels(identity);
    const objects = { runId: identity.runId, namespace, labels };
    const owned = new Map<SteveType, OwnedObjects>();
    const revisions = new Map<SteveType, string | undefined>();
    for (const [type, resource] of types) owned.set(type, this.#ownedOf(resource));
    const first = new ObjectSet({ ...objects, payloadBytes: 0 });
    for (const [type, resource] of types) {
      await this.#makeFirst(resource, { first, owned: owned.get(type)! });
    }
    for (const [type, resource] of types) {
      const { name } = first.ref(resource, 0);
      revisions.set(type, await untilShown(steve, { ...this.#context, type, name }));
    }
    if (types.has(FOO_TYPE)) {
      const columns = { schemaId: FOO_SCHEMA_ID, columns: COLUMNS.A };
      await untilColumns(steve, { ...this.#context, ...columns });
    }
    return { objects: new ObjectSet({ ...objects, payloadBytes }), owned, revisions };
  }

  /** Makes the namespace, and tells there what the run is going to make. */
  async #writeRecord(): Promise<void> {
    const { cluster, say, plan: { identity, namespace, types } } = this.#parts;
    const resources = [...new Set([...types.values(), FOOS, CUSTOM_RESOURCE_DEFINITIONS])];
    // Undone last: as long as anything is left, another machine has to find it.
    this.#run.defer("closing the run record", async (signal) => {
      await (this.#left.size > 0 ? this.#record?.end(signal) : this.#record?.remove(signal));
    }, { byHand: `${NAME} cleanup --run-id ${identity.runId}` });
    const madeNamespaces = await this.#makeNamespace();
    this.#record = await RunRecord.write(cluster, {
      ...this.#context,
      identity,
      namespace,
      resources,
      namespaces: [namespace],
      madeNamespaces,
      warn: (message) => {
        this.#run.warn("no-record", message);
        say(`WARNING: ${message}`);
      },
    });
  }

  /** @returns its name, if it was not there before */
  async #makeNamespace(): Promise<readonly string[]> {
    const { cluster, plan: { identity, namespace, types } } = this.#parts;
    const { runId } = identity;
    const resources = [...types.values()].filter(({ namespaced }) => namespaced);
    // What carries the run's label, until it is known whether it was made.
    let made: readonly string[] = [namespace];
    this.#undo("removing the namespace", {
      byHand: `kubectl delete namespace -l ${runSelector(runId)}`,
      undo: (signal) =>
        removeNamespaces(cluster, made, {
          ...this.#context,
          signal,
          runId,
          resources: [...resources, LEASES],
        }),
    });
    made = await ensureNamespaces(cluster, [namespace], {
      ...this.#context,
      labels: ownerLabels(identity),
      create: true,
    });
    return made;
  }

  async #makeDefinition(): Promise<void> {
    const { cluster, plan: { identity } } = this.#parts;
    const { runId } = identity;
    this.#undo(`removing CustomResourceDefinition ${CRD_NAME}`, {
      byHand: `kubectl delete crd -l ${runSelector(runId)}`,
      undo: (signal) =>
        removeDefinition(cluster, { ...this.#context, signal, runId, defines: FOOS }),
    });
    const definition = crd("A", { labels: ownerLabels(identity) });
    await makeDefinition(cluster, { ...this.#context, runId, defines: FOOS, definition });
  }

  /** Their deleting is registered before any of them is there. */
  #ownedOf(resource: Resource): OwnedObjects {
    const { cluster, say, plan: { identity: { runId }, namespace } } = this.#parts;
    const { clock, rng } = this.#context;
    const namespaces = resource.namespaced ? [namespace] : [];
    const owned = new OwnedObjects(cluster, { resource, namespaces, runId, clock, rng });
    // Foos go with their definition, whoever removes that.
    if (resource !== FOOS) {
      this.#undo(`deleting ${resourceName(resource)}`, {
        byHand: deleteByHand({ resource, namespaces, runId }),
        undo: (signal) => owned.deleteAll(signal, { say }),
      });
    }
    return owned;
  }

  /** Steve has no revision of a type of which it has seen no object. */
  async #makeFirst(
    resource: Resource,
    { first, owned }: { first: ObjectSet; owned: OwnedObjects },
  ): Promise<void> {
    const { creator } = this.#parts;
    const { signal } = this.#context;
    const options = { signal, fieldManager: NAME };
    owned.register(first.ref(resource, 0));
    try {
      const object = first.make(resource, 0);
      await retrying(() => creator.create(resource, object, options), this.#context);
    } catch (thrown) {
      // The answer to an earlier try may have been lost: no other run has this name.
      if (!isAlreadyExists(thrown)) throw thrown;
    }
  }

  #undo(
    label: string,
    { undo, byHand }: { undo: (signal: AbortSignal) => Promise<void>; byHand: string },
  ): void {
    this.#run.defer(label, async (signal) => {
      this.#left.add(label);
      await undo(signal);
      this.#left.delete(label);
    }, { byHand });
  }
}
