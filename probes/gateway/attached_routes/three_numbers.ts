/**
 * Three numbers of the routes that were laid, side by side and never one for another: how many their
 * Gateway counts, how many it says that it has accepted, and how many its data plane serves.
 * @module
 */

import type { Tags } from "../../../core/measure/sample.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { checkServed } from "../answers/check_served.ts";
import { acceptanceText } from "../frame/acceptance_text.ts";
import type { Asking } from "../frame/asking.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import type { ProbeRoute } from "../frame/route_set.ts";
import type { RouteWatch } from "../frame/route_watch.ts";
import { UNACCEPTED, UNSERVED } from "../frame/served_late.ts";
import { sayUnserved } from "../frame/unserved.ts";
import type { CountWait } from "./count_wait.ts";

/** Those of this probe: without the pilot, and whatever was attached before. */
export const COUNTED_ROUTES = "countedRoutes";
export const ACCEPTED_ROUTES = "acceptedRoutes";
export const SERVED_ROUTES = "servedRoutes";

const EXAMPLES = 5;
/** How long the data plane may take to serve the last of them, unless a wait may take less. */
const SERVED_PATIENCE_MS = 30_000;

export interface ThreeNumbers {
  readonly scene: Scene;
  readonly asking: Asking;
  readonly count: CountWait;
  /** Those whose create succeeded. */
  readonly routes: readonly ProbeRoute[];
  /** How long any wait may take. */
  readonly timeoutMs: number;
}

/** Records them for one Gateway, and says which routes make them differ. */
export async function judgeRoutes(
  stage: RunStage,
  { scene, asking, count, routes, timeoutMs }: ThreeNumbers,
): Promise<void> {
  const { gateway } = count;
  const { recorder, clock, stopping: signal } = stage;
  const tags = { gateway: gateway.tag };
  const { watch: { count: attached } } = gateway;
  if (attached !== undefined) {
    recorder.gauge(COUNTED_ROUTES, attached - count.start, { atMs: clock.now(), tags });
  }
  const check = await checkServed({
    clock,
    asker: asking.of(gateway, "fresh"),
    routes: routes.map(({ key: route, host, expected }) => (
      { route, host, path: expected.path, expected }
    )),
    timeoutMs: Math.min(SERVED_PATIENCE_MS, timeoutMs),
    signal,
  });
  recorder.gauge(SERVED_ROUTES, check.served, { atMs: clock.now(), tags });
  const accepted = routes.filter(({ key }) => scene.routes.isAccepted(key, gateway.tag)).length;
  recorder.gauge(ACCEPTED_ROUTES, accepted, { atMs: clock.now(), tags });
  for (const { key: route } of routes) {
    recordRoute(stage, { scene, gateway, route, isServed: !check.unserved.has(route) });
  }
  const unaccepted = routes.filter(({ key }) => isUnaccepted(scene.routes, key, gateway.tag));
  sayUnaccepted(scene, { gateway, unaccepted, routes: routes.length });
  sayUnserved(scene, { tag: gateway.tag, check, routes: routes.length });
}

/** Counts a route that is not accepted or not served, by which of these it is. */
export function recordRoute(
  { recorder, clock }: Pick<RunStage, "recorder" | "clock">,
  { scene: { routes }, gateway: { tag }, route, isServed }: {
    readonly scene: Pick<Scene, "routes">;
    readonly gateway: Pick<SceneGateway, "tag">;
    /** `namespace/name`. */
    readonly route: string;
    readonly isServed: boolean;
  },
): void {
  const isAccepted = !isUnaccepted(routes, route, tag);
  const of = (tags: Tags) => ({ atMs: clock.now(), tags: { gateway: tag, ...tags } });
  if (!isAccepted) recorder.count(UNACCEPTED, 1, of({ served: isServed ? "yes" : "no" }));
  if (isServed) return;
  recorder.count(UNSERVED, 1, of({ status: isAccepted ? "accepted" : "not-accepted" }));
}

/** Neither as it is now nor without its generation, which is counted apart. */
function isUnaccepted(routes: RouteWatch, key: string, tag: string): boolean {
  return !routes.isAccepted(key, tag) && !routes.isUnversioned(key, tag);
}

function sayUnaccepted(
  { routes: watch, run }: Scene,
  { gateway: { tag }, unaccepted, routes }: {
    gateway: SceneGateway;
    unaccepted: readonly ProbeRoute[];
    routes: number;
  },
): void {
  if (unaccepted.length === 0) return;
  const examples = unaccepted.slice(0, EXAMPLES).map(({ key }) =>
    `${key} (${acceptanceText(watch.acceptance(key, tag))})`
  );
  run.warn(
    "unaccepted-routes",
    `${unaccepted.length} of ${routes} routes are not accepted by ${tag} as they are now: ` +
      examples.join(", "),
  );
}
