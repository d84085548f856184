/**
 * What is there of which runs? Reads records, and where a record does not say it looks through every
 * kind; puts what it finds together by run. Changes nothing.
 * @module
 */

import { messageOf, OperationFailedError } from "../../core/errors.ts";
import { NAME } from "../../core/version.ts";
import { eachAtMost } from "../each_at_most.ts";
import type { KubeObject, ObjectMeta } from "../object.ts";
import { isLoan, readLoan, type SeenLoan } from "../owned/borrowed/loan.ts";
import {
  COMMAND_LABEL,
  isOfRun,
  MANAGED_BY_LABEL,
  RUN_ID_LABEL,
  runSelector,
} from "../owned/ownership.ts";
import {
  isRunRecord,
  LEASES,
  readRecord,
  recordName,
  type SeenRecord,
} from "../owned/run_record.ts";
import { NAMESPACES, type Resource, resourceName } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { isForbidden, isNotFound } from "../status_error.ts";
import { deletableKinds, type NotLookedAt } from "../server/deletable_kinds.ts";
import {
  type CleanupContext,
  type LabelledObject,
  labelledObject,
  listLabelled,
} from "./labelled_objects.ts";
import type { RunChoice } from "./mod.ts";

/** Objects of one kind and run. */
export interface FoundKind {
  readonly resource: Resource;
  readonly objects: readonly LabelledObject[];
}

export interface FoundRun {
  readonly runId: string;
  readonly record: SeenRecord | undefined;
  /** That one, and those of parts of the run. */
  readonly records: readonly SeenRecord[];
  /** E.g. `cmdriver`. */
  readonly command: string | undefined;
  /** When it began, else when its newest object was made: server's clock; NaN if nobody says. */
  readonly startedMs: number;
  /** Without namespaces and records, by kind. */
  readonly kinds: readonly FoundKind[];
  /** What it has borrowed of others and not given back. */
  readonly loans: readonly SeenLoan[];
  /** That carry its label, or that its record says it made. */
  readonly namespaces: readonly string[];
}

export interface Found {
  readonly runs: readonly FoundRun[];
  /** The kinds that were looked through. */
  readonly resources: readonly Resource[];
  readonly notLookedAt: readonly NotLookedAt[];
}

interface Place {
  readonly resource: Resource;
  /** Empty: all. */
  readonly namespace: string;
}

interface Hit {
  readonly resource: Resource;
  readonly object: LabelledObject;
  /** Of a record. */
  readonly record?: SeenRecord;
  /** Of something borrowed. */
  readonly loan?: SeenLoan;
}

const KINDS_AT_ONCE = 8;

/** Label selector for all that may belong to the chosen runs. */
export function choiceSelector(choice: RunChoice): string {
  return choice.kind === "run"
    ? runSelector(choice.runId)
    : `${MANAGED_BY_LABEL}=${NAME},${RUN_ID_LABEL}`;
}

/** Whether the labels are those that {@link choiceSelector} selects. */
export function isChosen(metadata: ObjectMeta, choice: RunChoice): boolean {
  const { [RUN_ID_LABEL]: runId } = metadata.labels ?? {};
  return runId !== undefined && isOfRun(metadata, choice.kind === "run" ? choice.runId : runId);
}

/**
 * @param options `namespaces`: look only in these; empty: everywhere; `onlyBorrowed`: only for runs
 * that have borrowed something, and for nothing else of them
 */
export async function findRuns(
  choice: RunChoice,
  context: CleanupContext,
  { namespaces, onlyBorrowed = false }: {
    namespaces: readonly string[];
    onlyBorrowed?: boolean;
  },
): Promise<Found> {
  const scopes = namespaces.length === 0 ? [""] : namespaces;
  const labelSelector = choiceSelector(choice);
  const leases = await look(placesOf([LEASES], scopes), { context, labelSelector });
  if (onlyBorrowed) return onlyLoans(foundOf([leases], [LEASES]));
  const records = leases.hits.flatMap(({ record }) => record ?? []);
  // For one run its records say where to look; for all runs there may be some without.
  const known = choice.kind === "run" ? toldBy(records) : undefined;
  if (known !== undefined) {
    const { resources } = known;
    const inside = namespaces.length === 0
      ? known.namespaces
      : known.namespaces.filter((name) => namespaces.includes(name));
    const rest = await look(placesOf(resources, inside), { context, labelSelector });
    return foundOf([leases, rest], [...resources, LEASES]);
  }
  const kinds = await deletableKinds(context.cluster, context);
  const resources = kinds.resources.filter(({ namespaced, plural }) =>
    plural !== LEASES.plural && (namespaced || namespaces.length === 0)
  );
  context.say(`looking through ${resources.length} kinds`);
  const scan = await look(placesOf(resources, scopes), { context, labelSelector });
  const own = { hits: await namespacesByName(namespaces, { context, choice }) };
  return foundOf([leases, scan, kinds, own], [...resources, LEASES]);
}

/** Where to look, by all records of a run; undefined: one of them cannot be read, or there is none. */
function toldBy(
  records: readonly SeenRecord[],
): { readonly resources: Resource[]; readonly namespaces: string[] } | undefined {
  const facts = records.flatMap(({ facts }) => facts ?? []);
  if (facts.length === 0 || facts.length < records.length) return undefined;
  const resources = facts.flatMap(({ resources }) => resources);
  return {
    resources: [...new Map(resources.map((one) => [resourceName(one), one])).values()],
    namespaces: [...new Set(facts.flatMap(({ namespaces }) => namespaces))],
  };
}

function onlyLoans(found: Found): Found {
  const runs = found.runs.filter(({ loans }) => loans.length > 0)
    .map((run) => ({ ...run, kinds: [], namespaces: [] }));
  return { ...found, runs };
}

function placesOf(resources: readonly Resource[], namespaces: readonly string[]): Place[] {
  return resources.flatMap((resource) =>
    (resource.namespaced ? namespaces : [""]).map((namespace) => ({ resource, namespace }))
  );
}

interface Look {
  readonly hits: readonly Hit[];
  readonly notLookedAt: readonly NotLookedAt[];
}

async function look(
  places: readonly Place[],
  { context, labelSelector }: { context: CleanupContext; labelSelector: string },
): Promise<Look> {
  const hits: Hit[] = [];
  const notLookedAt: NotLookedAt[] = [];
  await eachAtMost(places, async (place) => {
    const { resource, namespace } = place;
    try {
      const read = (object: KubeObject) => hitOf(resource, object);
      const found = await listLabelled(context, { ...place, labelSelector }, read);
      for (const hit of found) hits.push(hit);
    } catch (thrown) {
      context.signal.throwIfAborted();
      // Not served any more: then none of it is left. Some virtual kinds list nothing.
      if (isNotListed(thrown)) return;
      const where = namespace === "" ? "" : ` in namespace ${namespace}`;
      notLookedAt.push({ what: resourceName(resource) + where, why: messageOf(thrown) });
    }
  }, { limit: KINDS_AT_ONCE, signal: context.signal });
  return { hits, notLookedAt };
}

/** Those that carry the label, for a user who may not list namespaces. */
async function namespacesByName(
  names: readonly string[],
  { context, choice }: { context: CleanupContext; choice: RunChoice },
): Promise<Hit[]> {
  const { cluster, signal } = context;
  const hits: Hit[] = [];
  for (const name of names) {
    try {
      const found = await retrying(() => cluster.get(NAMESPACES, { name }, { signal }), context);
      if (isChosen(found.metadata, choice)) hits.push(hitOf(NAMESPACES, found));
    } catch (thrown) {
      if (!isForbidden(thrown) && !isNotFound(thrown)) throw thrown;
    }
  }
  return hits;
}

function isNotListed(thrown: unknown): boolean {
  return isNotFound(thrown) ||
    (thrown instanceof OperationFailedError && thrown.reason === "method-not-allowed");
}

function hitOf(resource: Resource, object: KubeObject): Hit {
  const hit = { resource, object: labelledObject(object) };
  if (resource === LEASES && isLoan(object)) return { ...hit, loan: readLoan(object) };
  const isRecord = resource === LEASES && isRunRecord(object);
  return isRecord ? { ...hit, record: readRecord(object) } : hit;
}

function foundOf(looks: readonly Partial<Look>[], resources: readonly Resource[]): Found {
  const byUid = new Map<string, Hit>();
  for (const hit of looks.flatMap(({ hits = [] }) => hits)) {
    // The same object may be listed under two groups.
    if (!byUid.has(hit.object.uid)) byUid.set(hit.object.uid, hit);
  }
  const byRun = Map.groupBy(byUid.values(), ({ object }) => object.runId);
  const runs = [...byRun].map(([runId, hits]) => runOf(runId, hits));
  return {
    runs: runs.sort((one, other) => one.runId < other.runId ? -1 : 1),
    resources,
    notLookedAt: looks.flatMap(({ notLookedAt = [] }) => notLookedAt),
  };
}

function runOf(runId: string, hits: readonly Hit[]): FoundRun {
  const recordHits = hits.filter(({ record }) => record !== undefined);
  const recordHit = recordHits.find(({ object }) => object.ref.name === recordName(runId)) ??
    recordHits[0];
  const loanHits = hits.filter(({ loan }) => loan !== undefined);
  const others = hits.filter(({ record, loan }) => record === undefined && loan === undefined);
  const isNamespace = ({ resource }: Hit) => resourceName(resource) === NAMESPACES.plural;
  const byKind = Map.groupBy(
    others.filter((hit) => !isNamespace(hit)),
    ({ resource }) => resourceName(resource),
  );
  const record = recordHit?.record;
  const records = recordHits.flatMap(({ record }) => record ?? []);
  const labelled = others.filter(isNamespace).map(({ object }) => object.ref.name);
  return {
    runId,
    record,
    records,
    command: hits.map(({ object }) => object.labels[COMMAND_LABEL]).find((one) => one),
    startedMs: recordHit?.object.createdMs ??
      Math.max(...[...others, ...loanHits].map(({ object }) => object.createdMs)),
    kinds: [...byKind].sort(([one], [other]) => one < other ? -1 : 1).map(([, kind]) => ({
      resource: kind[0]!.resource,
      objects: kind.map(({ object }) => object),
    })),
    loans: loanHits.flatMap(({ loan }) => loan ?? []),
    namespaces: [
      ...new Set([...labelled, ...records.flatMap(({ facts }) => facts?.madeNamespaces ?? [])]),
    ].sort(),
  };
}
