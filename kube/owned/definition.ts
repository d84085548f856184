/**
 * How does the definition of a custom resource come and go? Made and waited for until its objects are
 * served, deleted and waited for until it is gone; each wait has an end, and names what it waited for.
 * Never touches the definition of somebody else.
 * @module
 */

import type { Say } from "../../core/say.ts";
import * as z from "zod";
import { CannotRunError, LeftoverError, messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import { until } from "../../core/load/until.ts";
import { formatDuration } from "../../core/units.ts";
import { NAME } from "../../core/version.ts";
import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS as DEFINITIONS,
  type Resource,
  resourceName,
} from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../status_error.ts";
import { isOfRun } from "./ownership.ts";

/** What making something ready takes, whatever it is. */
export interface SetUpContext {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly signal: AbortSignal;
  /** Takes lines for the user. */
  readonly say: Say;
}

/** Of which definition: of the one that defines this kind. */
interface DefinitionContext extends SetUpContext {
  readonly defines: Resource;
}

const POLL_MS = 250;
const SERVED_PATIENCE_MS = 30_000;
const GONE_PATIENCE_MS = 60_000;
/** An ordinary deletion takes about a second. */
const QUIET_MS = 3_000;
const NAMED_IN_ERROR = 3;

/** Source: apiextensions.k8s.io/v1, CustomResourceDefinitionStatus; only what is used here. */
const Progress = z.object({
  status: z.object({
    conditions: z.array(z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().nullish(),
      message: z.string().nullish(),
    })).nullish(),
  }).nullish(),
});

/** The definition as it is; undefined if there is none. */
export async function lookAtDefinition(
  cluster: Cluster,
  context: DefinitionContext & { deadlineMs?: number },
): Promise<KubeObject | undefined> {
  const { signal } = context;
  const ref = refOf(context);
  try {
    return await retrying(() => cluster.get(DEFINITIONS, ref, { signal }), context);
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** Source: apiextensions.k8s.io/v1: a definition has no choice of its name. */
function refOf({ defines }: Pick<DefinitionContext, "defines">): { name: string } {
  return { name: resourceName(defines) };
}

/** As the user reads it. */
function nameOf(context: Pick<DefinitionContext, "defines">): string {
  return `CustomResourceDefinition "${refOf(context).name}"`;
}

function byHand(context: Pick<DefinitionContext, "defines">): string {
  return `kubectl delete crd ${refOf(context).name}`;
}

/**
 * Makes it and waits until its objects can be made. Register {@link removeDefinition} first.
 * @throws {CannotRunError} if there is one already, or if it is not served after 30 s
 */
export async function makeDefinition(
  cluster: Cluster,
  { definition, runId, ...context }: DefinitionContext & {
    /** With the labels of its run. */
    definition: KubeObject;
    runId: string;
  },
): Promise<void> {
  const { signal } = context;
  const options = { signal, fieldManager: NAME };
  try {
    await retrying(() => cluster.create(DEFINITIONS, definition, options), context);
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
    // The answer to an earlier try may have been lost: then it is ours all the same.
    const found = await lookAtDefinition(cluster, context);
    if (found === undefined || !isOfRun(found.metadata, runId)) throw foreignDefinition(context);
  }
  await untilServed(cluster, context);
}

/** Whoever made it, its objects are not ours to delete. */
export function foreignDefinition(context: Pick<DefinitionContext, "defines">): CannotRunError {
  return new CannotRunError(
    `Cannot use ${nameOf(context)}: it is there already and was not made by ` +
      `${NAME}; delete it, with all its objects, by: ${byHand(context)}`,
  );
}

async function untilServed(cluster: Cluster, context: DefinitionContext): Promise<void> {
  const { clock, signal } = context;
  let why = "";
  const look = async () => {
    const found = await lookAtDefinition(cluster, context);
    const refused = conditionsOf(found).find(({ type, status }) =>
      type === "NamesAccepted" && status === "False"
    );
    if (refused !== undefined) {
      throw new CannotRunError(
        `Cannot use ${nameOf(context)}: ${refused.message ?? refused.reason}`,
      );
    }
    const isEstablished = conditionsOf(found).some(({ type, status }) =>
      type === "Established" && status === "True"
    );
    // The condition comes before the handler of its objects.
    if (isEstablished && await isListed(cluster, context)) return true;
    why = isEstablished ? "its objects are not served" : `it is not Established${held(found)}`;
  };
  const timeoutMs = SERVED_PATIENCE_MS;
  const late = () => {
    const patience = formatDuration(timeoutMs);
    throw new CannotRunError(`Cannot use ${nameOf(context)}: ${why} after ${patience}`);
  };
  await until(clock, look, { pollMs: POLL_MS, timeoutMs, signal, late });
}

async function isListed(cluster: Cluster, context: DefinitionContext): Promise<boolean> {
  const { signal, defines } = context;
  try {
    await retrying(() => cluster.list(defines, { limit: 1, signal }), context);
    return true;
  } catch (thrown) {
    if (isNotFound(thrown)) return false;
    throw thrown;
  }
}

/**
 * Deletes the one that this run made, its objects with it, and waits up to 60 s until it is gone;
 * another's it leaves alone.
 * @throws {LeftoverError} with what holds it and the command that helps
 */
export async function removeDefinition(
  cluster: Cluster,
  { runId, ...context }: DefinitionContext & { runId: string },
): Promise<void> {
  const { clock } = context;
  const patient = { ...context, deadlineMs: clock.now() + GONE_PATIENCE_MS };
  let found: KubeObject | undefined;
  try {
    found = await lookAtDefinition(cluster, patient);
    if (found === undefined || !isOfRun(found.metadata, runId)) return;
    await deleteDefinition(cluster, patient);
  } catch (thrown) {
    throw await leftover(cluster, { last: found, why: whyNot(thrown, context), context });
  }
  await untilGone(cluster, found, context);
}

/**
 * Waits up to 60 s until one that is being deleted is gone.
 * @throws {LeftoverError} with what holds it and the command that helps
 */
export async function untilGone(
  cluster: Cluster,
  definition: KubeObject,
  context: DefinitionContext,
): Promise<void> {
  const { clock, signal, say } = context;
  const timeoutMs = GONE_PATIENCE_MS;
  const deadlineMs = clock.now() + timeoutMs;
  const tellAtMs = clock.now() + QUIET_MS;
  let last = definition;
  let reported: string | undefined;
  const look = async () => {
    const found = await lookAtDefinition(cluster, { ...context, deadlineMs });
    // Another uid: somebody has made it anew meanwhile.
    if (found === undefined || found.metadata.uid !== definition.metadata.uid) return true;
    last = found;
    if (clock.now() >= tellAtMs && held(found) !== reported) {
      reported = held(found);
      say(`${nameOf(context)} is not gone yet${reported}`);
    }
  };
  const late = () => {
    throw new Error(`still Terminating after ${formatDuration(timeoutMs)}`);
  };
  try {
    await until(clock, look, { pollMs: POLL_MS, timeoutMs, signal, late });
  } catch (thrown) {
    throw await leftover(cluster, { last, why: whyNot(thrown, context), context });
  }
}

function whyNot(thrown: unknown, { signal }: DefinitionContext): string {
  return signal.aborted ? "cleaning up was cut off" : messageOf(thrown);
}

async function deleteDefinition(
  cluster: Cluster,
  context: DefinitionContext & { deadlineMs: number },
): Promise<void> {
  const { signal } = context;
  try {
    await retrying(() => cluster.delete(DEFINITIONS, refOf(context), { signal }), context);
  } catch (thrown) {
    // Conflict: its deletion has begun already.
    if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
  }
}

async function leftover(
  cluster: Cluster,
  { last, why, context }: {
    last: KubeObject | undefined;
    why: string;
    context: DefinitionContext;
  },
): Promise<LeftoverError> {
  const kind = resourceName(context.defines);
  const objects = await heldObjects(cluster, context);
  const first = objects[0];
  const remedy = first === undefined
    ? byHand(context)
    : `kubectl patch ${kind} ${first.name}${first.scope} --type=merge ` +
      `-p '{"metadata":{"finalizers":null}}'`;
  const holders = objects
    .map(({ name, scope, finalizers }) =>
      `; ${kind} "${name}"${scope} is held by finalizers ${finalizers}`
    ).join("");
  return new LeftoverError({
    what: `${nameOf(context)} ${last === undefined ? "may be" : "is"} left`,
    why: why + held(last) + holders,
    byHand: remedy,
    left: 1,
  });
}

interface HeldObject {
  readonly name: string;
  /** ` -n NAMESPACE`, or nothing. */
  readonly scope: string;
  readonly finalizers: string;
}

/** Objects whose own finalizers keep the definition; none if nobody may look any more. */
async function heldObjects(
  cluster: Cluster,
  { signal, defines }: DefinitionContext,
): Promise<HeldObject[]> {
  if (signal.aborted) return [];
  try {
    const { items } = await cluster.list(defines, { signal });
    return items
      .filter(({ metadata }) => (metadata.finalizers ?? []).length > 0)
      .slice(0, NAMED_IN_ERROR)
      .map(({ metadata: { name = "", namespace, finalizers = [] } }) => ({
        name,
        scope: namespace === undefined ? "" : ` -n ${namespace}`,
        finalizers: finalizers.join(", "),
      }));
  } catch {
    return [];
  }
}

function conditionsOf(definition: KubeObject | undefined) {
  return Progress.safeParse(definition ?? {}).data?.status?.conditions ?? [];
}

/** ` (finalizers a.io/x; Terminating: ...)`: what keeps it, or nothing if nobody says. */
function held(definition: KubeObject | undefined): string {
  if (definition?.metadata.deletionTimestamp === undefined) return "";
  const { finalizers = [] } = definition.metadata;
  const reasons = conditionsOf(definition)
    .filter(({ type, status }) => type === "Terminating" && status === "True")
    .map(({ type, reason, message }) => `${type}: ${message || reason || "no reason given"}`);
  if (finalizers.length > 0) reasons.unshift(`finalizers ${finalizers.join(", ")}`);
  return reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
}
