/**
 * What must be on the cluster before a driver's load (namespaces, the run record), whether the server
 * takes the objects, and the undoing of all of it. Puts no load on.
 * @module
 */

import type { Say } from "../core/say.ts";
import { CannotRunError, OperationFailedError } from "../core/errors.ts";
import type { Run } from "../core/run/run.ts";
import { formatAnnotationTime } from "../kube/sample_log/times.ts";
import { NAME } from "../core/version.ts";
import type { Cluster } from "../kube/cluster.ts";
import { ensureNamespaces, removeNamespaces } from "../kube/owned/namespaces.ts";
import type { OwnedObjects } from "../kube/owned/owned_objects.ts";
import {
  deleteByHand,
  ownerLabels,
  type RunIdentity,
  runSelector,
} from "../kube/owned/ownership.ts";
import { LEASES, RunRecord } from "../kube/owned/run_record.ts";
import { type Resource, resourceName } from "../kube/resource.ts";
import { retrying } from "../kube/set_up_retry.ts";
import { isAlreadyExists } from "../kube/status_error.ts";
import type { DriverValues } from "./flags.ts";
import type { RunObjects } from "./object_writer.ts";

/** What is to be made ready, and how it is to be left. */
export interface SetUpPlan {
  readonly identity: RunIdentity;
  readonly values: DriverValues;
  readonly resource: Resource;
  readonly objects: RunObjects;
  /** The objects stay after a run that ends by itself. */
  readonly leavesObjects: boolean;
}

/** What making something ready takes, whatever it is. */
type SetUpContext = Omit<Parameters<typeof ensureNamespaces>[2], "labels" | "create">;

/** See the module. */
export class ClusterSetUp {
  readonly #run: Run;
  readonly #cluster: Cluster;
  readonly #plan: SetUpPlan;
  readonly #owned: OwnedObjects;
  readonly #say: Say;
  /** None for a cluster-scoped resource. */
  readonly #namespaces: readonly string[];
  /** What is still on the cluster while it is undone, on purpose or not. */
  readonly #left = new Set<string>();
  #record: RunRecord | undefined;

  constructor(
    run: Run,
    { cluster, plan, namespaces, owned, say }: {
      cluster: Cluster;
      plan: SetUpPlan;
      namespaces: readonly string[];
      owned: OwnedObjects;
      say: Say;
    },
  ) {
    this.#run = run;
    this.#cluster = cluster;
    this.#plan = plan;
    this.#namespaces = namespaces;
    this.#owned = owned;
    this.#say = say;
  }

  /** Rejects with what the server refuses it for: see {@link refusal}. */
  async prepare(): Promise<void> {
    const { identity, resource, objects } = this.#plan;
    const { clock, rng, stopping: signal } = this.#run;
    const cluster = this.#cluster;
    const context = { clock, rng: rng.fork("set-up"), signal, say: this.#say };
    await this.#writeRecord(context);
    const object = objects.make(1, formatAnnotationTime(clock.wallNow()));
    const query = { dryRun: "All" };
    await retrying(() => cluster.create(resource, object, { signal, query }), context);
    // Not before: objects that are there already are another run's.
    this.#undo(`deleting ${resourceName(resource)}`, {
      byHand: deleteByHand({ resource, namespaces: this.#namespaces, runId: identity.runId }),
      undo: (signal) => this.#owned.deleteAll(signal, { say: this.#say }),
    });
  }

  /** Makes the namespaces, and tells in one of them what the run is going to make. */
  async #writeRecord(context: SetUpContext): Promise<void> {
    const { identity, resource } = this.#plan;
    // Undone last: as long as anything is left, another machine has to find it.
    this.#run.defer("closing the run record", async (signal) => {
      await (this.#left.size > 0 ? this.#record?.end(signal) : this.#record?.remove(signal));
    }, { byHand: `${NAME} cleanup --run-id ${identity.runId}` });
    const madeNamespaces = await this.#prepareNamespaces(context);
    this.#record = await RunRecord.write(this.#cluster, {
      ...context,
      identity,
      namespace: this.#namespaces[0] ?? "default",
      resources: [resource],
      namespaces: this.#namespaces,
      madeNamespaces,
      warn: (message) => this.#run.warn("no-record", message),
    });
  }

  /** @returns those that it made */
  async #prepareNamespaces(context: SetUpContext): Promise<readonly string[]> {
    const { values, identity, resource } = this.#plan;
    const { runId } = identity;
    const cluster = this.#cluster;
    // Those that carry the run's label, until it is known which ones it has made.
    let made = this.#namespaces;
    this.#undo("removing namespaces", {
      byHand: `kubectl delete namespace -l ${runSelector(runId)}`,
      isNeeded: () => made.length > 0,
      undo: (signal) =>
        removeNamespaces(cluster, made, {
          ...context,
          signal,
          runId,
          resources: [resource, LEASES],
        }),
    });
    made = await ensureNamespaces(cluster, made, {
      ...context,
      labels: ownerLabels(identity),
      create: values["create-namespace"],
    });
    return made;
  }

  #undo(
    label: string,
    { undo, byHand, isNeeded = () => true }: {
      undo: (signal: AbortSignal) => Promise<void>;
      byHand: string;
      isNeeded?: () => boolean;
    },
  ): void {
    this.#run.defer(label, async (signal) => {
      if (!isNeeded()) return;
      this.#left.add(label);
      if (!this.#isKept()) {
        await undo(signal);
        this.#left.delete(label);
        return;
      }
      const message = `Left behind as asked; delete with: ${byHand}`;
      this.#run.warn("kept", message, { line: message });
    }, { byHand });
  }

  #isKept(): boolean {
    const { values: { keep }, leavesObjects } = this.#plan;
    const { live, end } = this.#run;
    const endedByItself = end?.reason === "limit" || end?.reason === "duration";
    if (keep === "always" || (leavesObjects && endedByItself)) return true;
    const hasFailures = [...live.operations.values()].some(({ failedCount }) => failedCount > 0);
    return keep === "on-failure" && (!endedByItself || hasFailures);
  }

  /** What the server says of the run's beginning, as one line. */
  refusal(error: unknown): unknown {
    if (!(error instanceof OperationFailedError)) return error;
    if (!isAlreadyExists(error)) {
      return new CannotRunError(`The server does not let the load begin: ${error.message}`, {
        cause: error,
      });
    }
    const { resource, identity: { runId } } = this.#plan;
    const byHand = deleteByHand({ resource, namespaces: this.#namespaces, runId });
    return new CannotRunError(
      `Objects of a run "${runId}" are there already; choose another --run-id, or delete them with: ${byHand}`,
    );
  }
}
