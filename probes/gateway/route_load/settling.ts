/**
 * When are many routes settled: is each one's status about it as it is, and are some of them served so?
 * Waits on the watch of routes, and asks the data plane for a sample. Changes nothing.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { timed, type TimedContext } from "../../../core/load/timed.ts";
import { checkServed, type ServedRoute } from "../answers/check_served.ts";
import type { Asking } from "../frame/asking.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { sayUnserved } from "../frame/unserved.ts";
import { type Phase, SERVE_SAMPLE, SETTLE } from "./route_load_plan.ts";
import type { VersionedRoute } from "./versioned_route.ts";

/** Routes whose status was not about them as they were when the wait for it ran out. */
export const UNSETTLED = "unsettled";
/** Routes of the sample that were not served as they were, or still were, when the wait ran out. */
export const UNSERVED = "unserved";

/** What the data plane says of a host that no route has. */
const GONE = 404;

export interface Settling {
  readonly scene: Scene;
  readonly gateway: SceneGateway;
  readonly asking: Asking;
  readonly phase: Phase;
  /** The answer to the last write. */
  readonly dueMs: number;
  readonly timeoutMs: number;
}

/** Whether its status says that it is accepted as it was written last. */
export function isSettled(
  { routes }: Pick<Scene, "routes">,
  route: VersionedRoute,
  gateway: string,
): boolean {
  const { generation = 0 } = routes.get(route.key)?.metadata ?? {};
  return generation >= route.generation && routes.isAccepted(route.key, gateway);
}

/** Whether they have settled in time; what has not is counted, and said. */
export async function untilSettled(
  context: TimedContext,
  all: readonly VersionedRoute[],
  { scene, gateway: { tag }, phase, dueMs, timeoutMs }: Omit<Settling, "asking">,
): Promise<boolean> {
  const left = [...all];
  const look = () => {
    // What has settled stays so: nobody writes meanwhile.
    while (left.length > 0 && isSettled(scene, left.at(-1)!, tag)) left.pop();
    return left.length === 0 || undefined;
  };
  const tags = { gateway: tag, phase };
  const settled = await outcomeOf(
    context,
    timed(context, (onSettled) =>
      scene.routes.until(look, {
        timeoutMs,
        signal: context.stopping,
        onSettled,
        what: `all ${all.length} routes are accepted by Gateway ${tag} as they are`,
      }), { op: SETTLE, tags, dueMs }),
  );
  if (context.stopping.aborted) return false;
  const unsettled = settled === true ? [] : all.filter((one) => !isSettled(scene, one, tag));
  const { recorder, clock } = context;
  recorder.count(UNSETTLED, unsettled.length, { atMs: clock.now(), tags });
  sayUnsettled(scene, { tag, phase, unsettled, routes: all.length });
  return unsettled.length === 0;
}

/** Waits until the data plane serves them as they are; what it does not is counted, and said. */
export async function untilSampleServed(
  context: TimedContext,
  sample: readonly VersionedRoute[],
  settling: Settling,
): Promise<void> {
  await untilAnswered(context, sample.map(({ asked }) => asked), settling);
}

/** Waits until the data plane serves none of them. */
export async function untilSampleGone(
  context: TimedContext,
  sample: readonly VersionedRoute[],
  settling: Settling,
): Promise<void> {
  const gone = sample.map(({ asked }) => ({ ...asked, expected: { status: GONE } }));
  await untilAnswered(context, gone, settling);
}

async function untilAnswered(
  context: TimedContext,
  routes: readonly ServedRoute[],
  { scene, gateway, asking, phase, dueMs, timeoutMs }: Settling,
): Promise<void> {
  const { clock, recorder, stopping: signal } = context;
  const tags = { gateway: gateway.tag, phase };
  const asker = asking.of(gateway, "fresh");
  await outcomeOf(
    context,
    timed(context, async () => {
      const check = await checkServed({ clock, asker, routes, timeoutMs, signal });
      const missing = routes.length - check.served;
      recorder.count(UNSERVED, missing, { atMs: clock.now(), tags });
      if (missing === 0) return;
      sayUnserved(scene, { tag: gateway.tag, check, routes: routes.length });
      throw new OperationFailedError("stalled", `${missing} routes are not answered as they are`);
    }, { op: SERVE_SAMPLE, tags, dueMs }),
  );
}

const EXAMPLES = 5;

function sayUnsettled(
  { run }: Scene,
  { tag, phase, unsettled, routes }: {
    tag: string;
    phase: Phase;
    unsettled: readonly VersionedRoute[];
    routes: number;
  },
): void {
  if (unsettled.length === 0) return;
  const examples = unsettled.slice(0, EXAMPLES).map(({ key }) => key).join(", ");
  run.warn(
    "unsettled-routes",
    `${unsettled.length} of ${routes} routes are not accepted by Gateway ${tag} as they are ` +
      `(${phase}); e.g. ${examples}`,
  );
}
