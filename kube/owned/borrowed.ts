/**
 * What belongs to someone else and is changed for a run: a policy, an operator's configuration. Its
 * old values are written down, on the cluster and in the run's directory, before the first change, and
 * given back however the run ends. Never borrows what a Secret holds, and never takes a field that has
 * changed since it was looked at.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import {
  CannotRunError,
  LeftoverError,
  messageOf,
  OperationFailedError,
} from "../../core/errors.ts";
import type { Run } from "../../core/run/run.ts";
import { NAME } from "../../core/version.ts";
import type { Cluster } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import type { Resource } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { StatusError } from "../status_error.ts";
import {
  changesTo,
  type FieldChange,
  patchOf,
  valueAt,
  type WantedField,
  whyNotBorrowed,
} from "./borrowed/fields.ts";
import { giveBack, isTestFailed, lookAtBorrowed, stateOf } from "./borrowed/give_back.ts";
import { Journal } from "./borrowed/journal.ts";
import { borrowedName, holdsSecrets, type Loan } from "./borrowed/loan.ts";
import type { RunIdentity } from "./ownership.ts";
import { LEASES } from "./run_record.ts";

interface BorrowedOptions {
  readonly cluster: Pick<Cluster, "get" | "patch" | "create" | "delete">;
  readonly identity: RunIdentity;
  /** Where loans of cluster-scoped objects are written down: best one that the run did not make. */
  readonly namespace: string;
}

/** Writers that come in between, until it counts as hopeless. */
const MOST_TRIES = 5;

/** What {@link Borrowed} asks of a cluster. */
export function borrowRights(
  { resource, ref, namespace }: { resource: Resource; ref: ObjectRef; namespace: string },
): NeededRight[] {
  const onObject = ["get", "patch"].map((verb) => ({ verb, kind: resource, ...ref }));
  const onRecord = ["create", "get", "list", "patch", "delete"].map((verb) => ({
    verb,
    kind: LEASES,
    namespace: ref.namespace ?? namespace,
  }));
  return [...onObject, ...onRecord];
}

/** An object as it was looked at, and what is to change of it. */
interface Intent {
  readonly resource: Resource;
  readonly ref: ObjectRef;
  readonly before: KubeObject;
  readonly changes: readonly FieldChange[];
}

/** Everything that one run has borrowed. */
export class Borrowed {
  readonly #run: Run;
  readonly #options: BorrowedOptions;
  readonly #journal: Journal;
  #count = 0;

  constructor(run: Run, options: BorrowedOptions) {
    this.#run = run;
    this.#options = options;
    this.#journal = new Journal(options, { ...this.#context, directory: run.directory });
  }

  /**
   * Gives fields of an object these values until the run ends; fields that have them already stay as
   * they are. All of them in one step, and none if the server refuses one.
   * @throws {CannotRunError} before anything is changed: for a Secret but its labels, for an object that
   *   is not there or is going, for a field that cannot be borrowed, for old values that do not fit into the record,
   *   and where this user may not, or the server will not
   * @throws the reason of `run.stopping`
   */
  async change(
    resource: Resource,
    ref: ObjectRef,
    wanted: readonly WantedField[],
  ): Promise<void> {
    requireBorrowable(resource, ref, wanted);
    try {
      await this.#change(resource, ref, wanted);
    } catch (thrown) {
      this.#run.stopping.throwIfAborted();
      if (!(thrown instanceof OperationFailedError || thrown instanceof RangeError)) throw thrown;
      const what = borrowedName({ resource, ref });
      throw new CannotRunError(`Cannot borrow ${what}: ${messageOf(thrown)}`, { cause: thrown });
    }
  }

  /**
   * Gives all of it back now, the latest change first, instead of when the run is undone, which then
   * has no more to do than what failed here.
   * @throws {LeftoverError} where somebody else has changed it since; what the server refuses it for
   * @throws the signal's reason
   */
  async giveBackNow(signal: AbortSignal): Promise<void> {
    for (let number = this.#count - 1; number >= 0; number--) await this.#giveBack(number, signal);
  }

  /** Again from the look on where another writer may have come in between. */
  async #change(
    resource: Resource,
    ref: ObjectRef,
    wanted: readonly WantedField[],
  ): Promise<void> {
    let refused: { readonly version: string | undefined; readonly error: unknown } | undefined;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = await this.#look(resource, ref);
      const version = before.metadata.resourceVersion;
      if (refused !== undefined && refused.version === version) throw refused.error; // nobody has
      const changes = changesTo(before, wanted);
      if (changes.length === 0) return;
      try {
        return await this.#take({ resource, ref, before, changes });
      } catch (thrown) {
        if (!isTestFailed(thrown)) throw thrown;
        refused = { version, error: thrown };
      }
    }
    throw refused!.error;
  }

  async #look(resource: Resource, ref: ObjectRef): Promise<KubeObject> {
    const { cluster } = this.#options;
    const { signal } = this.#context;
    const found = await retrying(() => cluster.get(resource, ref, { signal }), this.#context);
    if (found.metadata.deletionTimestamp === undefined) return found;
    throw new OperationFailedError("conflict", "it is being deleted");
  }

  /** In this order: as a rehearsal, in the journal, in earnest. */
  async #take(intent: Intent): Promise<void> {
    const rehearsed = await this.#rehearse(intent);
    const loan = loanOf(intent, {
      number: this.#count++,
      rehearsed,
      takenAt: this.#run.clock.wallNow().toISOString(),
    });
    this.#journal.requireRoom(loan);
    const name = borrowedName(loan);
    this.#run.defer(`giving back ${name}`, (signal) => this.#giveBack(loan.number, signal), {
      byHand: this.#byHand,
    });
    await this.#journal.enter(loan);
    const after = await this.#patch(intent).catch((thrown) => this.#refused(loan, thrown));
    this.#run.mark(`borrowed ${name}`);
    const taken = takenFrom(loan, after);
    if (!isDeepStrictEqual(taken, loan)) await this.#journal.correct(taken);
  }

  /**
   * What the server would make of it; undefined where something on its way knows no rehearsals.
   * @throws {OperationFailedError} if it would refuse it, or keep the old value
   */
  async #rehearse(intent: Intent): Promise<KubeObject | undefined> {
    try {
      const object = await this.#patch(intent, { dryRun: "All" });
      const kept = intent.changes.find(({ path, from }) =>
        isDeepStrictEqual(valueAt(object, path), from)
      );
      if (kept === undefined) return object;
      throw new OperationFailedError("other", `the server keeps the old value of ${kept.path}`);
    } catch (thrown) {
      if (isDryRunUnsupported(thrown)) return undefined;
      throw thrown;
    }
  }

  async #patch(
    { resource, ref, before, changes }: Intent,
    query: Readonly<Record<string, string>> = {},
  ): Promise<KubeObject> {
    const { cluster } = this.#options;
    const { signal } = this.#context;
    const options = { type: "json", fieldManager: NAME, query, signal } as const;
    const patch = { body: patchOf(before, changes), options };
    return (await retrying(() => cluster.patch(resource, ref, patch), this.#context)).object;
  }

  /**
   * The object, if an earlier try took effect and only its answer was lost; else nothing was borrowed.
   * @throws what the server said
   */
  async #refused(loan: Loan, thrown: unknown): Promise<KubeObject> {
    // Nobody knows: the loan stays, and what it comes to shows when it is given back.
    if (!(thrown instanceof StatusError) || thrown.code >= 500) throw thrown;
    const now = await lookAtBorrowed(loan, { ...this.#context, ...this.#options });
    if (now !== undefined && loan.fields.every((field) => stateOf(now, field) === "taken")) {
      return now;
    }
    await this.#journal.strike(loan.number, this.#context.signal);
    throw thrown;
  }

  async #giveBack(number: number, signal: AbortSignal): Promise<void> {
    const loan = this.#journal.get(number);
    if (loan === undefined) return;
    const { cluster } = this.#options;
    const patient = { ...this.#context, cluster, signal, deadlineMs: Infinity };
    const given = await giveBack(loan, { ...patient, isForced: false });
    if (given.state === "changed by others") {
      const { paths } = given;
      throw new LeftoverError({
        what: `${borrowedName(loan)} is not as it was`,
        why: `somebody else has changed ${paths.join(", ")} since, which is left alone`,
        byHand: `${this.#byHand} --force-borrowed`,
        left: paths.length,
      });
    }
    if (given.state === "gone") {
      this.#run.warn("borrowed-gone", `${borrowedName(loan)} was deleted while it was borrowed`);
    }
    await this.#journal.strike(number, signal);
  }

  get #byHand(): string {
    return `${NAME} cleanup --run-id ${this.#run.id} --only-borrowed`;
  }

  get #context() {
    const { clock, rng, stopping: signal } = this.#run;
    return { clock, rng, signal };
  }
}

/** @throws {CannotRunError} */
function requireBorrowable(
  resource: Resource,
  ref: ObjectRef,
  wanted: readonly WantedField[],
): void {
  const name = borrowedName({ resource, ref });
  if (holdsSecrets(resource) && !wanted.every(({ path }) => path.startsWith("/metadata/labels/"))) {
    throw new CannotRunError(`Cannot borrow ${name}: its values would lie open in the journal`);
  }
  for (const { path } of wanted) {
    const why = whyNotBorrowed(path);
    if (why !== undefined) throw new CannotRunError(`Cannot borrow ${path} of ${name}: ${why}`);
  }
}

function loanOf(
  { resource, ref, before, changes }: Intent,
  { rehearsed, number, takenAt }: {
    rehearsed: KubeObject | undefined;
    number: number;
    takenAt: string;
  },
): Loan {
  const { uid = "", resourceVersion = "" } = before.metadata;
  return {
    schemaVersion: 1,
    number,
    resource,
    ref,
    uid,
    resourceVersion,
    takenAt,
    fields: changes.map(({ path, from, to }) => ({
      path,
      old: from,
      taken: rehearsed === undefined ? to : valueAt(rehearsed, path),
    })),
  };
}

/** With the values that the server has in fact: what is on its way may do something else each time. */
function takenFrom(loan: Loan, after: KubeObject): Loan {
  return {
    ...loan,
    fields: loan.fields.map((field) => ({ ...field, taken: valueAt(after, field.path) })),
  };
}

/** Source: apiserver, pkg/admission/plugin/webhook/errors/statuserror.go, NewDryRunUnsupportedErr. */
function isDryRunUnsupported(thrown: unknown): boolean {
  return thrown instanceof StatusError && thrown.reason === "bad-request" &&
    thrown.message.includes("does not support dry run");
}
