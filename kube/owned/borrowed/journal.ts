/**
 * The loans of a run that are not given back yet: on the cluster for whoever cleans up from another
 * machine, and in the run's directory for whoever has to do it by hand. Written before a change, struck
 * out once it is undone.
 * @module
 */

import { join } from "node:path";
import { CannotRunError, messageOf, OperationFailedError } from "../../../core/errors.ts";
import { replaceFile } from "../../../core/files.ts";
import { NAME } from "../../../core/version.ts";
import type { Cluster } from "../../cluster.ts";
import { retrying, type RetryOptions } from "../../set_up_retry.ts";
import { isAlreadyExists, isNotFound, StatusError } from "../../status_error.ts";
import type { RunIdentity } from "../ownership.ts";
import { LEASES } from "../run_record.ts";
import { borrowedName, giveBackByHand, type Loan, loanLease, loanRef, readLoan } from "./loan.ts";

interface JournalOptions {
  readonly cluster: Pick<Cluster, "get" | "create" | "patch" | "delete">;
  readonly identity: RunIdentity;
  /** For loans of objects that are in no namespace. */
  readonly namespace: string;
}

interface JournalContext extends RetryOptions {
  readonly signal: AbortSignal;
  /** Of the run; undefined: no file is written. */
  readonly directory: string | undefined;
}

/** In the run's directory as long as anything is not given back. */
const JOURNAL_FILE = "borrowed.json";

/** See the module. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #context: JournalContext;
  readonly #loans = new Map<number, Loan>();

  constructor(options: JournalOptions, context: JournalContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Undefined if it was struck out. */
  get(number: number): Loan | undefined {
    return this.#loans.get(number);
  }

  /** @throws {CannotRunError} if it does not fit into one record */
  requireRoom(loan: Loan): void {
    loanLease(loan, this.#options);
  }

  /** @throws {CannotRunError} if it is not in both places then: nothing may be changed */
  async enter(loan: Loan): Promise<void> {
    const { cluster } = this.#options;
    const { signal } = this.#context;
    this.#loans.set(loan.number, loan);
    this.#save();
    try {
      const lease = loanLease(loan, this.#options);
      const options = { signal, fieldManager: NAME };
      await retrying(() => cluster.create(LEASES, lease, options), this.#context);
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      // The answer to an earlier try may have been lost: then it is there all the same.
      if (isAlreadyExists(thrown) && await this.#isEntered(loan)) return;
      if (thrown instanceof StatusError && thrown.code < 500) this.#drop(loan.number);
      const where = this.#refOf(loan);
      throw new CannotRunError(
        `Cannot borrow ${borrowedName(loan)}: its old values cannot be kept in Lease ` +
          `${where.namespace}/${where.name}: ${messageOf(thrown)}`,
        { cause: thrown },
      );
    }
  }

  /** Takes the place of what was entered under its number. */
  async correct(loan: Loan): Promise<void> {
    const { cluster } = this.#options;
    const { signal } = this.#context;
    this.#loans.set(loan.number, loan);
    this.#save();
    const { metadata: { annotations } } = loanLease(loan, this.#options);
    const options = { type: "merge", fieldManager: NAME, signal } as const;
    const patch = { body: { metadata: { annotations } }, options };
    await retrying(() => cluster.patch(LEASES, this.#refOf(loan), patch), this.#context);
  }

  /** It was given back, or never taken. */
  async strike(number: number, signal: AbortSignal): Promise<void> {
    const loan = this.#loans.get(number);
    if (loan === undefined) return;
    const { cluster } = this.#options;
    const patient = { ...this.#context, signal, deadlineMs: Infinity };
    try {
      await retrying(() => cluster.delete(LEASES, this.#refOf(loan), { signal }), patient);
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
    this.#drop(number);
  }

  #drop(number: number): void {
    this.#loans.delete(number);
    this.#save();
  }

  async #isEntered(loan: Loan): Promise<boolean> {
    const { cluster } = this.#options;
    const { signal } = this.#context;
    const found = await retrying(
      () => cluster.get(LEASES, this.#refOf(loan), { signal }),
      this.#context,
    );
    const entered = readLoan(found).loan;
    return entered?.uid === loan.uid && entered.takenAt === loan.takenAt;
  }

  #refOf(loan: Loan) {
    const { identity: { runId }, namespace } = this.#options;
    return loanRef(loan, { runId, namespace });
  }

  /** @throws {CannotRunError} */
  #save(): void {
    const { directory } = this.#context;
    if (directory === undefined) return;
    const path = join(directory, JOURNAL_FILE);
    const loans = [...this.#loans.values()];
    try {
      if (loans.length === 0) return Deno.removeSync(path);
      const borrowed = loans.toReversed()
        .map((loan) => ({ ...loan, byHand: giveBackByHand(loan) }));
      const { runId } = this.#options.identity;
      replaceFile(path, JSON.stringify({ schemaVersion: 1, runId, borrowed }, null, 2) + "\n");
    } catch (thrown) {
      throw new CannotRunError(`Cannot write "${path}": ${messageOf(thrown)}`, { cause: thrown });
    }
  }
}
