/**
 * Do raised limits stay raised while figures are taken? Watches them, and tells at once of somebody else
 * who changes one, which makes figures from then on those of other limits. Never changes one back.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { valueAt } from "../../../kube/owned/borrowed/fields.ts";
import { ObjectWatch } from "../../../kube/watch/object_watch.ts";
import { policyName, type Reverted } from "./policy.ts";
import type { RaisedLimits, RaisedPolicy } from "./raised.ts";

/** Of the warning that somebody else has changed a raised limit. */
export const LIMITS_REVERTED = "limits-reverted";

/**
 * Until it is disposed, which has to be before they are given back.
 * @param onReverted called for each change of somebody else's, in time; must not throw
 * @throws {StatusError} where this user may not watch them; the reason of `run.stopping`
 */
export async function watchLimits(
  run: Run,
  { cluster, policies }: Pick<RaisedLimits, "cluster" | "policies">,
  onReverted: (reverted: Reverted) => void,
): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const ending = new AbortController();
  for (const policy of policies) {
    const look = revertLook(run, policy, onReverted);
    const { clock, rng, stopping: signal } = run;
    const { namespace, name } = policy.ref;
    const watch = opened.use(
      await ObjectWatch.open(cluster, {
        resource: policy.resource,
        selection: { namespace, fieldSelector: `metadata.name=${name}` },
        clock,
        rng: rng.fork(`limits ${policyName(policy)}`),
        signal,
        onWrite: ({ after, manager }) => look(after, manager),
        onFound: ({ after }) => look(after),
        onGone: () => look(undefined),
      }),
    );
    look(watch.get(objectKey(policy.object)));
    tellIfBroken(run, policy, { watch, ending: ending.signal });
  }
  opened.defer(() => ending.abort());
  return opened.move();
}

/** Tells of each thing that others did of it once. */
function revertLook(
  run: Run,
  policy: RaisedPolicy,
  onReverted: (reverted: Reverted) => void,
): (object: KubeObject | undefined, by?: string) => void {
  const told = new Set<string>();
  return (object, by) => {
    const what = changeOf(object, policy);
    if (what === undefined || told.has(what)) return;
    told.add(what);
    const who = by === undefined ? "somebody else" : `"${by}"`;
    const why = `${who} has changed ${policyName(policy)} while its limits were raised: ${what}`;
    run.warn(LIMITS_REVERTED, why);
    run.mark("limits reverted");
    onReverted({ policy, why });
  };
}

/** Undefined: it is as the run made it. */
function changeOf(object: KubeObject | undefined, policy: RaisedPolicy): string | undefined {
  if (object === undefined || object.metadata.uid !== policy.object.metadata.uid) {
    return "it was deleted";
  }
  const changed = policy.raised.filter(({ rate, to }) => valueAt(object, rate.path) !== to);
  if (changed.length === 0) return undefined;
  return changed.map(({ rate: { path }, to }) => {
    const now = valueAt(object, path);
    return now === undefined ? `${path} is gone` : `${path} is ${JSON.stringify(now)}, not ${to}`;
  }).join(", ");
}

/** A watch that has broken shows nothing any more, and so nobody would know. */
function tellIfBroken(
  run: Run,
  policy: RaisedPolicy,
  { watch, ending }: { watch: ObjectWatch; ending: AbortSignal },
): void {
  watch.until(() => undefined, { timeoutMs: Infinity, signal: ending }).catch((thrown: unknown) => {
    if (ending.aborted) return;
    const message = `${policyName(policy)} cannot be watched any more, so that nobody knows ` +
      `whether its limits stay raised: ${messageOf(thrown)}`;
    run.warn("limits-unwatched", message);
  });
}
