/**
 * What comes of what runs have borrowed of others and not given back? The latest change goes first; a
 * loan is struck out once a look has shown the old values.
 * @module
 */

import { messageOf } from "../../core/errors.ts";
import { NAME } from "../../core/version.ts";
import { eachAtMost } from "../each_at_most.ts";
import { giveBack } from "../owned/borrowed/give_back.ts";
import { borrowedName, type Loan, type SeenLoan } from "../owned/borrowed/loan.ts";
import { LEASES } from "../owned/run_record.ts";
import { retrying } from "../set_up_retry.ts";
import { isNotFound } from "../status_error.ts";
import type { FoundRun } from "./found_runs.ts";
import type { CleanupContext } from "./labelled_objects.ts";
import type { BorrowedResult, BorrowedState, Leftover } from "./result.ts";

export interface LoansOutcome {
  readonly borrowed: readonly BorrowedResult[];
  readonly left: readonly Leftover[];
  /** Namespaces of the loans that are left. */
  readonly namespaces: readonly string[];
}

interface Giving {
  readonly runId: string;
  readonly context: CleanupContext;
  /** Also where somebody else has changed it since. */
  readonly isForced: boolean;
}

const RUNS_AT_ONCE = 4;

/** @returns what came of each run's, by run id; a signal that aborts makes leftovers of the rest */
export async function giveBackLoans(
  runs: readonly FoundRun[],
  context: CleanupContext,
  { isForced }: { isForced: boolean },
): Promise<ReadonlyMap<string, LoansOutcome>> {
  const outcomes = new Map<string, LoansOutcome>();
  await eachAtMost(runs, async ({ runId, loans }) => {
    const ended: EndedLoan[] = [];
    // One after the other: two of one object are to be undone in order.
    for (const loan of latestFirst(loans)) {
      ended.push(await end(loan, { runId, context, isForced }));
    }
    outcomes.set(runId, {
      borrowed: ended.map(({ result }) => result),
      left: ended.flatMap(({ left }) => left ?? []),
      namespaces: ended.flatMap(({ left, namespace }) => left === undefined ? [] : [namespace]),
    });
  }, { limit: RUNS_AT_ONCE });
  return outcomes;
}

/** Before anything is given back. */
export function foundLoans({ loans }: FoundRun): BorrowedResult[] {
  return latestFirst(loans).map((seen) => resultOf(seen, "would be given back"));
}

/** What of a run's loans cannot be read is told first. */
function latestFirst(loans: readonly SeenLoan[]): SeenLoan[] {
  const numberOf = ({ loan }: SeenLoan) => loan?.number ?? Infinity;
  return loans.toSorted((one, other) => numberOf(other) - numberOf(one) || 0);
}

interface EndedLoan {
  readonly result: BorrowedResult;
  readonly left?: Leftover;
  readonly namespace: string;
}

async function end(seen: SeenLoan, giving: Giving): Promise<EndedLoan> {
  const { loan, record: { namespace } } = seen;
  const { signal, say } = giving.context;
  if (loan === undefined) return unreadable(seen);
  try {
    signal.throwIfAborted();
    say(`giving back ${borrowedName(loan)}`);
    const given = await giveBack(loan, { ...giving.context, isForced: giving.isForced });
    if (given.state === "changed by others") return changed(seen, given.paths, giving);
    await strikeOut(seen, giving.context);
    return { result: resultOf(seen, given.state), namespace };
  } catch (thrown) {
    const why = messageOf(signal.aborted ? signal.reason : thrown);
    return leftOf(seen, { what: borrowedName(loan), why, command: again(giving) });
  }
}

async function strikeOut({ record }: SeenLoan, context: CleanupContext): Promise<void> {
  const { cluster, signal } = context;
  try {
    await retrying(() => cluster.delete(LEASES, record, { signal }), context);
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
  }
}

function changed(seen: SeenLoan, paths: readonly string[], giving: Giving): EndedLoan {
  return leftOf(seen, {
    what: borrowedName(seen.loan!),
    why: `somebody else has changed ${paths.join(", ")} since; the command sets the old ` +
      `values all the same, and to leave it as it is now: ${dropRecord(seen)}`,
    command: `${again(giving)} --force-borrowed`,
  });
}

function unreadable(seen: SeenLoan): EndedLoan {
  const { namespace, name } = seen.record;
  return leftOf(seen, {
    what: `something that is borrowed`,
    why: `Lease ${namespace}/${name} cannot be read, another version of ${NAME} may have written ` +
      "it: give it back with that one; the command gives up on it",
    command: dropRecord(seen),
  });
}

function leftOf(seen: SeenLoan, left: Leftover): EndedLoan {
  return { result: resultOf(seen, "left"), left, namespace: seen.record.namespace };
}

function resultOf({ loan, record }: SeenLoan, state: BorrowedState): BorrowedResult {
  return {
    object: loan === undefined ? `Lease ${record.namespace}/${record.name}` : borrowedName(loan),
    fields: fieldsOf(loan),
    state,
  };
}

function fieldsOf(loan: Loan | undefined): string[] {
  return loan?.fields.map(({ path }) => path) ?? [];
}

function again({ runId }: Giving): string {
  return `${NAME} cleanup --run-id ${runId} --only-borrowed`;
}

function dropRecord({ record: { namespace, name } }: SeenLoan): string {
  return `kubectl delete lease -n ${namespace} ${name}`;
}
