/**
 * One part of propagation: routes are made at their due times, and each is waited for at each data
 * plane and over each kind of connection, all side by side, so that none paces another.
 * @module
 */

import { execute, type LoadContext } from "../../../core/load/executor.ts";
import { together } from "../../../core/load/parts.ts";
import type { Iteration } from "../../../core/load/workload.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { classOf } from "../answers/answer.ts";
import type { AskerPool } from "../answers/asker_pool.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { isAcceptedInTime } from "../frame/accepted_in_time.ts";
import { AcceptanceTimes } from "../frame/acceptance_times.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { recordServed, recordUnaccepted } from "../frame/served_late.ts";
import type { Churner } from "./churner.ts";
import { PROPAGATE_OF_TENTH, SERVED_BEFORE } from "./measured.ts";
import { LastRoutes } from "./last_routes.ts";
import { type ProbeRoute, questionOf } from "../frame/route_set.ts";
import type { PropagationPart, PropagationPlan } from "./plan.ts";
import { waitForRoute } from "./route_wait.ts";
import { StableRoutes } from "./stable_routes.ts";

export interface PropagationStageOptions extends Pick<PropagationPlan, "values" | "arrivals"> {
  readonly scene: Scene;
  readonly part: PropagationPart;
  readonly routes: readonly ProbeRoute[];
  readonly pools: readonly AskerPool[];
  readonly churner: Churner | undefined;
}

/** One that is asked, and what it came to. */
interface Asked {
  readonly pool: AskerPool;
  readonly tags: Tags;
  readonly stable: StableRoutes;
}

const ASKED_AT_ONCE = 16;

/** See the module. */
export class PropagationStage {
  readonly #at: RunStage;
  readonly #options: PropagationStageOptions;
  readonly #asked: readonly Asked[];
  readonly #acceptances: AcceptanceTimes;
  readonly #last: LastRoutes;
  /** Of routes whose path was served before. */
  readonly #served = new Map<ProbeRoute, Tags>();

  constructor(at: RunStage, options: PropagationStageOptions) {
    const { pools, part, routes, scene } = options;
    this.#at = at;
    this.#options = options;
    this.#asked = pools.map((pool) => {
      const tags = { ...pool.tags, ...part.tags };
      return { pool, tags, stable: new StableRoutes(at, { pool, tags }) };
    });
    this.#acceptances = new AcceptanceTimes(at.recorder, {
      routes: scene.routes,
      tags: part.tags,
    });
    this.#last = new LastRoutes(routes.length);
  }

  async run(): Promise<void> {
    const { churner, scene, part } = this.#options;
    const at = this.#at;
    await outcomeOf(at, this.#findServed());
    for (const { watch } of scene.gateways) watch.phase = part.stage;
    await at.begin();
    const over = new AbortController();
    const churn: LoadContext = { ...contextOf(at), stopping: over.signal };
    const end = () => over.abort();
    at.stopping.addEventListener("abort", end);
    using _ = this.#acceptances;
    await together([
      this.#arrive().finally(end),
      ...this.#asked.map(({ stable }) => stable.watch(over.signal)),
      churner?.run(churn),
    ], () => at.stop("failed"));
    await Promise.all(this.#asked.map(({ stable }) => stable.askAll()));
    for (const { tag } of scene.gateways) {
      const text = this.#last.textOf(tag);
      if (text !== undefined) scene.run.addFact(`Last route at ${tag}, ${part.stage}`, text);
    }
  }

  /** What is served before there is a route for it cannot tell when that is. */
  async #findServed(): Promise<void> {
    const { routes, part } = this.#options;
    const signal = this.#at.stopping;
    const questions = this.#asked.flatMap((asked) => routes.map((route) => ({ asked, route })));
    await eachAtMost(questions, async ({ asked: { pool }, route }) => {
      const answer = await pool.ask({ ...questionOf(route), signal });
      if (classOf(answer, route.expected) !== "expected") return;
      this.#served.set(route, { gateway: pool.tags["gateway"]!, ...part.tags });
    }, { limit: ASKED_AT_ONCE, signal });
    if (this.#served.size === 0) return;
    const [first] = this.#served.keys();
    this.#options.scene.run.warn(
      "served-before",
      `${this.#served.size} of ${routes.length} routes are left out, because their path was served ` +
        `before they were made: ${first!.host}${first!.expected.path} is the first`,
    );
  }

  async #arrive(): Promise<void> {
    const { arrivals, routes } = this.#options;
    const at = this.#at;
    await execute(at, {
      workload: {
        name: "new routes",
        firstOp: "create",
        iterate: (iteration) => this.#probe(iteration),
      },
      model: {
        kind: "open",
        arrivals,
        maxInFlight: Infinity,
        whenFull: "queue",
        catchUp: "burst",
      },
      maxIterations: routes.length,
      onArrivalsOver: () => at.endArrivals(),
    });
  }

  async #probe({ index, dueMs }: Iteration): Promise<void> {
    const { routes, scene: { writes, gateways } } = this.#options;
    const route = routes[index]!;
    const served = this.#served.get(route);
    if (served !== undefined) {
      this.#at.recorder.count(SERVED_BEFORE, 1, { atMs: this.#at.clock.now(), tags: served });
      return;
    }
    this.#acceptances.expect(route.key, dueMs);
    const created = await outcomeOf(this.#at, writes.create(this.#at, route.object, { dueMs }));
    if (created === undefined) return;
    await Promise.all(
      gateways.map(({ tag }) => this.#probeAt(tag, { route, index, dueMs })),
    );
  }

  /** At one Gateway, over all kinds of connections. */
  async #probeAt(
    gateway: string,
    { route, index, dueMs }: { route: ProbeRoute; index: number; dueMs: number },
  ): Promise<void> {
    const { part, values: { consecutive, timeout: timeoutMs } } = this.#options;
    const asked = this.#asked.filter(({ pool }) => pool.tags["gateway"] === gateway);
    const { recorder, clock } = this.#at;
    const where = { route: route.key, gateway, timeoutMs };
    const accepting = isAcceptedInTime(this.#at, this.#options.scene.routes, where);
    const firsts = await Promise.all(asked.map(async ({ pool, tags, stable }) => {
      const wait = { route, pool, dueMs, consecutive, timeoutMs, tags };
      const { firstMs, stableMs } = await waitForRoute(this.#at, wait);
      if (stableMs !== undefined) stable.add(route);
      const isCutOff = firstMs === undefined && this.#at.stopping.aborted;
      if (!isCutOff) {
        this.#last.took({ gateway, connection: pool.connection, route, dueMs, firstMs });
      }
      return firstMs;
    }));
    const isAccepted = await accepting;
    if (this.#at.stopping.aborted) return;
    const tags = { gateway, ...part.tags };
    const acceptedMs = this.#acceptances.of(route.key, gateway);
    const servedMs = firsts.includes(undefined) ? undefined : Math.max(...firsts as number[]);
    recordServed(recorder, { servedMs, acceptedMs, nowMs: clock.now(), tags });
    if (servedMs !== undefined && isAccepted === false) {
      recordUnaccepted(recorder, { atMs: clock.now(), tags });
    }
    const tenth = tenthOf(index, this.#options.routes.length);
    if (servedMs === undefined || tenth === undefined) return;
    const at = { atMs: servedMs, tags: { ...tags, tenth } };
    recorder.observeMs(PROPAGATE_OF_TENTH, servedMs - dueMs, at);
  }
}

/** Fewer routes at an end say nothing of how times grow. */
const FEWEST_OF_TENTH = 5;

/** Of the routes of a part; undefined: of neither end, or there are too few to tell. */
function tenthOf(index: number, routes: number): "first" | "last" | undefined {
  const tenth = Math.ceil(routes / 10);
  if (tenth < FEWEST_OF_TENTH) return undefined;
  if (index < tenth) return "first";
  return index >= routes - tenth ? "last" : undefined;
}

function contextOf({ clock, rng, recorder, stopping, aborted }: RunStage): LoadContext {
  return { clock, rng, recorder, stopping, aborted };
}
