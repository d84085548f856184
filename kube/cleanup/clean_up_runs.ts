/**
 * Which of the runs that are found go, and what came of each? Leaves living runs alone unless it is
 * forced; prints nothing.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";
import { NAMESPACES, resourceName } from "../resource.ts";
import { LEASES, RECORD_LIFE_MS } from "../owned/run_record.ts";
import type { User } from "../server/access.ts";
import { deleteRuns, type RunOutcome } from "./delete_runs.ts";
import { findRuns, type Found, type FoundRun } from "./found_runs.ts";
import { foundLoans, giveBackLoans, type LoansOutcome } from "./give_back_loans.ts";
import type { CleanupContext } from "./labelled_objects.ts";
import { livingRuns } from "../owned/living_runs.ts";
import type { RunChoice } from "./mod.ts";
import type { CleanupResult, KindResult, RunResult, RunState } from "./result.ts";

/** One cleaning, all questions answered. */
export interface Cleaning {
  readonly context: CleanupContext;
  readonly choice: RunChoice;
  readonly server: string;
  readonly user: User | undefined;
  /** Look only in these; empty: everywhere. */
  readonly namespaces: readonly string[];
  /** Living runs go, too. */
  readonly isForced: boolean;
  /** Nothing is deleted, and nothing given back. */
  readonly isShownOnly: boolean;
  /**
   * Nothing is deleted, only what is borrowed given back.
   * @default {false}
   */
  readonly onlyBorrowed?: boolean;
  /**
   * What is borrowed gets its old values also where somebody else has changed it since.
   * @default {false}
   */
  readonly takesBackChanged?: boolean;
  /**
   * Runs of other commands are as if they were not there.
   * @param command as in labels: `gateway-churn`
   * @default of any
   */
  readonly isOfCommand?: (command: string) => boolean;
}

/** @throws {CannotRunError} if this user may look nowhere; the signal's reason, before any delete */
export async function cleanUpRuns(cleaning: Cleaning): Promise<CleanupResult> {
  const { context, choice, namespaces, server, isShownOnly, onlyBorrowed = false } = cleaning;
  const found = await findRuns(choice, context, { namespaces, onlyBorrowed });
  requireSight(found, cleaning);
  const { isOfCommand = () => true } = cleaning;
  const runs = found.runs.filter((run) =>
    isOldEnough(run, choice, context) && isOfCommand(run.command ?? "")
  );
  const living = await idsOfLiving(runs, cleaning);
  const dead = runs.filter(({ runId }) => !living.has(runId));
  const ended = isShownOnly ? NOTHING_ENDED : await endRuns(dead, found, cleaning);
  const { signal } = context;
  return {
    schemaVersion: 1,
    server,
    dryRun: isShownOnly,
    onlyBorrowed,
    runs: runs.map((run) => {
      const shown = onlyBorrowed ? "would be given back" : "would be deleted";
      return resultOf(run, ended.get(run.runId) ?? (living.has(run.runId) ? "alive" : shown));
    }),
    notLookedAt: found.notLookedAt,
    cutOff: signal.aborted ? messageOf(signal.reason) : null,
  };
}

/** What came of a run that was not left alone. */
interface EndedRun {
  readonly loans: LoansOutcome;
  /** Undefined: nothing was to be deleted. */
  readonly deleted: RunOutcome | undefined;
}

const NOTHING_ENDED: ReadonlyMap<string, EndedRun> = new Map();

/** What is not the run's own first: while its journal and its record are there. */
async function endRuns(
  runs: readonly FoundRun[],
  { resources }: Found,
  { context, user, onlyBorrowed = false, takesBackChanged = false }: Cleaning,
): Promise<ReadonlyMap<string, EndedRun>> {
  const loans = await giveBackLoans(runs, context, { isForced: takesBackChanged });
  const journals = new Map([...loans].map(([runId, { namespaces }]) => [runId, namespaces]));
  const deleted = onlyBorrowed
    ? new Map<string, RunOutcome>()
    : await deleteRuns(runs, context, { user, resources, journals });
  return new Map(
    [...loans].map(([runId, loans]) => [runId, { loans, deleted: deleted.get(runId) }]),
  );
}

function requireSight({ runs, resources, notLookedAt }: Found, { user, namespaces }: Cleaning) {
  const places = resources.length * Math.max(1, namespaces.length);
  if (runs.length > 0 || notLookedAt.length < places) return;
  const who = user === undefined ? "this user" : `user "${user.username}"`;
  throw new CannotRunError(
    `Cannot clean up: ${who} may list nothing` +
      (namespaces.length === 0
        ? " in all namespaces; name those of the run with --namespace"
        : "") +
      ` (${notLookedAt[0]?.why})`,
  );
}

function isOldEnough(
  { startedMs }: FoundRun,
  choice: RunChoice,
  { clock }: CleanupContext,
): boolean {
  if (choice.kind !== "older") return true;
  return clock.wallNow().getTime() - startedMs >= choice.olderThanMs;
}

/** Ids of the runs that are to be left alone. */
async function idsOfLiving(
  runs: readonly FoundRun[],
  { choice, context, isForced }: Cleaning,
): Promise<ReadonlySet<string>> {
  if (choice.kind === "run") {
    for (const run of runs) warnIfFresh(run, context);
    return new Set();
  }
  return isForced ? new Set() : await livingRuns(runs, context);
}

/** Whoever names a run knows it; a run that was killed a moment ago looks the same. */
function warnIfFresh({ runId, record }: FoundRun, { clock, say }: CleanupContext): void {
  if (record === undefined || record.facts?.endedAt !== undefined) return;
  const ageMs = clock.wallNow().getTime() - record.renewedMs;
  if (!(ageMs < RECORD_LIFE_MS)) return;
  const { host = "?", pid = "?" } = record.facts ?? {};
  say(
    `WARNING: run ${runId} was alive less than ${RECORD_LIFE_MS / 1_000} s ago ` +
      `(process ${pid} on ${host}): if it still is, stop it, or it makes its objects anew`,
  );
}

function resultOf(run: FoundRun, ended: EndedRun | RunState): RunResult {
  const { runId, record, command, startedMs } = run;
  const { facts } = record ?? {};
  const isEnded = typeof ended !== "string";
  const left = isEnded ? [...ended.loans.left, ...ended.deleted?.left ?? []] : [];
  return {
    runId,
    command: facts?.command ?? command ?? null,
    host: facts?.host ?? null,
    startedAt: Number.isFinite(startedMs) ? new Date(startedMs).toISOString() : null,
    hasRecord: record !== undefined,
    state: isEnded ? stateOf(ended, left.length) : ended,
    kinds: isEnded ? ended.deleted?.kinds ?? [] : foundKinds(run, ended),
    borrowed: isEnded ? ended.loans.borrowed : foundLoans(run),
    left,
  };
}

function stateOf({ deleted }: EndedRun, left: number): RunState {
  if (left > 0) return "left";
  return deleted === undefined ? "given back" : "deleted";
}

/** What there is before anything is deleted, of what would be. */
function foundKinds({ records, kinds, namespaces }: FoundRun, state: RunState): KindResult[] {
  if (state === "would be given back") return [];
  const results: KindResult[] = kinds.map(({ resource, objects }) => {
    const inside = objects.flatMap(({ ref }) => ref.namespace ?? []);
    return {
      resource: resourceName(resource),
      namespaces: [...new Set(inside)],
      ...all(objects.length),
    };
  });
  if (namespaces.length > 0) {
    results.push({ resource: NAMESPACES.plural, namespaces, ...all(namespaces.length) });
  }
  if (records.length > 0) {
    const inside = [...new Set(records.map(({ ref }) => ref.namespace))];
    results.push({ resource: resourceName(LEASES), namespaces: inside, ...all(records.length) });
  }
  return results;
}

function all(found: number): { found: number; left: number } {
  return { found, left: found };
}
