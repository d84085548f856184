/**
 * New routes come and go: each cycle makes a Service, its EndpointSlice and a route, waits until all
 * Gateways serve that, and removes those of the cycle before.
 * @module
 */

import { Wakes } from "../../../core/load/wakes.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { ENDPOINT_SLICES, type Resource, SERVICES } from "../../../kube/resource.ts";
import { until } from "../../../core/load/until.ts";
import { timed } from "../../../core/load/timed.ts";
import { type Served, untilServed } from "../answers/until_served.ts";
import { isAcceptedInTime } from "../frame/accepted_in_time.ts";
import type { AcceptanceTimes } from "../frame/acceptance_times.ts";
import type { Asking } from "../frame/asking.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { questionOf, refOf } from "../frame/route_set.ts";
import { RouteWrites } from "../frame/route_writes.ts";
import { recordErrors, seenOf } from "../frame/seen_answers.ts";
import { recordServed, recordUnaccepted } from "../frame/served_late.ts";
import type { ChurnPlan } from "./churn_plan.ts";
import type { ChurnRoutes, Cycle } from "./churn_routes.ts";
import { RECOVERY } from "./measured.ts";

export interface CyclesOptions {
  readonly scene: Scene;
  readonly plan: ChurnPlan;
  readonly routes: ChurnRoutes;
  readonly asking: Asking;
  readonly accepted: AcceptanceTimes;
}

/** See the module. */
export class Cycles {
  readonly #stage: RunStage;
  readonly #options: CyclesOptions;
  readonly #services: RouteWrites;
  readonly #slices: RouteWrites;
  /** By Gateway: when the create of the newest route that it has served was sent. */
  readonly #servedOf = new Map<string, number>();
  readonly #wakes = new Wakes();

  constructor(stage: RunStage, options: CyclesOptions) {
    const { scene: { cluster, objectsOf } } = this.#options = options;
    const writesOf = (resource: Resource) =>
      new RouteWrites({
        cluster,
        resource,
        owned: objectsOf(resource),
        fieldManager: "scaletool",
      });
    this.#stage = stage;
    this.#services = writesOf(SERVICES);
    this.#slices = writesOf(ENDPOINT_SLICES);
  }

  /** Begins no further one once the signal has aborted. The last one stays. */
  async run(signal: AbortSignal): Promise<void> {
    const { plan: { values: { "cycle-period": periodMs } }, routes } = this.#options;
    const { clock, stopping } = this.#stage;
    const ending = AbortSignal.any([signal, stopping]);
    let before: Cycle | undefined;
    let dueMs = clock.now();
    for (let number = 1;; number++) {
      await clock.sleepUntil(dueMs, ending);
      if (ending.aborted) return;
      const cycle = routes.cycle(number);
      await this.#begin(cycle);
      if (before !== undefined) await this.#remove(before);
      before = cycle;
      // One that took longer is followed at once: cycles do not catch up.
      dueMs = Math.max(dueMs + periodMs, clock.now());
    }
  }

  /** Measures from `dueMs` until the Gateway serves a route that was made after `afterMs`. */
  async recovery(
    gateway: string,
    { dueMs, afterMs }: { readonly dueMs: number; readonly afterMs: number },
  ): Promise<boolean> {
    const { clock, stopping: signal } = this.#stage;
    const { "serve-within": timeoutMs } = this.#options.plan.values;
    const look = () => (this.#servedOf.get(gateway) ?? -Infinity) >= afterMs || undefined;
    const wait = timed(this.#stage, (onSettled) =>
      until(clock, look, {
        pollMs: Infinity,
        woken: this.#wakes.woken,
        timeoutMs,
        signal,
        onSettled,
        what: `Gateway ${gateway} serves a route that was made after the restart`,
      }), { op: RECOVERY, tags: { gateway }, dueMs });
    return await outcomeOf(this.#stage, wait) ?? false;
  }

  async #begin({ service, slice, route }: Cycle): Promise<void> {
    const { scene: { writes, gateways }, accepted } = this.#options;
    const { clock, stopping } = this.#stage;
    for (const [kind, object] of [[this.#services, service], [this.#slices, slice]] as const) {
      await outcomeOf(this.#stage, kind.create(this.#stage, object));
    }
    if (stopping.aborted) return;
    const sentMs = clock.now();
    accepted.expect(route.key, sentMs);
    const created = await outcomeOf(this.#stage, writes.create(this.#stage, route.object));
    if (created === undefined) return accepted.retract(route.key);
    await Promise.all(
      gateways.map((gateway) => this.#untilServed(gateway, { route, created })),
    );
  }

  async #untilServed(
    gateway: SceneGateway,
    { route, created }: Pick<Cycle, "route"> & {
      readonly created: { readonly sentMs: number; readonly doneMs: number };
    },
  ): Promise<void> {
    const { plan: { values }, asking, accepted } = this.#options;
    const stage = this.#stage;
    const { tag } = gateway;
    let served: Served | undefined;
    const wait = untilServed(stage, {
      what: `the data plane of Gateway ${tag} serves route ${route.key}`,
      asker: asking.of(gateway, "fresh"),
      ...questionOf(route),
      expected: route.expected,
      dueMs: created.doneMs,
      intervalMs: values.interval,
      consecutive: values.consecutive,
      timeoutMs: values["serve-within"],
      signal: stage.stopping,
    }).then((seen) => served = seen);
    recordErrors(stage, tag, await seenOf(stage, wait));
    if (stage.stopping.aborted && served === undefined) return;
    recordServed(stage.recorder, {
      servedMs: served?.firstMs,
      acceptedMs: accepted.of(route.key, tag),
      nowMs: stage.clock.now(),
      tags: { gateway: tag },
    });
    if (served === undefined) return;
    this.#servedOf.set(tag, created.sentMs);
    this.#wakes.wake();
    await this.#untilAccepted(route, tag);
  }

  async #untilAccepted({ key: route }: Cycle["route"], gateway: string): Promise<void> {
    const { plan: { values: { "serve-within": timeoutMs } }, scene: { routes } } = this.#options;
    const { recorder, clock } = this.#stage;
    const accepted = await isAcceptedInTime(this.#stage, routes, { route, gateway, timeoutMs });
    if (accepted !== false) return;
    recordUnaccepted(recorder, { atMs: clock.now(), tags: { gateway } });
  }

  async #remove({ route, slice, service }: Cycle): Promise<void> {
    const { scene: { writes } } = this.#options;
    const stage = this.#stage;
    await outcomeOf(stage, writes.delete(stage, refOf(route.fields)));
    for (const [kind, object] of [[this.#slices, slice], [this.#services, service]] as const) {
      const { namespace = "", name = "" } = object.metadata;
      await outcomeOf(stage, kind.delete(stage, { namespace, name }));
    }
  }
}
