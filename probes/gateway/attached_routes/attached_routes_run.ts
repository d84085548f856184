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
import { endWithOtherRoutes } from "../frame/other_routes.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { type ProbeRoute, RouteSet } from "../frame/route_set.ts";
import { lastDoneMs, type WrittenAt } from "../frame/route_writes.ts";
import type { AttachedRoutesPlan } from "./plan.ts";
import { CountWait } from "./count_wait.ts";
import { SERVED_AFTER_DELETE } from "./faults.ts";
import { PaceBook } from "./pace_book.ts";
import { PilotWatch } from "./pilot_watch.ts";
import type { SingleChange } from "./throttle.ts";
import { judgeRoutes, recordRoute } from "./three_numbers.ts";

/** So often one more may have a wait that runs out, until it is not tried again. */
const MOST_RAN_OUT = 2;

/** See the module. Resolves when all is removed again, or the run is stopped. */
export async function attachRoutes(scene: Scene, plan: AttachedRoutesPlan): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const { clock } = scene.run;
  const asking = closing.use(new Asking(clock, plan.values));
  const counts = scene.gateways.map((gateway) =>
    closing.use(new CountWait(gateway, { clock, values: plan.values }))
  );
  const paces = closing.use(new PaceBook(scene));
  for (const count of counts) {
    const pilot = scene.pilots.get(count.gateway.tag)!;
    const asker = asking.of(count.gateway, "fresh");
    closing.use(new PilotWatch({ run: scene.run, pilot, asker, count }));
  }
  closing.use(await endWithOtherRoutes(scene));
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
  /** Routes beside those of which nobody knows whether they are there. */
  #doubtful = 0;

  constructor(parts: WorkParts) {
    this.#parts = parts;
    this.#routes = new RouteSet(parts.scene, parts.plan);
  }

  async add(stage: RunStage): Promise<void> {
    const { scene, plan: { scale, values: { timeout: timeoutMs } } } = this.#parts;
    const { counts, paces, asking } = this.#parts;
    const routes = this.#routes.all();
    await this.#begin(stage, "adding");
    counts.forEach((count) => count.creating(routes.length));
    const written = await scene.writes.createAll(
      stage,
      routes.map(({ object }) => object),
      scale.pace,
    );
    const absent = await this.#settle(stage, routes.length - written.length);
    counts.forEach((count) => count.created(written.length, absent));
    paces.created(written);
    const made = new Set(written.map(({ ref: { namespace, name } }) => `${namespace}/${name}`));
    this.#laid = routes.filter(({ key }) => made.has(key));
    const dueMs = lastDoneMs(written);
    if (dueMs === undefined) return;
    await Promise.all(counts.map(async (count) => {
      await outcomeOf(stage, count.wait(stage, { op: "attachAll", dueMs }));
      await judgeRoutes(stage, { scene, asking, count, routes: this.#laid, timeoutMs });
      count.record(stage);
    }));
    paces.added();
  }

  async repeatOneMore(stage: RunStage): Promise<void> {
    const { scene: { run }, plan: { values }, counts, paces } = this.#parts;
    await this.#begin(stage, "one more");
    let ranOut = 0;
    for (let time = 1; time <= values.repeat && !stage.stopping.aborted; time++) {
      if (!await this.#oneMore(stage, this.#routes.further(time))) ranOut++;
      if (ranOut < MOST_RAN_OUT || time === values.repeat) continue;
      run.warn(
        "repeats-cut-short",
        `Of ${time} times one more ${ranOut} had a wait that ran out: the other ` +
          `${values.repeat - time} would tell the same, each after as long`,
      );
      break;
    }
    for (const count of counts) {
      count.record(stage);
      paces.judgeSingles(stage, count.gateway.tag);
    }
  }

  async remove(stage: RunStage): Promise<void> {
    const { scene: { writes }, plan: { scale }, counts } = this.#parts;
    await this.#begin(stage, "removing");
    counts.forEach((count) => count.deleting(this.#laid.length));
    const refs = this.#laid.map(({ fields: { namespace, name } }) => ({ namespace, name }));
    const written = await writes.deleteAll(stage, refs, scale.pace);
    const absent = await this.#settle(stage, refs.length - written.length);
    counts.forEach((count) => count.deleted(written.length + absent));
    const dueMs = lastDoneMs(written);
    if (dueMs === undefined) return;
    await Promise.all(counts.map(async (count) => {
      await outcomeOf(stage, count.wait(stage, { op: "detachAll", dueMs }));
      count.record(stage);
    }));
  }

  /** Whether all that was waited for came to be. */
  async #oneMore(stage: RunStage, route: ProbeRoute): Promise<boolean> {
    const { scene: { writes }, counts } = this.#parts;
    counts.forEach((count) => count.creating(1));
    const created = await outcomeOf(stage, writes.create(stage, route.object));
    const refused = created === undefined ? await this.#settle(stage, 1) : 0;
    counts.forEach((count) => count.created(created === undefined ? 0 : 1, refused));
    if (created === undefined) return true;
    const added = await Promise.all(
      counts.map((count) => this.#added(stage, { count, route, created })),
    );
    counts.forEach((count) => count.deleting(1));
    const deleted = await outcomeOf(stage, writes.delete(stage, created.ref));
    const absent = deleted === undefined ? await this.#settle(stage, 1) : 1;
    counts.forEach((count) => count.deleted(absent));
    if (deleted === undefined) return true;
    const removed = await Promise.all(
      counts.map((count) => this.#removed(stage, { count, route, deleted })),
    );
    return [...added, ...removed].every((isSo) => isSo);
  }

  /** So many writes have failed. @returns how many of all such routes are gone for certain since */
  async #settle(stage: RunStage, failed: number): Promise<number> {
    await this.#parts.scene.writes.settle(stage);
    return this.#takeSettled(failed);
  }

  #takeSettled(failed: number): number {
    const before = this.#doubtful + failed;
    this.#doubtful = this.#parts.scene.writes.inDoubt;
    return before - this.#doubtful;
  }

  /** Counted, accepted and served, each in its own time. */
  async #added(
    stage: RunStage,
    { count, route, created }: { count: CountWait; route: ProbeRoute; created: WrittenAt },
  ): Promise<boolean> {
    const { scene, plan: { singleTimeoutMs: timeoutMs } } = this.#parts;
    const { gateway } = count;
    const { tag } = gateway;
    const { sentMs: dueMs } = created;
    const [isCounted, isAccepted, isServed] = await Promise.all([
      this.#counted(stage, count, { op: "attach", dueMs }),
      cameToBe(
        stage,
        timed(
          stage,
          (onSettled) =>
            scene.routes.untilAccepted({ route: route.key, gateway: tag }, {
              timeoutMs,
              signal: stage.stopping,
              onSettled,
            }),
          { op: "accept", tags: { gateway: tag }, dueMs },
        ),
      ),
      this.#served(stage, { count, route, dueMs }),
    ]);
    if (stage.stopping.aborted) return true;
    recordRoute(stage, { scene, gateway, route: route.key, isServed });
    return isCounted && isAccepted && isServed;
  }

  /** Whether the count has come to be right in time. */
  #counted(
    stage: RunStage,
    count: CountWait,
    { op, dueMs }: { op: "attach" | "detach"; dueMs: number },
  ): Promise<boolean> {
    const { plan: { singleTimeoutMs: timeoutMs }, paces } = this.#parts;
    return cameToBe(
      stage,
      count.wait(stage, { op, dueMs, timeoutMs, holdMs: 0 }),
      (effectMs) => paces.changed("counting", count.gateway.tag, { askedMs: dueMs, effectMs }),
    );
  }

  async #served(
    stage: RunStage,
    given: { count: CountWait; route: ProbeRoute; dueMs: number },
  ): Promise<boolean> {
    const { count: { gateway: { tag } }, dueMs: askedMs } = given;
    const serving = untilServed(stage, this.#wait(stage, given));
    recordErrors(stage, tag, await seenOf(stage, serving));
    return await cameToBe(
      stage,
      serving,
      ({ firstMs: effectMs, errors }) => this.#tookEffect(tag, { askedMs, effectMs, errors }),
    );
  }

  /** Not counted any more, and not served any more. */
  async #removed(
    stage: RunStage,
    { count, route, deleted }: { count: CountWait; route: ProbeRoute; deleted: WrittenAt },
  ): Promise<boolean> {
    const { plan: { scale: { profile } } } = this.#parts;
    const { sentMs: dueMs } = deleted;
    const { tag } = count.gateway;
    let goneMs = Infinity;
    const [isUncounted, isGone] = await Promise.all([
      this.#counted(stage, count, { op: "detach", dueMs }),
      cameToBe(
        stage,
        untilGone(stage, this.#wait(stage, { count, route, dueMs })),
        ({ goneMs: effectMs, errors }) => {
          goneMs = effectMs;
          this.#tookEffect(tag, { askedMs: dueMs, effectMs, errors });
        },
      ),
    ]);
    if (stage.stopping.aborted) return true;
    if (goneMs - dueMs >= profile.tearDownLimitMs) {
      const tags = { gateway: tag };
      stage.recorder.count(SERVED_AFTER_DELETE, 1, { atMs: stage.clock.now(), tags });
    }
    return isUncounted && isGone;
  }

  /** In the data plane. What took long in errors tells nothing of a throttle. */
  #tookEffect(gateway: string, { errors, ...change }: SingleChange & { errors: number }): void {
    if (errors === 0) this.#parts.paces.changed("serving", gateway, change);
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

  async #begin(stage: RunStage, phase: string): Promise<void> {
    const { scene: { gateways }, counts } = this.#parts;
    for (const { watch } of gateways) watch.phase = phase;
    // What was in doubt may have gone between two stages.
    const absent = this.#takeSettled(0);
    counts.forEach((count) => count.deleted(absent));
    await stage.begin();
  }
}

/** Whether it came to be, and was not cut off or waited for in vain. @param then what to make of it */
async function cameToBe<T>(
  stage: RunStage,
  wait: Promise<T>,
  then: (value: T) => void = () => {},
): Promise<boolean> {
  let isSo = false;
  await outcomeOf(
    stage,
    wait.then((value) => {
      isSo = true;
      then(value);
    }),
  );
  return isSo;
}
