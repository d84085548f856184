/**
 * Changes of random routes that go on and on: the workload of an open load. A route that has not
 * settled yet is not changed again; where all are so, a change that is due is left out, and counted.
 * @module
 */

import type { Rng } from "../../../core/load/rng.ts";
import { timed, type TimedContext } from "../../../core/load/timed.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import { untilServed } from "../answers/until_served.ts";
import type { Asking } from "../frame/asking.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { recordErrors, seenOf } from "../frame/seen_answers.ts";
import type { RouteLoadValues } from "./command.ts";
import { SETTLE_ONE } from "./route_load_plan.ts";
import { isSettled } from "./settling.ts";
import type { VersionedRoute } from "./versioned_route.ts";

/** Changes that were left out, because each route still waited for its last one to take effect. */
export const SKIPPED_CHANGES = "skippedChanges";

export interface RouteChurnOptions {
  readonly scene: Scene;
  readonly asking: Asking;
  readonly values: RouteLoadValues;
  readonly routes: readonly VersionedRoute[];
  readonly rng: Rng;
}

/** See the module. */
export class RouteChurn implements Workload {
  readonly name = "route churn";
  readonly firstOp = "update";
  /** Changes that were written, and when the last one was. */
  changes = 0;
  lastMs: number | undefined;
  readonly #context: TimedContext;
  readonly #options: RouteChurnOptions;
  readonly #free: VersionedRoute[];

  /** @param context of waits, which may go on after the last change */
  constructor(context: TimedContext, options: RouteChurnOptions) {
    this.#context = context;
    this.#options = options;
    this.#free = [...options.routes];
  }

  async iterate({ dueMs }: Iteration): Promise<void> {
    const route = this.#take();
    if (route === undefined) {
      const { clock, recorder } = this.#context;
      return recorder.count(SKIPPED_CHANGES, 1, { atMs: clock.now() });
    }
    const { scene: { writes, gateways } } = this.#options;
    const { body, onWritten } = route.next();
    const writing = writes.update(this.#context, route.ref, body, { dueMs });
    const written = await outcomeOf(this.#context, writing);
    if (written !== undefined) {
      onWritten();
      this.changes++;
      this.lastMs = Math.max(this.lastMs ?? 0, written.doneMs);
      await Promise.all(gateways.map((gateway) => this.#settle(gateway, route, dueMs)));
    }
    this.#free.push(route);
  }

  #take(): VersionedRoute | undefined {
    if (this.#free.length === 0) return undefined;
    const index = this.#options.rng.integerBelow(this.#free.length);
    const route = this.#free[index];
    this.#free[index] = this.#free.at(-1)!;
    this.#free.pop();
    return route;
  }

  async #settle(gateway: SceneGateway, route: VersionedRoute, dueMs: number): Promise<void> {
    const { scene, asking, values } = this.#options;
    const context = this.#context;
    const { tag } = gateway;
    const common = { timeoutMs: values.timeout, signal: context.stopping };
    const accepted = timed(
      context,
      (onSettled) =>
        scene.routes.until(() => isSettled(scene, route, tag) || undefined, {
          ...common,
          route: route.key,
          onSettled,
          what: `route ${route.key} is accepted by Gateway ${tag} as it is`,
        }),
      { op: SETTLE_ONE, tags: { gateway: tag }, dueMs },
    );
    const { route: _, ...question } = route.asked;
    const served = untilServed(context, {
      ...common,
      ...question,
      what: `the data plane of Gateway ${tag} serves route ${route.key} as it is`,
      asker: asking.of(gateway, "fresh"),
      dueMs,
      intervalMs: values.interval,
      consecutive: values.consecutive,
    });
    const [, seen] = await Promise.all([outcomeOf(context, accepted), seenOf(context, served)]);
    recordErrors(context, tag, seen);
  }
}
