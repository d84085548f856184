/**
 * What a run lays into a cluster: namespaces, the record that tells of it, definitions, objects of any
 * number of kinds; and how all of it goes again, or stays. Each undoing is registered before the thing
 * itself is made. On a groundwork nothing is laid, nor undone: it is there. Makes no object of its own
 * accord and puts no load on.
 * @module
 */

import type { Say } from "../../core/say.ts";
import { ownRng } from "../../core/load/share.ts";
import type { Run } from "../../core/run/run.ts";
import { NAME } from "../../core/version.ts";
import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import { type Resource, resourceName } from "../resource.ts";
import { makeDefinition, removeDefinition, type SetUpContext } from "./definition.ts";
import { ensureNamespaces, removeNamespaces, untouchedText } from "./namespaces.ts";
import { OwnedObjects } from "./owned_objects.ts";
import { deleteByHand, ownerLabels, type RunIdentity, runSelector } from "./ownership.ts";
import { LEASES, RunRecord } from "./run_record.ts";

export interface FootprintOptions {
  readonly identity: RunIdentity;
  /** Where objects are to be; none: all kinds are cluster-scoped. */
  readonly namespaces: readonly string[];
  /** Whether namespaces that are missing are made. */
  readonly createsNamespaces: boolean;
  /** Of namespaces that are made, beside those that tell whose they are. @default {{}} */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** Of all that the run is going to make, definitions included: where another machine has to look. */
  readonly kinds: readonly Resource[];
  /**
   * Asked as each thing is about to go: whether it stays.
   * @default {() => false}
   */
  readonly isKept?: () => boolean;
  /** Takes lines for the user. */
  readonly say: Say;
}

/** How one thing goes, by the program and by hand. */
interface Undoing {
  readonly undo: (signal: AbortSignal) => Promise<void>;
  readonly byHand: string;
  /** Absent: it is there as soon as it is registered. */
  readonly isNeeded?: () => boolean;
}

/** See the module. */
export class Footprint {
  /** What getting ready takes, in this run. */
  readonly context: SetUpContext;
  readonly #run: Run;
  readonly #cluster: Cluster;
  readonly #options: FootprintOptions;
  readonly #defined = new Set<Resource>();
  /** What is still on the cluster while it is undone, on purpose or not. */
  readonly #left = new Set<string>();
  #record: RunRecord | undefined;

  private constructor(run: Run, cluster: Cluster, options: FootprintOptions) {
    const { clock, rng, share, stopping: signal } = run;
    this.context = { clock, rng: ownRng(share, rng.fork("set-up")), signal, say: options.say };
    this.#run = run;
    this.#cluster = cluster;
    this.#options = options;
  }

  /**
   * Makes the namespaces, and tells in the first of them what the run is going to make.
   * @throws {CannotRunError} if one is missing and may not be made, or a run of this id is there
   * @throws what else the server refuses it for, or the signal's reason once the run is stopped
   */
  static async lay(run: Run, cluster: Cluster, options: FootprintOptions): Promise<Footprint> {
    const footprint = new Footprint(run, cluster, options);
    if (!run.isOnGroundwork) await footprint.#writeRecord();
    return footprint;
  }

  /**
   * The run's objects of this kind, of which none may have been made yet. They are deleted at the
   * end, but for those of a definition of the run, with which they go.
   * @param places some of the run's namespaces
   */
  objects(resource: Resource, places = this.#options.namespaces): OwnedObjects {
    const { identity: { runId }, say } = this.#options;
    const { clock, rng } = this.#run;
    const namespaces = resource.namespaced ? places : [];
    const ofRun = { resource, namespaces, runId };
    const owned = new OwnedObjects(this.#cluster, { ...ofRun, clock, rng: rng.fork("clean-up") });
    if (this.#defined.has(resource)) return owned;
    this.#undo(`deleting ${resourceName(resource)}`, {
      byHand: deleteByHand(ofRun),
      undo: (signal) => owned.deleteAll(signal, { say }),
    });
    return owned;
  }

  /**
   * Makes a definition, which is to have the run's labels, and waits until its objects can be made.
   * @throws {CannotRunError} if there is one already, or if it is not served after 30 s
   */
  async define(defines: Resource, definition: KubeObject): Promise<void> {
    const { identity: { runId } } = this.#options;
    const context = { ...this.context, defines, runId };
    this.#defined.add(defines);
    if (this.#run.isOnGroundwork) return;
    this.#undo(`removing CustomResourceDefinition ${resourceName(defines)}`, {
      byHand: `kubectl delete crd -l ${runSelector(runId)}`,
      undo: (signal) => removeDefinition(this.#cluster, { ...context, signal }),
    });
    await makeDefinition(this.#cluster, { ...context, definition });
  }

  async #writeRecord(): Promise<void> {
    const { identity, namespaces, kinds } = this.#options;
    // Undone last: as long as anything is left, another machine has to find it.
    this.#run.defer("closing the run record", async (signal) => {
      await (this.#left.size > 0 ? this.#record?.end(signal) : this.#record?.remove(signal));
    }, { byHand: `${NAME} cleanup --run-id ${identity.runId}` });
    const madeNamespaces = await this.#makeNamespaces();
    this.#record = await RunRecord.write(this.#cluster, {
      ...this.context,
      identity,
      namespace: namespaces[0] ?? "default",
      resources: [...new Set(kinds)],
      namespaces,
      madeNamespaces,
      warn: (message) => this.#run.warn("no-record", message),
    });
  }

  /** @returns those that it made */
  async #makeNamespaces(): Promise<readonly string[]> {
    const { identity, namespaces, kinds, createsNamespaces, namespaceLabels } = this.#options;
    const { runId } = identity;
    const resources = [...new Set(kinds.filter(({ namespaced }) => namespaced)), LEASES];
    // Those that carry the run's label, until it is known which ones it has made.
    let made = namespaces;
    this.#undo("removing namespaces", {
      byHand: `kubectl delete namespace -l ${runSelector(runId)}`,
      isNeeded: () => made.length > 0,
      undo: async (signal) => {
        const options = { ...this.context, signal, runId, resources };
        for (const name of await removeNamespaces(this.#cluster, made, options)) {
          const { why, look } = untouchedText(name);
          const message = `Namespace "${name}" is left: ${why} Look at it with: ${look}`;
          this.#run.warn("namespace-left", message);
        }
      },
    });
    made = await ensureNamespaces(this.#cluster, namespaces, {
      ...this.context,
      labels: { ...namespaceLabels, ...ownerLabels(identity) },
      create: createsNamespaces,
    });
    return made;
  }

  #undo(label: string, { undo, byHand, isNeeded = () => true }: Undoing): void {
    const { isKept = () => false } = this.#options;
    if (this.#run.isOnGroundwork) return;
    this.#run.defer(label, async (signal) => {
      if (!isNeeded()) return;
      this.#left.add(label);
      if (!isKept()) {
        await undo(signal);
        this.#left.delete(label);
        return;
      }
      const message = `Left behind as asked; delete with: ${byHand}`;
      this.#run.warn("kept", message, { line: message });
    }, { byHand });
  }
}
