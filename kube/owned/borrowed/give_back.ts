/**
 * How does what was borrowed get its old values again? Each field on its own: what still is as the run
 * made it gets its old value; what somebody else has changed since is theirs, unless it is forced.
 * Over only when a look at the object has shown it.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { OperationFailedError } from "../../../core/errors.ts";
import { NAME } from "../../../core/version.ts";
import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../object.ts";
import { retrying, type RetryOptions } from "../../set_up_retry.ts";
import { isConflict, isNotFound } from "../../status_error.ts";
import { changesTo, patchOf, valueAt } from "./fields.ts";
import type { Loan, LoanField } from "./loan.ts";

interface GiveBackOptions extends RetryOptions {
  readonly cluster: Pick<Cluster, "get" | "patch">;
  readonly signal: AbortSignal;
  /** Old values take the place of what others have put there, too. */
  readonly isForced: boolean;
}

type GivenBack =
  | { readonly state: "given back" }
  /** It was deleted since, or is another one of that name: there is nothing to give back. */
  | { readonly state: "gone" }
  /** The other fields have their old values. */
  | { readonly state: "changed by others"; readonly paths: readonly string[] };

/** Writers that come in between, until it counts as hopeless. */
const MOST_TRIES = 5;

/** How a field of a loan is now. */
type FieldState = "old" | "taken" | "foreign";

export function stateOf(object: KubeObject, { path, old, taken }: LoanField): FieldState {
  const now = valueAt(object, path);
  if (isDeepStrictEqual(now, old)) return "old";
  return isDeepStrictEqual(now, taken) ? "taken" : "foreign";
}

/**
 * Can be done again, also by several at once.
 * @throws what the server refuses it for, or the signal's reason
 */
export async function giveBack(loan: Loan, options: GiveBackOptions): Promise<GivenBack> {
  let refused: { readonly version: string | undefined; readonly error: unknown } | undefined;
  for (let tries = 0; tries <= MOST_TRIES; tries++) {
    const object = await lookAtBorrowed(loan, options);
    if (object === undefined) return { state: "gone" };
    const foreign = fieldsThatAre("foreign", { object, loan });
    const taken = fieldsThatAre("taken", { object, loan });
    const due = options.isForced ? [...taken, ...foreign] : taken;
    if (due.length === 0) {
      if (foreign.length === 0) return { state: "given back" };
      return { state: "changed by others", paths: foreign.map(({ path }) => path) };
    }
    const version = object.metadata.resourceVersion;
    if (refused !== undefined && refused.version === version) throw refused.error; // nobody has
    const error = await tryToSet(object, due, { ...options, loan });
    refused = error === undefined ? undefined : { version, error };
  }
  throw refused?.error ?? new OperationFailedError(
    "other",
    "the server took the old values each time, and has others again",
  );
}

function fieldsThatAre(
  state: FieldState,
  { object, loan }: { object: KubeObject; loan: Loan },
): LoanField[] {
  return loan.fields.filter((field) => stateOf(object, field) === state);
}

/** The object as it is; undefined if what was borrowed is not there any more. */
export async function lookAtBorrowed(
  { resource, ref, uid }: Pick<Loan, "resource" | "ref" | "uid">,
  { cluster, ...options }: Omit<GiveBackOptions, "isForced">,
): Promise<KubeObject | undefined> {
  const { signal } = options;
  try {
    const found = await retrying(() => cluster.get(resource, ref, { signal }), options);
    return found.metadata.uid === uid ? found : undefined;
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** @returns why not, where the next look may show that another writer came first */
async function tryToSet(
  object: KubeObject,
  fields: readonly LoanField[],
  { cluster, loan, ...options }: GiveBackOptions & { loan: Loan },
): Promise<unknown> {
  const { resource, ref } = loan;
  const { signal } = options;
  // From the last on: what was put at the end of a list goes from there.
  const wanted = fields.toReversed().map(({ path, old }) => ({ path, value: old }));
  const changes = changesTo(object, wanted);
  const patch = {
    body: patchOf(object, changes),
    options: { type: "json", fieldManager: NAME, signal } as const,
  };
  try {
    await retrying(() => cluster.patch(resource, ref, patch), options);
  } catch (thrown) {
    if (isNotFound(thrown) || isTestFailed(thrown)) return thrown;
    throw thrown;
  }
}

/**
 * Whether another writer may have come first: the server answers 422 where a test fails, as for values
 * that it does not take, so that only another look tells the two apart.
 */
export function isTestFailed(thrown: unknown): boolean {
  return isConflict(thrown) ||
    (thrown instanceof OperationFailedError && thrown.reason === "invalid");
}
