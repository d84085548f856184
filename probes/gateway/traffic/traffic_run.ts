/**
 * The work of traffic on one scene: a route is made and waited for, then requests go through it, once
 * or on each rung of a ladder. A Gateway that does not serve the route is not asked.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import { meanRatePerSec } from "../../../core/load/arrival.ts";
import { execute } from "../../../core/load/executor.ts";
import { together } from "../../../core/load/parts.ts";
import { climb } from "../../../core/run/ladder.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import { formatDuration } from "../../../core/units.ts";
import { OpenTraffic } from "../answers/open_traffic.ts";
import { untilServed } from "../answers/until_served.ts";
import { Asking } from "../frame/asking.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { type ProbeRoute, questionOf, refOf, singleRoute } from "../frame/route_set.ts";
import type { TrafficPlan } from "./traffic_plan.ts";

/** An x. */
const PAYLOAD_BYTE = 0x78;

/** See the module. */
export async function sendTraffic(scene: Scene, plan: TrafficPlan): Promise<void> {
  const { run } = scene;
  const { ladder, values } = plan;
  const route = singleRoute(scene, values);
  const way = new Way(scene, { plan, route });
  if (ladder === undefined) {
    const ratePerSec = meanRatePerSec(plan.arrivals, values.duration);
    await scene.stage({
      name: "traffic",
      kind: "measured",
      durationMs: values.duration,
      targetRatePerSec: ratePerSec * scene.gateways.length,
    }, (stage) => way.load(stage, { ...plan, connections: values.connections }));
  } else {
    await climb(run, {
      ladder,
      isRate: ladder.flag === "rate",
      rung: (stage, level) => way.climb(stage, { ...plan, ...plan.at(level) }),
    });
  }
  await way.remove();
}

type Load = Pick<TrafficPlan, "arrivals"> & { readonly connections: number };

/** The route through the Gateways of a scene. */
class Way {
  readonly #scene: Scene;
  readonly #plan: TrafficPlan;
  readonly #route: ProbeRoute;
  /** Those that serve the route; undefined: it has not been made. */
  #serving: readonly SceneGateway[] | undefined;

  constructor(scene: Scene, { plan, route }: { plan: TrafficPlan; route: ProbeRoute }) {
    this.#scene = scene;
    this.#plan = plan;
    this.#route = route;
  }

  async load(stage: LoadScope, load: Load): Promise<void> {
    const serving = this.#serving ??= await this.#make(stage);
    using closing = new DisposableStack();
    const ways = serving.map((gateway) =>
      closing.use(this.#connections(stage, { gateway, ...load }))
    );
    // What comes of it the requests will tell: connecting is no part of their times.
    await Promise.all(ways.map((traffic) => outcomeOf(stage, traffic.connect(stage.stopping))));
    await stage.begin();
    await together(
      ways.map((traffic) => this.#send(stage, { traffic, ...load })),
      () => stage.stop("failed"),
    );
    stage.stop("limit"); // unless something else stopped it: what follows is no load
  }

  /** As {@link load}. @throws {CannotRunError} before the first rung, if the route is not served */
  async climb(stage: LoadScope, load: Load): Promise<void> {
    this.#serving ??= await this.#make(stage);
    if (this.#serving.length > 0 || stage.stopping.aborted) return await this.load(stage, load);
    const { values: { "ready-timeout": limitMs } } = this.#plan;
    throw new CannotRunError(
      `The route was not served within ${formatDuration(limitMs)}: there is nothing to climb on`,
    );
  }

  /** It is no part of a load. */
  async remove(): Promise<void> {
    const { run, writes } = this.#scene;
    if (run.stopping.aborted || this.#serving === undefined) return;
    await outcomeOf(run, writes.delete(run, refOf(this.#route.fields)));
  }

  /** @returns the Gateways that serve it */
  async #make(stage: LoadScope): Promise<readonly SceneGateway[]> {
    const { writes, gateways } = this.#scene;
    const { object } = this.#route;
    const written = await outcomeOf(stage, writes.create(stage, object));
    if (written === undefined) return [];
    const served = await Promise.all(gateways.map(async (gateway) => {
      const serving = this.#untilServed(stage, gateway, written.doneMs).then(() => gateway);
      return await outcomeOf(stage, serving) ?? [];
    }));
    return served.flat();
  }

  async #untilServed(stage: LoadScope, gateway: SceneGateway, dueMs: number): Promise<void> {
    const { interval, consecutive, "ready-timeout": timeoutMs } = this.#plan.values;
    const { key, expected } = this.#route;
    using asking = new Asking(stage.clock, this.#plan.values);
    await untilServed(stage, {
      what: `the data plane of Gateway ${gateway.tag} serves route ${key}`,
      asker: asking.of(gateway, "fresh"),
      ...questionOf(this.#route),
      expected,
      dueMs,
      intervalMs: interval,
      consecutive,
      timeoutMs,
      signal: stage.stopping,
    });
  }

  #connections(
    { recorder }: LoadScope,
    { gateway: { plane: dataPlane }, connections }: Load & { readonly gateway: SceneGateway },
  ): OpenTraffic {
    const { payload, "ask-timeout": timeoutMs } = this.#plan.values;
    return new OpenTraffic({
      clock: this.#scene.run.clock,
      recorder,
      dataPlane,
      connections,
      ...questionOf(this.#route),
      expected: this.#route.expected,
      ...(payload === 0 ? {} : { body: new Uint8Array(payload).fill(PAYLOAD_BYTE) }),
      timeoutMs,
    });
  }

  async #send(
    stage: LoadScope,
    { traffic, arrivals }: Load & { readonly traffic: OpenTraffic },
  ): Promise<void> {
    const { clock, recorder, stopping, aborted } = stage;
    const rng = stage.rng.fork(traffic.name);
    await execute({ clock, recorder, stopping, aborted, rng }, {
      workload: traffic,
      model: {
        kind: "open",
        arrivals,
        maxInFlight: traffic.maxInFlight,
        whenFull: "queue",
        catchUp: "burst",
      },
    });
  }
}
