/**
 * What is written down of something borrowed, so that anybody can give it back: one Lease for each
 * change of one object, beside that object, because a namespace of the run's own may go first. A Lease
 * for the same reasons as the run record, whose label it carries with another value.
 * @module
 */

import * as z from "zod";
import { CannotRunError } from "../../../core/errors.ts";
import { NAME } from "../../../core/version.ts";
import type { KubeObject, ObjectRef } from "../../object.ts";
import { type Resource, resourceName } from "../../resource.ts";
import { ownerLabels, type RunIdentity } from "../ownership.ts";
import { LEASES, RECORD_LABEL, ResourceSchema } from "../run_record.ts";

/** Value of the record label. */
const LOAN_RECORD = "borrowed";
const LOAN_ANNOTATION = "scaletool.io/borrowed";

/** A field that was changed; a value that is not there was, or is, no field. */
const LoanField = z.object({
  path: z.string(),
  old: z.unknown().optional(),
  /** As the server has it since, which may be more than was asked for. */
  taken: z.unknown().optional(),
});
export type LoanField = z.infer<typeof LoanField>;

const LoanSchema = z.object({
  schemaVersion: z.literal(1),
  /** Loans of a run are given back from the highest on. */
  number: z.number().int(),
  resource: ResourceSchema,
  ref: z.object({ namespace: z.string().optional(), name: z.string() }),
  /** Another one of that name is not what was borrowed. */
  uid: z.string(),
  /** Before the change. */
  resourceVersion: z.string(),
  /** RFC 3339, clock of the run's machine. */
  takenAt: z.string(),
  fields: z.array(LoanField),
});
type LoanFacts = z.infer<typeof LoanSchema>;

/** One change of one object. */
export interface Loan extends Omit<LoanFacts, "ref"> {
  readonly ref: ObjectRef;
}

/** A loan as it is found on a cluster. */
export interface SeenLoan {
  /** Of the Lease. */
  readonly record: Required<ObjectRef>;
  /** Undefined for one that cannot be read. */
  readonly loan: Loan | undefined;
}

/** Source: apimachinery, pkg/api/validation/objectmeta.go, TotalAnnotationSizeLimitB. */
const MOST_ANNOTATION_BYTES = 256 * 1024;

/** `ratelimitpolicies.kuadrant.io kuadrant/gateway`. */
export function borrowedName({ resource, ref }: Pick<Loan, "resource" | "ref">): string {
  const { namespace, name } = ref;
  return `${resourceName(resource)} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** Where the Lease of a loan is. */
export function loanRef(
  { number, ref }: Pick<Loan, "number" | "ref">,
  { runId, namespace }: { runId: string; namespace: string },
): Required<ObjectRef> {
  return {
    namespace: ref.namespace ?? namespace,
    name: `${NAME}-borrowed-${runId}-${number}`,
  };
}

/**
 * @param options `namespace`: for what is borrowed of no namespace
 * @throws {CannotRunError} if it does not fit
 */
export function loanLease(
  loan: Loan,
  { identity, namespace }: { identity: RunIdentity; namespace: string },
): KubeObject {
  const annotation = JSON.stringify(loan);
  const bytes = new TextEncoder().encode(LOAN_ANNOTATION + annotation).length;
  if (bytes > MOST_ANNOTATION_BYTES) {
    throw new CannotRunError(
      `Cannot borrow ${borrowedName(loan)}: its old values take ${Math.ceil(bytes / 1024)} KiB, ` +
        `and the object that has to keep them takes ${MOST_ANNOTATION_BYTES / 1024} KiB; ` +
        "change smaller fields of it",
    );
  }
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: LEASES.kind,
    metadata: {
      ...loanRef(loan, { runId: identity.runId, namespace }),
      labels: { ...ownerLabels(identity), [RECORD_LABEL]: LOAN_RECORD },
      annotations: { [LOAN_ANNOTATION]: annotation },
    },
    spec: {},
  };
}

/** The command line that gives it back whatever is there now. */
export function giveBackByHand({ resource, ref, fields }: Loan): string {
  const patch = fields.toReversed().map(({ path, old, taken }) =>
    old === undefined
      ? { op: "remove", path }
      : { op: taken === undefined ? "add" : "replace", path, value: old }
  );
  const scope = ref.namespace === undefined ? "" : ` -n ${ref.namespace}`;
  const quoted = `'${JSON.stringify(patch).replaceAll("'", `'\\''`)}'`;
  return `kubectl patch ${resourceName(resource)}${scope} ${ref.name} --type=json -p ${quoted}`;
}

export function isLoan({ metadata: { labels } }: KubeObject): boolean {
  return labels?.[RECORD_LABEL] === LOAN_RECORD;
}

/** Reads a Lease that {@link isLoan}. */
export function readLoan({ metadata }: KubeObject): SeenLoan {
  const { namespace = "", name = "", annotations } = metadata;
  return { record: { namespace, name }, loan: loanOf(annotations?.[LOAN_ANNOTATION] ?? "") };
}

function loanOf(text: string): Loan | undefined {
  try {
    const { ref, ...facts } = LoanSchema.parse(JSON.parse(text));
    const { namespace, name } = ref;
    return { ...facts, ref: namespace === undefined ? { name } : { namespace, name } };
  } catch {
    return undefined;
  }
}

/** Whether it holds what nobody may read in a journal. */
export function holdsSecrets({ group, plural }: Resource): boolean {
  return group === "" && plural === "secrets";
}
