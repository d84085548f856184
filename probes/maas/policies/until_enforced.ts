/**
 * When are changed limits in force, as far as a controller says so? Woken by each change of a policy,
 * and never longer than its time limit. What a limiter has heard of is proved by what it refuses alone.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import { enforcementOf } from "../../../kube/kuadrant/policy_status.ts";
import { ratesOf } from "../../../kube/kuadrant/rates.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import { ObjectWatch } from "../../../kube/watch/object_watch.ts";
import { policyName } from "./policy.ts";
import type { RaisedLimits, RaisedPolicy } from "./raised.ts";

/** Whose status is waited for, and what it has to hold by then. */
interface Awaited {
  readonly name: string;
  readonly resource: Resource;
  readonly before: KubeObject;
  /** Of a policy that is generated: whether what it is generated from has come through. */
  readonly isThrough: (object: KubeObject) => boolean;
}

/** How far one of them is; `settled`: nothing more will come of waiting. */
interface Standing {
  readonly isSettled: boolean;
  readonly isKnown: boolean;
  /** What is to be said of it; empty: nothing. */
  readonly because: string;
}

/** How long a controller that has never said anything may still begin to. */
const UNTOLD_PATIENCE_MS = 2_000;

/** @throws {CannotRunError} if one is not in force in time; the reason of `run.stopping` */
export async function untilEnforced(
  run: Run,
  { cluster, policies, enforcedTimeoutMs }: RaisedLimits,
  { state }: { readonly state: "raised" | "given back" },
): Promise<void> {
  const { clock, rng, stopping: signal } = run;
  for (const awaited of awaitedOf(policies, state)) {
    const { name, resource, before } = awaited;
    const { namespace = "", name: objectName = "" } = before.metadata;
    await using watch = await ObjectWatch.open(cluster, {
      resource,
      selection: { namespace, fieldSelector: `metadata.name=${objectName}` },
      clock,
      rng: rng.fork(`enforced ${name}`),
      signal,
    });
    const isUntold = enforcementOf(before).state === "untold";
    const timeoutMs = isUntold
      ? Math.min(UNTOLD_PATIENCE_MS, enforcedTimeoutMs)
      : enforcedTimeoutMs;
    const look = () => standingOf(watch.get(objectKey(before)), awaited);
    const standing = await watch.until(() => {
      const now = look();
      return now.isSettled ? now : undefined;
    }, { timeoutMs, signal, late: look });
    if (!standing.isSettled && !isUntold) {
      throw new CannotRunError(
        `${name} was ${state}, and is not in force after ${formatDuration(timeoutMs)} ` +
          `(--enforced-timeout): ${standing.because}`,
      );
    }
    if (standing.because !== "") {
      const doubt = standing.isKnown ? "" : ": whether its limits are in force is not known";
      run.warn("limits-unsure", `${name}, ${state}: ${standing.because}${doubt}`);
    }
  }
}

function awaitedOf(policies: readonly RaisedPolicy[], state: string): Awaited[] {
  const own = policies.filter(({ generated }) => generated.length === 0);
  const generated = new Set(policies.flatMap((policy) => policy.generated));
  return [
    ...own.map((policy) => ({
      name: policyName(policy),
      resource: policy.resource,
      before: policy.object,
      isThrough: () => true,
    })),
    ...[...generated].map(({ resource, object: before }) => {
      const { namespace = "", name = "" } = before.metadata;
      const from = policies.filter((policy) =>
        policy.generated.some(({ object }) => object === before)
      );
      return {
        name: policyName({ resource, ref: { namespace, name } }),
        resource,
        before,
        isThrough: (object: KubeObject) =>
          state === "raised"
            ? holdsRaised(object, { resource, from })
            : ratesText(object, resource) === ratesText(before, resource),
      };
    }),
  ];
}

function standingOf(object: KubeObject | undefined, { isThrough }: Awaited): Standing {
  if (object === undefined) {
    return { isSettled: true, isKnown: true, because: "it was deleted meanwhile" };
  }
  if (!isThrough(object)) {
    const because = "what it is generated from has not come through yet";
    return { isSettled: false, isKnown: false, because };
  }
  const { state, because, isVersioned } = enforcementOf(object);
  if (state === "enforced" && !isVersioned) {
    const doubt = "its status does not say of which generation it is";
    return { isSettled: true, isKnown: false, because: doubt };
  }
  const isSettled = state === "enforced" || state === "refused";
  return { isSettled, isKnown: state !== "untold", because };
}

/** Whether a generated policy has at least as many rates of each new number as were asked for. */
function holdsRaised(
  object: KubeObject,
  { resource, from }: { resource: Resource; from: readonly RaisedPolicy[] },
): boolean {
  const { rates } = ratesOf(resource, object);
  const model = object.metadata.labels?.["maas.opendatahub.io/model"];
  const due = from.flatMap(({ raised }) => raised)
    .filter(({ rate }) => rate.limitName === model);
  return due.every(({ rate: { windowMs }, to }) => {
    const isAlike = (limit: number, otherMs: number) => limit === to && otherMs === windowMs;
    const asked = due.filter((other) => isAlike(other.to, other.rate.windowMs)).length;
    return rates.filter((rate) => isAlike(rate.limit, rate.windowMs)).length >= asked;
  });
}

function ratesText(object: KubeObject, resource: Resource): string {
  return JSON.stringify(ratesOf(resource, object).rates);
}
