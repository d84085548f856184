/**
 * In which order does everything of several runs go? The objects of all of them, then the namespaces
 * that they made and nobody else is in, then the records of those of which nothing is left.
 * @module
 */

import { LeftoverError, messageOf } from "../../core/errors.ts";
import { NAME } from "../../core/version.ts";
import { eachAtMost } from "../each_at_most.ts";
import { removeNamespaces, untouchedText } from "../owned/namespaces.ts";
import { isOfRun, MANAGED_BY_LABEL, RUN_ID_LABEL, runSelector } from "../owned/ownership.ts";
import { LEASES, RECORD_LABEL } from "../owned/run_record.ts";
import { JOBS, NAMESPACES, PODS, type Resource, resourceName } from "../resource.ts";
import type { User } from "../server/access.ts";
import { retrying } from "../set_up_retry.ts";
import { isForbidden, isNotFound } from "../status_error.ts";
import { deleteKind, type KindOutcome } from "./delete_objects.ts";
import type { FoundKind, FoundRun } from "./found_runs.ts";
import {
  type CleanupContext,
  type LabelledObject,
  labelledObject,
  listLabelled,
} from "./labelled_objects.ts";
import type { KindResult, Leftover } from "./result.ts";

export interface RunOutcome {
  readonly kinds: readonly KindResult[];
  readonly left: readonly Leftover[];
}

interface DeleteOptions {
  readonly user: User | undefined;
  /** Those in which another run's objects keep a namespace. */
  readonly resources: readonly Resource[];
  /** Where a run has written down what it could not give back, by run id: these stay, and its record. */
  readonly journals: ReadonlyMap<string, readonly string[]>;
}

const RUNS_AT_ONCE = 4;
const DEFINITIONS = "customresourcedefinitions";

/** @returns what came of each, by run id; a signal that aborts makes leftovers of the rest */
export async function deleteRuns(
  runs: readonly FoundRun[],
  context: CleanupContext,
  options: DeleteOptions,
): Promise<ReadonlyMap<string, RunOutcome>> {
  const outcomes = new Map(runs.map(({ runId }) => [runId, [] as KindOutcome[]]));
  const inTurn = (step: (run: FoundRun) => Promise<KindOutcome[]>) =>
    eachAtMost(runs, async (run) => {
      outcomes.get(run.runId)!.push(...await step(run));
    }, { limit: RUNS_AT_ONCE });
  await inTurn((run) => deleteObjects(run, context, options));
  const chosen = new Set(runs.map(({ runId }) => runId));
  await inTurn((run) => deleteNamespaces(run, context, { ...options, chosen }));
  await inTurn(async (run) => {
    const isClean = outcomes.get(run.runId)!.every(({ left }) => left.length === 0) &&
      !options.journals.get(run.runId)?.length;
    return await finish(run, context, { ...options, isClean });
  });
  return new Map(
    [...outcomes].map(([runId, parts]) => [runId, {
      kinds: parts.map(({ result }) => result),
      left: parts.flatMap(({ left }) => left),
    }]),
  );
}

/** In their order: who would make others anew first, and last what defines others. */
const FIRST = [resourceName(JOBS), resourceName(PODS)];

/** Whoever works for the run before what it makes; Leases with the record, which is one. */
async function deleteObjects(
  run: FoundRun,
  context: CleanupContext,
  { user }: DeleteOptions,
): Promise<KindOutcome[]> {
  const rank = ({ resource }: FoundKind) => {
    if (resource.plural === DEFINITIONS) return FIRST.length + 1;
    const place = FIRST.indexOf(resourceName(resource));
    return place === -1 ? FIRST.length : place;
  };
  const kinds = run.kinds.filter(({ resource }) => !isLeases(resource))
    .toSorted((one, other) => rank(one) - rank(other));
  const outcomes: KindOutcome[] = [];
  for (const kind of kinds) {
    outcomes.push(await deleteKind(kind, context, { runId: run.runId, user }));
  }
  return outcomes;
}

async function deleteNamespaces(
  { runId, namespaces }: FoundRun,
  context: CleanupContext,
  { resources, journals, chosen }: DeleteOptions & { chosen: ReadonlySet<string> },
): Promise<KindOutcome[]> {
  const found: string[] = [];
  const left: Leftover[] = [];
  const inside = resources.filter((resource) => resource.namespaced && !isLeases(resource));
  await eachAtMost(namespaces, async (name) => {
    try {
      if (!await isOwn(name, { runId, context })) return;
      found.push(name);
      if (journals.get(runId)?.includes(name)) {
        const why = "what the run has borrowed, and could not give back, is written down in it";
        left.push(namespaceLeft(name, { why, command: again(runId) }));
        return;
      }
      const stranger = await otherRecord(name, { context, chosen });
      if (stranger === undefined) {
        const options = { ...context, runId, resources: inside };
        const [untouched] = await removeNamespaces(context.cluster, [name], options);
        if (untouched !== undefined) {
          const { why, look } = untouchedText(name);
          left.push(namespaceLeft(name, { why, command: look }));
          return;
        }
      }
      const stays = stranger !== undefined || await isOwn(name, { runId, context });
      if (!stays) return;
      const who = stranger === undefined ? "another run" : `run ${stranger}`;
      left.push(namespaceLeft(name, { why: `${who} is in it`, command: again(runId) }));
    } catch (thrown) {
      left.push(namespaceLeft(name, {
        why: whyLeft(thrown, context),
        command: `kubectl delete namespace ${name}`,
      }));
      if (!found.includes(name)) found.push(name);
    }
  }, { limit: RUNS_AT_ONCE });
  if (found.length === 0) return [];
  const result = {
    resource: NAMESPACES.plural,
    namespaces: found.toSorted(),
    found: found.length,
    left: left.length,
  };
  return [{ result, left }];
}

function whyLeft(thrown: unknown, { signal }: CleanupContext): string {
  if (signal.aborted) return messageOf(signal.reason);
  return thrown instanceof LeftoverError ? thrown.why : messageOf(thrown);
}

function namespaceLeft(name: string, rest: Omit<Leftover, "what">): Leftover {
  return { what: `namespace ${name}`, ...rest };
}

function again(runId: string): string {
  return `${NAME} cleanup --run-id ${runId}`;
}

/** Whether it is there with this run's labels, and may be looked at. */
async function isOwn(
  name: string,
  { runId, context }: { runId: string; context: CleanupContext },
): Promise<boolean> {
  const { cluster, signal } = context;
  try {
    const found = await retrying(() => cluster.get(NAMESPACES, { name }, { signal }), context);
    return isOfRun(found.metadata, runId);
  } catch (thrown) {
    if (isNotFound(thrown)) return false;
    throw thrown;
  }
}

/** A run that is not to be deleted and has its record there. */
async function otherRecord(
  namespace: string,
  { context, chosen }: { context: CleanupContext; chosen: ReadonlySet<string> },
): Promise<string | undefined> {
  const labelSelector = `${MANAGED_BY_LABEL}=${NAME},${RUN_ID_LABEL},${RECORD_LABEL}`;
  const place = { resource: LEASES, namespace, labelSelector };
  try {
    const records = await listLabelled(context, place, labelledObject);
    return records.find(({ runId }) => !chosen.has(runId))?.runId;
  } catch (thrown) {
    // No Leases here, or none to be seen: then objects alone tell of other runs.
    if (isNotFound(thrown) || isForbidden(thrown)) return undefined;
    throw thrown;
  }
}

/** The record, unless it is needed to find what is left; and Leases that the run made. */
async function finish(
  { runId, records, kinds }: FoundRun,
  context: CleanupContext,
  { user, isClean }: DeleteOptions & { isClean: boolean },
): Promise<KindOutcome[]> {
  const own = kinds.filter(({ resource }) => isLeases(resource)).flatMap(({ objects }) => objects);
  const refs = [...records, ...own].map(({ ref }) => ref);
  if (refs.length === 0) return [];
  const namespaces = [...new Set(refs.map(({ namespace = "" }) => namespace))];
  const result = { resource: resourceName(LEASES), namespaces, found: refs.length };
  try {
    const objects = await leasesOf(runId, context, namespaces);
    if (!isClean) return [{ result: { ...result, left: objects.length }, left: [] }];
    const outcome = await deleteKind({ resource: LEASES, objects }, context, { runId, user });
    return [{ ...outcome, result: { ...result, left: outcome.result.left } }];
  } catch (thrown) {
    const why = whyLeft(thrown, context);
    const left = { what: "the run record", why, command: again(runId) };
    // Where more is left, that tells enough.
    return [{ result: { ...result, left: refs.length }, left: isClean ? [left] : [] }];
  }
}

/** Those that are there now: some went with their namespaces. */
async function leasesOf(
  runId: string,
  context: CleanupContext,
  namespaces: readonly string[],
): Promise<LabelledObject[]> {
  const labelSelector = runSelector(runId);
  const found: LabelledObject[] = [];
  for (const namespace of namespaces) {
    const place = { resource: LEASES, namespace, labelSelector };
    found.push(...await listLabelled(context, place, labelledObject));
  }
  return found;
}

function isLeases(resource: Resource): boolean {
  return resourceName(resource) === resourceName(LEASES);
}
