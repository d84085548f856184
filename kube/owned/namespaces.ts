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
import type { Cluster } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import type { KubeObject } from "../object.ts";
import { isOfRun, otherRunsSelector, RUN_ID_LABEL } from "./ownership.ts";
import { NAMESPACES, type Resource, resourceName } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { heldBy } from "../server/held_namespace.ts";
import { LEASES } from "./run_record.ts";
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

interface RemoveOptions extends Context {
  readonly runId: string;
  /** Namespaced; where another run's object of one of these is left, the namespace stays. */
  readonly resources: readonly Resource[];
}

/** What making and removing namespaces asks of a cluster. */
export const NAMESPACE_RIGHTS: readonly NeededRight[] = ["get", "create", "delete"].map((verb) => ({
  verb,
  kind: NAMESPACES,
  onlyFor: "a namespace that is missing",
}));

/** How long another's deletion may take: a controller needs 5 to 11 s even for an empty one. */
const TERMINATING_PATIENCE_MS = 60_000;
const POLL_MS = 500;

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
  const absent: string[] = [];
  for (const name of new Set(names)) {
    if (!(await isUsable(cluster, name, options))) absent.push(name);
  }
  if (absent.length > 0 && !options.create) throw missing(absent);
  const created: string[] = [];
  for (const name of absent) {
    if (await make(cluster, name, options)) created.push(name);
  }
  return created;
}

/**
 * Deletes those that this run made and waits until they are gone; the others it leaves alone. For a
 * namespace that another run uses, it says so and leaves it.
 * @throws {LeftoverError} naming each that is left and what holds it, if the signal aborts first or
 *   the server refuses
 */
export async function removeNamespaces(
  cluster: Cluster,
  names: readonly string[],
  options: RemoveOptions,
): Promise<void> {
  const results = await Promise.allSettled(
    [...new Set(names)].map((name) => remove(cluster, name, options)),
  );
  const errors: LeftoverError[] = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason] : []
  );
  if (errors.length > 1) throw together(errors);
  if (errors.length === 1) throw errors[0];
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
        `Cannot use namespace "${name}": it is still Terminating after 60 s${held(last!)}`,
      );
    },
  });
}

async function remove(cluster: Cluster, name: string, options: RemoveOptions): Promise<void> {
  const { clock, signal, say, runId } = options;
  const patient = { ...options, deadlineMs: Infinity };
  let last: KubeObject | undefined;
  try {
    last = await look(cluster, name, patient);
    if (last === undefined || !isOfRun(last.metadata, runId)) return;
    const foreign = await firstOfOtherRun(cluster, name, options);
    if (foreign !== undefined) {
      say(`namespace "${name}" stays: another run has ${foreign} there`);
      return;
    }
    await deleteNamespace(cluster, name, patient);
    const { uid } = last.metadata;
    let reported: string | undefined;
    await until(clock, async () => {
      const found = await look(cluster, name, patient);
      // Another uid: somebody has made it anew meanwhile.
      if (found === undefined || found.metadata.uid !== uid) return true;
      last = found;
      if (held(found) !== reported) say(`namespace "${name}" is not gone yet${held(found)}`);
      reported = held(found);
    }, { pollMs: POLL_MS, timeoutMs: Infinity, signal });
  } catch (thrown) {
    const why = signal.aborted ? "cleaning up was cut off" : messageOf(thrown);
    throw new LeftoverError({
      what: `namespace "${name}" ${last === undefined ? "may be" : "is"} left`,
      why: why + held(last),
      byHand: `kubectl delete namespace ${name}`,
      left: 1,
    });
  }
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

/** `configmaps "a"`, the first object of another run that is found; undefined if there is none. */
async function firstOfOtherRun(
  cluster: Cluster,
  namespace: string,
  options: RemoveOptions,
): Promise<string | undefined> {
  const { signal, resources, runId } = options;
  const labelSelector = otherRunsSelector(runId);
  for (const resource of resources) {
    const asked = retrying(
      () => cluster.list(resource, { namespace, labelSelector, limit: 1, signal }),
      options,
    );
    // Not everybody who makes objects may read the records of others.
    const list = resource === LEASES ? await orUndefined(asked) : await asked;
    const [item] = list?.items ?? [];
    if (item !== undefined) return `${resourceName(resource)} "${item.metadata.name}"`;
  }
}

/** What may not be read, or is not served, holds nothing back. */
async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (isForbidden(thrown) || isNotFound(thrown)) return undefined;
    throw thrown;
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
