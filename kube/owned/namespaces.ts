/**
 * Are the namespaces of a run there, and who deletes them? Makes what is missing if it may, and
 * removes only what carries this run's label and holds nothing of another run.
 * @module
 */

import type { Say } from "../../core/say.ts";
import { CannotRunError, LeftoverError, messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import { until } from "../../core/load/until.ts";
import { formatDuration } from "../../core/units.ts";
import type { Cluster } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import { eachAtMost } from "../each_at_most.ts";
import type { KubeObject } from "../object.ts";
import { type ContentQuery, firstOfOtherRun, holdsNothingOf } from "./namespace_content.ts";
import { isOfRun, RUN_ID_LABEL } from "./ownership.ts";
import { NAMESPACES } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { heldBy, isUntouched } from "../server/held_namespace.ts";
import { isAlreadyExists, isConflict, isForbidden, isNotFound } from "../status_error.ts";

interface Context {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly signal: AbortSignal;
  /** Takes lines for the user. */
  readonly say: Say;
}

interface EnsureOptions extends Context {
  /** Of those that are made. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether missing ones are made. */
  readonly create: boolean;
}

/** Where another run's object of one of the resources is left, the namespace stays. */
interface RemoveOptions extends Context, Pick<ContentQuery, "runId" | "resources"> {}

interface Removal extends RemoveOptions {
  /** Tells that one is not gone yet, and what holds it. */
  sayHeld(name: string, held: string): void;
}

/** What making and removing namespaces asks of a cluster. */
export const NAMESPACE_RIGHTS: readonly NeededRight[] = ["get", "create", "delete"].map((verb) => ({
  verb,
  kind: NAMESPACES,
  onlyFor: "a namespace that is missing",
}));

/** How long another's deletion may take: a controller needs 5 to 11 s even for an empty one. */
const TERMINATING_PATIENCE_MS = 60_000;
/**
 * How long a namespace controller may take to begin. Shorter than the whole cleaning up, after which
 * nothing that is left can be looked at or deleted any more.
 */
const UNTOUCHED_PATIENCE_MS = 30_000;
const POLL_MS = 500;
/** Thousands of namespaces are looked at and made side by side. */
const AT_ONCE = 16;
/** Of those that are held alike. */
const NAMED = 2;
/** More than a namespace controller works on at a time. */
const REMOVALS_AT_ONCE = 64;
const NO_CONTROLLER =
  "no namespace controller has begun to remove it; is kube-controller-manager running?";

/**
 * Makes sure that all are there, and waits up to 60 s for one that is being deleted before it is
 * made anew. Register {@link removeNamespaces} first: this may throw after it made some.
 * @returns the names of those that this call made
 * @throws {CannotRunError} if one is missing and may not be made, or stays Terminating
 * @throws the signal's reason
 */
export async function ensureNamespaces(
  cluster: Cluster,
  names: readonly string[],
  options: EnsureOptions,
): Promise<string[]> {
  const isAbsent = async (name: string) => !(await isUsable(cluster, name, options));
  const absent = await namesOf(names, isAbsent, options);
  if (absent.length > 0 && !options.create) throw missing(absent);
  return await namesOf(absent, (name) => make(cluster, name, options), options);
}

/**
 * Deletes those that this run made and waits until they are gone; the others it leaves alone. For a
 * namespace that another run uses, it says so and leaves it.
 * @returns the names of those that stay, without anything of this run, as no namespace controller has
 *   begun to remove them: see {@link untouchedText}
 * @throws {LeftoverError} naming each that is left and what holds it, if the signal aborts first or
 *   the server refuses
 */
export async function removeNamespaces(
  cluster: Cluster,
  names: readonly string[],
  options: RemoveOptions,
): Promise<string[]> {
  const unique = [...new Set(names)];
  const errors = new Map<string, LeftoverError>();
  const untouched = new Set<string>();
  const removal = { ...options, sayHeld: sparing(options.say) };
  // Without a signal: of each that is left it is to be told.
  await eachAtMost(unique, async (name) => {
    try {
      if (await remove(cluster, name, removal) === "untouched") untouched.add(name);
    } catch (thrown) {
      errors.set(name, thrown as LeftoverError);
    }
  }, { limit: REMOVALS_AT_ONCE });
  const inOrder = unique.flatMap((name) => errors.get(name) ?? []);
  if (inOrder.length > 1) throw together(inOrder);
  if (inOrder.length === 1) throw inOrder[0];
  return unique.filter((name) => untouched.has(name));
}

/** Of a namespace that {@link removeNamespaces} returns: why it stays, and how to look at it. */
export function untouchedText(name: string): { readonly why: string; readonly look: string } {
  const patience = formatDuration(UNTOUCHED_PATIENCE_MS);
  return {
    why:
      `it has none of the run's objects and is Terminating, but after ${patience} ${NO_CONTROLLER}`,
    look: `kubectl get namespace ${name} -o yaml`,
  };
}

/** Those of the names of which it is so, each once, in their order. */
async function namesOf(
  names: readonly string[],
  isSo: (name: string) => Promise<boolean>,
  { signal }: Pick<Context, "signal">,
): Promise<string[]> {
  const unique = [...new Set(names)];
  const found = new Set<string>();
  await eachAtMost(unique, async (name) => {
    if (await isSo(name)) found.add(name);
  }, { limit: AT_ONCE, signal });
  return unique.filter((name) => found.has(name));
}

/** Whether it is there and not being deleted. */
async function isUsable(cluster: Cluster, name: string, options: EnsureOptions): Promise<boolean> {
  try {
    const found = await look(cluster, name, options);
    return found !== undefined && !isTerminating(found);
  } catch (thrown) {
    // Whoever has a role inside a namespace only may not read the namespace itself.
    if (!isForbidden(thrown)) throw thrown;
    options.say(`namespace "${name}" is taken to be there: this user may not look`);
    return true;
  }
}

function missing(names: readonly string[]): CannotRunError {
  const list = names.map((name) => `"${name}"`).join(", ");
  const remedy = names.map((name) => `kubectl create namespace ${name}`).join(" && ");
  return new CannotRunError(
    `Cannot find namespace${names.length > 1 ? "s" : ""} ${list}; make it with: ${remedy}`,
  );
}

/** @returns whether this call made it, and not somebody else at the same time */
async function make(cluster: Cluster, name: string, options: EnsureOptions): Promise<boolean> {
  const { clock, signal, labels } = options;
  await untilNotTerminating(cluster, name, options);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  try {
    await retrying(() => cluster.create(NAMESPACES, namespace, { signal }), options);
    return true;
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
  }
  // The answer to an earlier try may have been lost: then it is ours all the same.
  const found = await look(cluster, name, options);
  if (found !== undefined && !isTerminating(found)) {
    return found.metadata.labels?.[RUN_ID_LABEL] === labels[RUN_ID_LABEL];
  }
  await clock.sleepUntil(clock.now() + POLL_MS, signal);
  return await make(cluster, name, options);
}

async function untilNotTerminating(
  cluster: Cluster,
  name: string,
  options: EnsureOptions,
): Promise<void> {
  const { clock, signal, say } = options;
  let last: KubeObject | undefined;
  await until(clock, async () => {
    const found = await look(cluster, name, options);
    if (found === undefined || !isTerminating(found)) return true;
    if (last === undefined) {
      say(`namespace "${name}" is being deleted: waiting up to 60 s to make it anew`);
    }
    last = found;
  }, {
    pollMs: POLL_MS,
    timeoutMs: TERMINATING_PATIENCE_MS,
    signal,
    late: () => {
      throw new CannotRunError(
        `Cannot use namespace "${name}": it is still Terminating after 60 s${stuck(last!)}`,
      );
    },
  });
}

async function remove(
  cluster: Cluster,
  name: string,
  options: Removal,
): Promise<"gone" | "not ours" | "untouched"> {
  const { signal, say, runId } = options;
  const patient = { ...options, deadlineMs: Infinity };
  let last: KubeObject | undefined;
  try {
    last = await look(cluster, name, patient);
    if (last === undefined || !isOfRun(last.metadata, runId)) return "not ours";
    const foreign = await firstOfOtherRun(cluster, name, options);
    if (foreign !== undefined) {
      say(`namespace "${name}" stays: another run has ${foreign} there`);
      return "not ours";
    }
    await deleteNamespace(cluster, name, patient);
    const seen = (found: KubeObject) => last = found;
    return await untilGone(cluster, last, { ...patient, seen });
  } catch (thrown) {
    const why = signal.aborted ? "cleaning up was cut off" : messageOf(thrown);
    throw new LeftoverError({
      what: `namespace "${name}" ${last === undefined ? "may be" : "is"} left`,
      why: why + stuck(last),
      byHand: `kubectl delete namespace ${name}`,
      left: 1,
    });
  }
}

/** @param options `seen`: called with what it has become */
async function untilGone(
  cluster: Cluster,
  { metadata: { name = "", uid } }: KubeObject,
  options: Removal & { readonly deadlineMs: number; seen(found: KubeObject): void },
): Promise<"gone" | "untouched"> {
  const { clock, signal, sayHeld, seen } = options;
  const untouchedMs = clock.now() + UNTOUCHED_PATIENCE_MS;
  let reported: string | undefined;
  let mayHoldNothing = true;
  return await until<"gone" | "untouched">(clock, async () => {
    const found = await look(cluster, name, options);
    // Another uid: somebody has made it anew meanwhile.
    if (found === undefined || found.metadata.uid !== uid) return "gone";
    seen(found);
    if (held(found) !== reported) sayHeld(name, held(found));
    reported = held(found);
    if (!mayHoldNothing || clock.now() < untouchedMs || !isUntouched(found)) return undefined;
    mayHoldNothing = await holdsNothingOf(cluster, name, options);
    return mayHoldNothing ? "untouched" : undefined;
  }, { pollMs: POLL_MS, timeoutMs: Infinity, signal });
}

/** Tells which namespaces are not gone yet: of thousands that are held alike, the first two by name. */
function sparing(say: Say): (name: string, held: string) => void {
  const told = new Map<string, number>();
  return (name, held) => {
    const before = told.get(held) ?? 0;
    told.set(held, before + 1);
    if (before < NAMED) say(`namespace "${name}" is not gone yet${held}`);
    else if (before === NAMED) say(`more namespaces are not gone yet${held}`);
  };
}

/** One error of several, with one command for all. */
function together(errors: readonly LeftoverError[]): LeftoverError {
  return new LeftoverError({
    what: `${errors.length} namespaces left`,
    why: errors.map(({ what, why }) => `${what}: ${why}`).join("; "),
    byHand: errors.map(({ byHand }) => byHand).join(" && "),
    left: errors.length,
  });
}

async function deleteNamespace(
  cluster: Cluster,
  name: string,
  options: Context & { deadlineMs: number },
): Promise<void> {
  const { signal } = options;
  try {
    await retrying(() => cluster.delete(NAMESPACES, { name }, { signal }), options);
  } catch (thrown) {
    // Conflict: its deletion has begun already.
    if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
  }
}

async function look(
  cluster: Cluster,
  name: string,
  options: Context & { deadlineMs?: number },
): Promise<KubeObject | undefined> {
  const { signal } = options;
  try {
    return await retrying(() => cluster.get(NAMESPACES, { name }, { signal }), options);
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

function isTerminating({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** ` (finalizers a.io/x; NamespaceContentRemaining: ...)`: what keeps it, or nothing if nobody says. */
function held(namespace: KubeObject | undefined): string {
  const reasons = namespace === undefined ? [] : heldBy(namespace);
  return reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
}

/** As {@link held}, of one that ought to be gone. */
function stuck(namespace: KubeObject | undefined): string {
  return namespace !== undefined && isUntouched(namespace)
    ? ` (${NO_CONTROLLER})`
    : held(namespace);
}
