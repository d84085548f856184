/**
 * The work of attached-routes on one scene: all routes are added, then one more again and again, then
 * all are removed. Each wait is one sample, which fails when it runs out.
 * @module
 */

import { timed } from "../../../core/load/timed.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { untilGone, untilServed, type Wait } from "../answers/until_served.ts";
import { Asking } from "../frame/asking.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { recordErrors, seenOf } from "../frame/seen_answers.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { type ProbeRoute, RouteSet } from "../frame/route_set.ts";
import type { WrittenAt } from "../frame/route_writes.ts";
import type { AttachedRoutesPlan } from "./plan.ts";
import { CountWait } from "./count_wait.ts";
import { PaceBook } from "./pace_book.ts";
import { judgeRoutes } from "./three_numbers.ts";

/** See the module. Resolves when all is removed again, or the run is stopped. */
export async function attachRoutes(scene: Scene, plan: AttachedRoutesPlan): Promise<void> {
  using closing = new DisposableStack();
  const { clock } = scene.run;
  const asking = closing.use(new Asking(clock, plan.values));
  const counts = scene.gateways.map((gateway) =>
    closing.use(new CountWait(gateway, { clock, values: plan.values }))
  );
  const paces = closing.use(new PaceBook(scene));
  const work = new AttachedRoutesWork({ scene, plan, asking, counts, paces });
  await scene.stage({ name: "add", kind: "measured" }, (stage) => work.add(stage));
  await scene.stage({ name: "one more", kind: "measured" }, (stage) => work.repeatOneMore(stage));
  await scene.stage({ name: "remove", kind: "measured" }, (stage) => work.remove(stage));
  paces.say(counts);
}

interface WorkParts {
  readonly scene: Scene;
  readonly plan: AttachedRoutesPlan;
  readonly asking: Asking;
  /** One for each Gateway of the scene. */
  readonly counts: readonly CountWait[];
  readonly paces: PaceBook;
}

class AttachedRoutesWork {
  readonly #parts: WorkParts;
  readonly #routes: RouteSet;
  /** Those that are there. */
  #laid: readonly ProbeRoute[] = [];

  constructor(parts: WorkParts) {
    this.#parts = parts;
    this.#routes = new RouteSet(parts.scene, parts.plan);
  }

  async add(stage: RunStage): Promise<void> {
    const { scene: { writes }, plan: { scale }, counts, paces, asking, scene } = this.#parts;
    const routes = this.#routes.all();
    this.#begin(stage, "adding");
    counts.forEach((count) => count.creating(routes.length));
    const written = await writes.createAll(stage, routes.map(({ object }) => object), scale.pace);
    const failed = routes.length - written.length;
    counts.forEach((count) => count.created(written.length, failed));
    paces.created(written);
    const made = new Set(written.map(({ ref: { namespace, name } }) => `${namespace}/${name}`));
    this.#laid = routes.filter(({ key }) => made.has(key));
    const dueMs = lastOf(written);
    if (dueMs === undefined) return;
    await Promise.all(counts.map(async (count) => {
      await outcomeOf(stage, count.wait(stage, { op: "attachAll", dueMs }));
      await judgeRoutes(stage, { scene, asking, count, routes: this.#laid });
      count.record(stage);
    }));
    paces.added();
  }

  async repeatOneMore(stage: RunStage): Promise<void> {
    const { plan: { values }, counts } = this.#parts;
    this.#begin(stage, "one more");
    for (let time = 1; time <= values.repeat && !stage.stopping.aborted; time++) {
      await this.#oneMore(stage, this.#routes.further(time));
    }
    counts.forEach((count) => count.record(stage));
  }

  async remove(stage: RunStage): Promise<void> {
    const { scene: { writes }, plan: { scale }, counts } = this.#parts;
    this.#begin(stage, "removing");
    counts.forEach((count) => count.deleting(this.#laid.length));
    const refs = this.#laid.map(({ fields: { namespace, name } }) => ({ namespace, name }));
    const written = await writes.deleteAll(stage, refs, scale.pace);
    counts.forEach((count) => count.deleted(written.length));
    const dueMs = lastOf(written);
    if (dueMs === undefined) return;
    await Promise.all(counts.map(async (count) => {
      await outcomeOf(stage, count.wait(stage, { op: "detachAll", dueMs }));
      count.record(stage);
    }));
  }

  async #oneMore(stage: RunStage, route: ProbeRoute): Promise<void> {
    const { scene: { writes }, counts } = this.#parts;
    counts.forEach((count) => count.creating(1));
    const created = await outcomeOf(stage, writes.create(stage, route.object));
    counts.forEach((count) => count.created(created === undefined ? 0 : 1, created ? 0 : 1));
    if (created === undefined) return;
    await Promise.all(counts.map((count) => this.#added(stage, { count, route, created })));
    counts.forEach((count) => count.deleting(1));
    const deleted = await outcomeOf(stage, writes.delete(stage, created.ref));
    if (deleted === undefined) return;
    counts.forEach((count) => count.deleted(1));
    await Promise.all(counts.map((count) => this.#removed(stage, { count, route, deleted })));
  }

  /** Counted, accepted and served, each in its own time. */
  async #added(
    stage: RunStage,
    { count, route, created }: { count: CountWait; route: ProbeRoute; created: WrittenAt },
  ): Promise<void> {
    const { scene: { routes }, plan: { singleTimeoutMs: timeoutMs }, paces } = this.#parts;
    const { gateway: { tag } } = count;
    const { sentMs: dueMs } = created;
    await Promise.all([
      outcomeOf(stage, count.wait(stage, { op: "attach", dueMs, timeoutMs, holdMs: 0 }))
        .then((atMs) => atMs === undefined ? undefined : paces.attached(tag, atMs - dueMs)),
      outcomeOf(
        stage,
        timed(
          stage,
          (onSettled) =>
            routes.untilAccepted({ route: route.key, gateway: tag }, {
              timeoutMs,
              signal: stage.stopping,
              onSettled,
            }),
          { op: "accept", tags: { gateway: tag }, dueMs },
        ),
      ),
      this.#served(stage, { count, route, dueMs }),
    ]);
  }

  async #served(
    stage: RunStage,
    given: { count: CountWait; route: ProbeRoute; dueMs: number },
  ): Promise<void> {
    const { gateway: { tag } } = given.count;
    const serving = untilServed(stage, this.#wait(stage, given)).then((served) => {
      this.#parts.paces.served(tag, served.firstMs - given.dueMs);
      return served;
    });
    recordErrors(stage, tag, await seenOf(stage, serving));
  }

  /** Not counted any more, and not served any more. */
  async #removed(
    stage: RunStage,
    { count, route, deleted }: { count: CountWait; route: ProbeRoute; deleted: WrittenAt },
  ): Promise<void> {
    const { plan: { singleTimeoutMs: timeoutMs } } = this.#parts;
    const { sentMs: dueMs } = deleted;
    await Promise.all([
      outcomeOf(stage, count.wait(stage, { op: "detach", dueMs, timeoutMs, holdMs: 0 })),
      outcomeOf(stage, untilGone(stage, this.#wait(stage, { count, route, dueMs }))),
    ]);
  }

  #wait(
    { stopping: signal }: RunStage,
    { count: { gateway }, route, dueMs }: { count: CountWait; route: ProbeRoute; dueMs: number },
  ): Wait {
    const { asking, plan: { values, singleTimeoutMs: timeoutMs } } = this.#parts;
    return {
      what: `the data plane of Gateway ${gateway.tag} serves route ${route.key}`,
      asker: asking.of(gateway, "fresh"),
      host: route.host,
      path: route.expected.path,
      expected: route.expected,
      dueMs,
      intervalMs: values.interval,
      consecutive: values.consecutive,
      timeoutMs,
      signal,
    };
  }

  #begin(stage: RunStage, phase: string): void {
    for (const { watch } of this.#parts.scene.gateways) watch.phase = phase;
    stage.begin();
  }
}

/** Clock time of the last answer; undefined: there was none. */
function lastOf(written: readonly WrittenAt[]): number | undefined {
  return written.length === 0 ? undefined : Math.max(...written.map(({ doneMs }) => doneMs));
}
