/**
 * What the components of a scene's Gateways use, for as long as the scene is worked on: levels at a
 * fixed pace, and totals at both ends of each phase.
 * @module
 */

import type { RunStage } from "../../../core/run/run_stage.ts";
import { type Component, watchUsage } from "../../../kube/component/usage.ts";
import type { TotalsReading } from "../../../kube/component/used_up.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { componentsFrom } from "./component_sources.ts";
import { ComponentCosts } from "./component_costs.ts";
import type { Phase, RouteLoadPlan } from "./route_load_plan.ts";

type Readings = ReadonlyMap<Component, TotalsReading>;

/** See the module. Dispose it to end the readings. */
export class ComponentUsage implements AsyncDisposable {
  readonly #costs: ComponentCosts;
  readonly #watch: AsyncDisposable;

  private constructor(costs: ComponentCosts, watch: AsyncDisposable) {
    this.#costs = costs;
    this.#watch = watch;
  }

  static watch(
    { run, cluster, gateways }: Scene,
    { components: specs, values: { "usage-period": periodMs } }: RouteLoadPlan,
  ): ComponentUsage {
    const ofScene = specs.filter((spec) => gateways.some(({ tag }) => tag === spec.gateway));
    const components = componentsFrom(ofScene, { clock: run.clock, cluster });
    const costs = new ComponentCosts(run, components.filter(({ tellsTotals }) => tellsTotals));
    const watch = watchUsage(components, {
      clock: run.clock,
      recorder: run.recorder,
      periodMs,
      warn: (message) => run.warn("no-usage", message),
    });
    return new ComponentUsage(costs, watch);
  }

  read(): Promise<Readings> {
    return this.#costs.read();
  }

  idleSince(before: Readings): Promise<void> {
    return this.#costs.idleSince(before);
  }

  /** So many changes since that reading. */
  async record(
    { recorder, clock, stopping }: RunStage,
    before: Readings,
    { phase, changes }: { readonly phase: Phase; readonly changes: number },
  ): Promise<void> {
    if (stopping.aborted) return; // what was not waited for has cost less
    await this.#costs.record(recorder, before, { phase, changes, atMs: clock.now() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
  }
}
