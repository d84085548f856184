/**
 * The work of route-load on one scene: at rest, all added, many changed at once, changes that go on,
 * all removed. After each of these the statuses are waited for, and the data plane is asked.
 * @module
 */

import { partOf, together } from "../../../core/load/parts.ts";
import { execute } from "../../../core/load/executor.ts";
import { timed } from "../../../core/load/timed.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { Asking } from "../frame/asking.ts";
import { EndpointChurn } from "../frame/endpoint_churn.ts";
import { EndpointMoves } from "../frame/endpoint_moves.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import { endWithOtherRoutes } from "../frame/other_routes.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { RouteSet } from "../frame/route_set.ts";
import { lastDoneMs, type WrittenAt } from "../frame/route_writes.ts";
import { ComponentUsage } from "./component_usage.ts";
import { restFor } from "./rest.ts";
import { RouteChurn } from "./route_churn.ts";
import { DETACH_ALL, MISCOUNTED, type Phase, type RouteLoadPlan } from "./route_load_plan.ts";
import { type Settling, untilSampleGone, untilSampleServed, untilSettled } from "./settling.ts";
import { VersionedRoute } from "./versioned_route.ts";

/** See the module. Resolves when all is removed again, or the run is stopped. */
export async function loadRoutes(scene: Scene, plan: RouteLoadPlan): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const asking = closing.use(new Asking(scene.run.clock, plan.values));
  const usage = closing.use(ComponentUsage.watch(scene, plan));
  closing.use(await endWithOtherRoutes(scene));
  const work = new RouteLoadWork({ scene, plan, asking, usage });
  const { idle: durationMs } = plan.values;
  await scene.stage(
    { name: "idle", kind: "measured", durationMs },
    (stage) => restFor(stage, { scene, usage }),
  );
  await scene.stage({ name: "add", kind: "measured" }, (stage) => work.add(stage));
  await scene.stage({ name: "change", kind: "measured" }, (stage) => work.change(stage));
  await scene.stage({ name: "churn", kind: "measured" }, (stage) => work.churn(stage));
  await scene.stage({ name: "remove", kind: "measured" }, (stage) => work.remove(stage));
}

interface WorkParts {
  readonly scene: Scene;
  readonly plan: RouteLoadPlan;
  readonly asking: Asking;
  readonly usage: ComponentUsage;
}

class RouteLoadWork {
  readonly #parts: WorkParts;
  readonly #all: readonly VersionedRoute[];
  /** What each Gateway counted before. */
  readonly #start: ReadonlyMap<SceneGateway, number>;
  /** Those that are there. */
  #laid: readonly VersionedRoute[] = [];

  constructor(parts: WorkParts) {
    const { scene, plan } = this.#parts = parts;
    this.#all = new RouteSet(scene, plan).all().map((route) => new VersionedRoute(route));
    this.#start = new Map(scene.gateways.map((gateway) => [gateway, gateway.watch.count ?? 0]));
  }

  async add(stage: RunStage): Promise<void> {
    const { scene: { writes }, plan: { scale: { pace } } } = this.#parts;
    await this.#phase(stage, "add", async () => {
      const objects = this.#all.map(({ object }) => object);
      const written = await writes.createAll(stage, objects, pace);
      const made = new Set(written.map(keyOf));
      this.#laid = this.#all.filter(({ key }) => made.has(key));
      return written;
    });
  }

  async change(stage: RunStage): Promise<void> {
    const { scene: { writes }, plan: { scale: { pace }, changes } } = this.#parts;
    if (this.#laid.length === 0) return;
    await this.#phase(stage, "change", async () => {
      const nexts = new Map(
        this.#laid.slice(0, changes).map((route) => [route.key, { route, ...route.next() }]),
      );
      const updates = [...nexts.values()].map(({ route: { ref }, body }) => ({ ref, body }));
      const written = await writes.updateAll(stage, updates, pace);
      for (const write of written) nexts.get(keyOf(write))?.onWritten();
      return written;
    });
  }

  async churn(stage: RunStage): Promise<void> {
    const { scene, plan, asking, usage } = this.#parts;
    const { values, churn, endpointChurn, scale: { simulated, hasNodes } } = plan;
    if (this.#laid.length === 0) return;
    await this.#begin(stage, "churn");
    const before = await usage.read();
    const endMs = stage.clock.now() + values.duration;
    const part = (name: string) => partOf(stage, { name, endMs });
    const rng = stage.rng.fork("which");
    const routes = new RouteChurn(stage, { scene, asking, values, routes: this.#laid, rng });
    const moves = simulated === undefined
      ? undefined
      : new EndpointMoves(stage, new EndpointChurn(scene.cluster, { ...simulated, hasNodes }));
    const open = {
      kind: "open",
      maxInFlight: Infinity,
      whenFull: "queue",
      catchUp: "burst",
    } as const;
    await together([
      execute(part("routes"), { workload: routes, model: { ...open, arrivals: churn } }),
      moves === undefined || endpointChurn === undefined ? undefined : execute(part("endpoints"), {
        workload: moves,
        model: { ...open, arrivals: endpointChurn },
      }),
    ], () => stage.stop("failed"));
    if (routes.lastMs !== undefined) await this.#settleAll(stage, "churn", routes.lastMs);
    const changes = routes.changes + (moves?.changes ?? 0);
    await usage.record(stage, before, { phase: "churn", changes });
  }

  async remove(stage: RunStage): Promise<void> {
    const { scene: { writes, gateways }, plan, usage } = this.#parts;
    if (this.#laid.length === 0) return;
    await this.#begin(stage, "remove");
    const before = await usage.read();
    const refs = this.#laid.map(({ ref }) => ref);
    const written = await writes.deleteAll(stage, refs, plan.scale.pace);
    // Or the Gateway would be accused of counting what is there.
    await writes.settle(stage);
    const dueMs = lastDoneMs(written);
    if (dueMs === undefined) return;
    await Promise.all(gateways.flatMap((gateway) => [
      this.#untilDetached(stage, gateway, dueMs),
      untilSampleGone(stage, this.#sample(), this.#settling(gateway, "remove", dueMs)),
    ]));
    await usage.record(stage, before, { phase: "remove", changes: written.length });
  }

  /** Writes, waits, and records what that cost. */
  async #phase(
    stage: RunStage,
    phase: Phase,
    write: () => Promise<readonly WrittenAt[]>,
  ): Promise<void> {
    const { usage } = this.#parts;
    await this.#begin(stage, phase);
    const before = await usage.read();
    const written = await write();
    const dueMs = lastDoneMs(written);
    if (dueMs === undefined) return;
    await this.#settleAll(stage, phase, dueMs);
    await usage.record(stage, before, { phase, changes: written.length });
  }

  async #begin(stage: RunStage, phase: Phase): Promise<void> {
    for (const { watch } of this.#parts.scene.gateways) watch.phase = phase;
    await stage.begin();
  }

  async #settleAll(stage: RunStage, phase: Phase, dueMs: number): Promise<void> {
    const { scene: { gateways } } = this.#parts;
    // Side by side: a status that comes late says nothing of the data plane.
    await Promise.all(gateways.flatMap((gateway) => {
      const settling = this.#settling(gateway, phase, dueMs);
      return [
        untilSettled(stage, this.#laid, settling),
        untilSampleServed(stage, this.#sample(), settling),
      ];
    }));
  }

  #settling(gateway: SceneGateway, phase: Phase, dueMs: number): Settling {
    const { scene, asking, plan: { values: { timeout: timeoutMs } } } = this.#parts;
    return { scene, gateway, asking, phase, dueMs, timeoutMs };
  }

  /** Evenly among all that are there. */
  #sample(): VersionedRoute[] {
    const { plan: { values } } = this.#parts;
    const count = Math.min(values.sample, this.#laid.length);
    return Array.from(
      { length: count },
      (_, index) => this.#laid[Math.floor(index * this.#laid.length / count)]!,
    );
  }

  async #untilDetached(stage: RunStage, gateway: SceneGateway, dueMs: number): Promise<void> {
    const { values: { timeout: timeoutMs, hold: holdMs } } = this.#parts.plan;
    const { tag, watch } = gateway;
    const start = this.#start.get(gateway)!;
    const detached = await outcomeOf(
      stage,
      timed(stage, (onSettled) =>
        watch.until(() => watch.count === start || undefined, {
          holdMs,
          timeoutMs,
          signal: stage.stopping,
          onSettled,
          what: `Gateway ${tag} counts ${start} routes again`,
        }), { op: DETACH_ALL, tags: { gateway: tag }, dueMs }),
    );
    if (stage.stopping.aborted) return;
    // It may have moved on since.
    const off = detached === true ? 0 : Math.max(1, Math.abs((watch.count ?? 0) - start));
    stage.recorder.count(MISCOUNTED, off, { atMs: stage.clock.now(), tags: { gateway: tag } });
  }
}

function keyOf({ ref: { namespace, name } }: WrittenAt): string {
  return `${namespace}/${name}`;
}
