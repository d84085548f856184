/**
 * The work of propagation on one scene: what is there before, then each part of it, and what it made
 * taken away again, so that nothing of it is in the way of what comes after.
 * @module
 */

import { until } from "../../../core/load/until.ts";
import { meanRatePerSec } from "../../../core/load/arrival.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { formatDuration } from "../../../core/units.ts";
import { classOf } from "../answers/answer.ts";
import { AskerPool } from "../answers/asker_pool.ts";
import { connectionsOf } from "../frame/connections.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { type ProbeRoute, questionOf, refOf } from "../frame/route_set.ts";
import type { Pace } from "../frame/route_writes.ts";
import { routeProfile } from "../objects/profile.ts";
import { Churner } from "./churner.ts";
import { PropagationStage } from "./propagation_stage.ts";
import type { PropagationPlan } from "./plan.ts";
import { NewRoutes } from "./new_routes.ts";

/** Routes that are made or deleted at a time, where nobody measures how long that takes. */
const WRITES_AT_ONCE = 10;

/** See the module. */
export async function propagateRoutes(scene: Scene, plan: PropagationPlan): Promise<void> {
  using pools = new DisposableStack();
  const work = new PropagationWork(scene, {
    ...plan,
    pools: scene.gateways.flatMap(({ plane }) =>
      connectionsOf(plan.values).map((connection) =>
        pools.use(
          new AskerPool(plane, {
            clock: scene.run.clock,
            connection,
            timeoutMs: plan.values["ask-timeout"],
            intervalMs: plan.values.interval,
          }),
        )
      )
    ),
  });
  await work.run();
}

class PropagationWork {
  readonly #scene: Scene;
  readonly #plan: PropagationPlan & { readonly pools: readonly AskerPool[] };
  readonly #routes: NewRoutes;

  constructor(scene: Scene, plan: PropagationPlan & { readonly pools: readonly AskerPool[] }) {
    this.#scene = scene;
    this.#plan = plan;
    this.#routes = new NewRoutes(scene, plan);
  }

  async run(): Promise<void> {
    const { numbers, parts } = this.#plan;
    const initial = numbers.initial().map((number) => this.#routes.of(number));
    const changing = numbers.changing();
    const before = [...changing.map((number) => this.#routes.changed(number, 0)), ...initial];
    await this.#lay(before);
    for (const [index, part] of parts.entries()) {
      const routes = numbers.measured(index).map((number) => this.#routes.of(number));
      const { churn } = part;
      const churner = churn === undefined
        ? undefined
        : new Churner(this.#scene, { arrivals: churn, routes: this.#routes, numbers: changing });
      await this.#measure({ part, routes, churner });
      await this.#remove(`after ${part.stage}`, routes);
    }
    await this.#remove("after all", before);
  }

  /** Until all of them are served, as far as the last of them tells. */
  async #lay(routes: readonly ProbeRoute[]): Promise<void> {
    const last = routes.at(-1);
    if (last === undefined) return;
    await this.#scene.stage({ name: "before", kind: "preparing" }, async (at) => {
      await at.begin();
      await this.#scene.writes.createAll(
        at,
        routes.map(({ object }) => object),
        this.#pace(routes),
      );
      await Promise.all(this.#plan.pools.map((pool) => this.#settled(at, { pool, last })));
    });
  }

  async #measure({ part, routes, churner }: {
    part: PropagationPlan["parts"][number];
    routes: readonly ProbeRoute[];
    churner: Churner | undefined;
  }): Promise<void> {
    const { arrivals } = this.#plan;
    const targetRatePerSec = meanRatePerSec(arrivals, Infinity);
    const spec = { name: part.stage, kind: "measured", targetRatePerSec } as const;
    await this.#scene.stage(spec, async (at) => {
      const options = { ...this.#plan, scene: this.#scene, part, routes, churner };
      await new PropagationStage(at, options).run();
    });
  }

  async #remove(name: string, routes: readonly ProbeRoute[]): Promise<void> {
    if (routes.length === 0) return;
    await this.#scene.stage({ name, kind: "preparing" }, async (at) => {
      await at.begin();
      await this.#scene.writes.deleteAll(
        at,
        routes.map(({ fields }) => refOf(fields)),
        this.#pace(routes),
      );
    });
  }

  #pace({ length }: readonly ProbeRoute[]): Pace {
    return { concurrency: WRITES_AT_ONCE, ...routeProfile(length) };
  }

  async #settled(
    at: RunStage,
    { pool, last }: { pool: AskerPool; last: ProbeRoute },
  ): Promise<void> {
    const { timeout } = this.#plan.values;
    const late = () => {
      this.#scene.run.warn(
        "routes-before",
        `The last of the routes that were made before, ${last.key}, was not served by ` +
          `${pool.tags["gateway"]} within ${
            formatDuration(timeout)
          }: what is measured now comes on top of that`,
      );
      return true;
    };
    await outcomeOf(
      at,
      until(at.clock, async () => {
        const answer = await pool.ask({ ...questionOf(last), signal: at.stopping });
        return classOf(answer, last.expected) === "expected" || undefined;
      }, { pollMs: pool.intervalMs, timeoutMs: timeout, signal: at.stopping, late }),
    );
  }
}
