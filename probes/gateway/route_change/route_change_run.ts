/**
 * The work of route-change on one scene: the route is made and served, then changed at its due times
 * while clients ask for it back to back.
 * @module
 */

import { together } from "../../../core/load/parts.ts";
import { timed } from "../../../core/load/timed.ts";
import { until } from "../../../core/load/until.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { Asker } from "../answers/data_plane.ts";
import { type Served, untilServed } from "../answers/until_served.ts";
import { isAcceptedInTime } from "../frame/accepted_in_time.ts";
import { AcceptanceTimes } from "../frame/acceptance_times.ts";
import { requireBackend } from "../frame/backend.ts";
import { connectionsOf } from "../frame/connections.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { parseServiceRef } from "../frame/gateway_ref.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { recordServed, recordUnaccepted } from "../frame/served_late.ts";
import { ChangingRoute } from "./changing_route.ts";
import { Client } from "./client.ts";
import { CHANGE_SERVED, SKIPPED_CHANGES } from "./measured.ts";
import type { RouteChangePlan } from "./plan.ts";

/** See the module. @throws {CannotRunError} if the Service has no such port */
export async function changeRoute(scene: Scene, plan: RouteChangePlan): Promise<void> {
  await requireAlternatePort(scene, plan);
  using closing = new DisposableStack();
  const { clock } = scene.run;
  const { values } = plan;
  const askers = scene.gateways.flatMap(({ plane }) =>
    connectionsOf(values).map((connection) =>
      closing.use(new Asker(plane, { clock, connection, timeoutMs: values["ask-timeout"] }))
    )
  );
  const route = new ChangingRoute(scene, plan);
  const accepted = closing.use(new AcceptanceTimes(scene.run.recorder, scene));
  const work = new RouteChangeWork({ scene, plan, askers, route, accepted });
  await scene.stage({ name: "change", kind: "measured" }, async (stage) => {
    await stage.begin();
    if (await work.make(stage)) await work.change(stage);
  });
  await scene.stage({ name: "after", kind: "preparing" }, (stage) => work.remove(stage));
}

async function requireAlternatePort(
  { run, cluster }: Scene,
  { change, values: { backend, "alternate-port": port } }: RouteChangePlan,
): Promise<void> {
  if (change !== "port") return;
  const { namespace, name } = parseServiceRef(backend!);
  await requireBackend(run, cluster, { backend: `${namespace}/${name}:${port}` });
}

interface WorkParts {
  readonly scene: Scene;
  readonly plan: RouteChangePlan;
  /** One for each Gateway and kind of connection. */
  readonly askers: readonly Asker[];
  readonly route: ChangingRoute;
  readonly accepted: AcceptanceTimes;
}

class RouteChangeWork {
  readonly #parts: WorkParts;
  /** The numbers of changes that the API has taken. */
  readonly #written: number[] = [];

  constructor(parts: WorkParts) {
    this.#parts = parts;
  }

  /** Makes the route; resolves when it is served over all kinds of connections, or not in time. */
  async make(stage: RunStage): Promise<boolean> {
    const { scene: { run, writes, gateways }, askers, route, accepted } = this.#parts;
    accepted.expect(route.key, stage.clock.now());
    const created = await outcomeOf(stage, writes.create(stage, route.after(0)));
    if (created === undefined) return false;
    const served = await Promise.all(
      askers.map((asker) => this.#untilServed(stage, { asker, dueMs: created.doneMs })),
    );
    const unserved = gateways.filter(({ tag }) =>
      askers.some(({ tags }, index) => tags["gateway"] === tag && served[index] === undefined)
    );
    if (stage.stopping.aborted) return false;
    for (const { tag } of unserved) {
      const acceptedMs = accepted.of(route.key, tag);
      const nowMs = stage.clock.now();
      recordServed(stage.recorder, {
        servedMs: undefined,
        acceptedMs,
        nowMs,
        tags: { gateway: tag },
      });
      run.warn("never-served", `Route ${route.key} was not served by ${tag}, so it is not changed`);
    }
    return unserved.length === 0;
  }

  #untilServed(
    stage: RunStage,
    { asker, dueMs }: { readonly asker: Asker; readonly dueMs: number },
  ): Promise<Served | undefined> {
    const { plan: { values }, route } = this.#parts;
    const wait = untilServed(stage, {
      what: `the data plane of Gateway ${asker.tags["gateway"]} serves route ${route.key}`,
      asker,
      host: route.host,
      path: route.path,
      expected: { ...route.expected, accepts: (answer) => route.changeOf(answer) === 0 },
      dueMs,
      intervalMs: values.interval,
      consecutive: values.consecutive,
      timeoutMs: values.timeout,
      signal: stage.stopping,
    });
    return outcomeOf(stage, wait);
  }

  async change(stage: RunStage): Promise<void> {
    const { scene: { run, gateways }, askers, route } = this.#parts;
    const clients = askers.map((asker) => new Client(stage, { asker, route }));
    for (const { watch } of gateways) watch.phase = "changing";
    const over = new AbortController();
    const end = () => over.abort();
    stage.stopping.addEventListener("abort", end, { once: true });
    await together([
      this.#changeAll(stage, clients).finally(end),
      ...clients.map((client) => client.run(over.signal)),
    ], () => stage.stop("failed"));
    for (const client of clients) {
      const text = client.failuresText();
      if (text !== undefined) run.addFact(`Failures at ${client.name}`, text);
    }
    this.#recordSkipped(stage, clients);
  }

  async remove(stage: RunStage): Promise<void> {
    await stage.begin();
    const { scene: { writes }, route } = this.#parts;
    await outcomeOf(stage, writes.delete(stage, route.ref));
  }

  /** Resolves one period after the last change is served everywhere. */
  async #changeAll(stage: RunStage, clients: readonly Client[]): Promise<void> {
    const { plan: { values: { changes, period } } } = this.#parts;
    const { clock, stopping } = stage;
    const startMs = clock.now();
    const waits: Promise<void>[] = [];
    for (let change = 1; change <= changes; change++) {
      const dueMs = startMs + change * period;
      await clock.sleepUntil(dueMs, stopping);
      if (stopping.aborted) break;
      if (!await this.#send(stage, { change, dueMs, clients })) continue;
      this.#written.push(change);
      waits.push(this.#served(stage, { change, dueMs, clients }));
    }
    await Promise.all([...waits, this.#accepted(stage)]);
    await clock.sleepUntil(clock.now() + period, stopping);
  }

  /** Waits until the statuses say that the route is accepted as it is after the last change. */
  async #accepted(stage: RunStage): Promise<void> {
    const { scene: { gateways, routes }, route: { key: route }, plan: { values } } = this.#parts;
    await Promise.all(gateways.map(async ({ tag: gateway }) => {
      const where = { route, gateway, timeoutMs: values.timeout };
      if (await isAcceptedInTime(stage, routes, where) !== false) return;
      recordUnaccepted(stage.recorder, { atMs: stage.clock.now(), tags: { gateway } });
    }));
  }

  /** Changes that a data plane never served have tried nothing. */
  #recordSkipped(stage: RunStage, clients: readonly Client[]): void {
    const { scene: { run, gateways } } = this.#parts;
    const written = this.#written.length;
    for (const { tag: gateway } of gateways) {
      const asking = clients.filter(({ tags }) => tags["gateway"] === gateway);
      const skipped = this.#written.filter((change) =>
        asking.every(({ progress }) => !progress.hasSeen(change))
      ).length;
      stage.recorder.count(SKIPPED_CHANGES, skipped, {
        atMs: stage.clock.now(),
        tags: { gateway },
      });
      if (skipped <= written / 2) continue;
      run.warn(
        "changes-skipped",
        `${gateway} served ${
          written - skipped
        } of ${written} changes: the others were replaced by ` +
          "later ones before they took effect; a longer --period tries each of them",
      );
    }
  }

  async #send(
    stage: RunStage,
    { change, dueMs, clients }: ChangeSent & { readonly clients: readonly Client[] },
  ): Promise<boolean> {
    const { scene: { writes }, route, accepted } = this.#parts;
    const sentMs = stage.clock.now();
    for (const client of clients) client.sent(change, sentMs);
    accepted.expect(route.key, dueMs);
    const body = { spec: { rules: rulesOf(route.after(change)) } };
    const written = await outcomeOf(stage, writes.update(stage, route.ref, body, { dueMs }));
    if (written === undefined) accepted.retract(route.key);
    return written !== undefined;
  }

  /** Waits for it at each Gateway. */
  async #served(
    stage: RunStage,
    { change, dueMs, clients }: ChangeSent & { readonly clients: readonly Client[] },
  ): Promise<void> {
    const { scene: { gateways }, route, accepted } = this.#parts;
    await Promise.all(gateways.map(async ({ tag }) => {
      const asking = clients.filter(({ tags }) => tags["gateway"] === tag);
      const seen = await Promise.all(
        asking.map((client) => this.#servedTo(stage, { change, dueMs, client })),
      );
      if (stage.stopping.aborted) return;
      recordServed(stage.recorder, {
        servedMs: seen.includes(undefined) ? undefined : Math.max(...seen as number[]),
        // The first write made the route.
        acceptedMs: accepted.of(route.key, tag, change + 1),
        nowMs: stage.clock.now(),
        tags: { gateway: tag },
      });
    }));
  }

  #servedTo(
    stage: RunStage,
    { change, dueMs, client }: ChangeSent & { readonly client: Client },
  ): Promise<number | undefined> {
    const { plan: { values: { timeout: timeoutMs } } } = this.#parts;
    const { clock, stopping: signal } = stage;
    const { progress, tags } = client;
    const sentMs = clock.now();
    const wait = timed(stage, async (settledAt) => {
      const seenMs = await until(clock, () => progress.seenMs(change), {
        pollMs: Infinity,
        woken: progress.woken,
        timeoutMs,
        signal,
        what: `change ${change} is served at ${client.name}`,
      });
      // It may have been served before the API had answered.
      settledAt(Math.max(seenMs, sentMs));
      return seenMs;
    }, { op: CHANGE_SERVED, tags, dueMs });
    return outcomeOf(stage, wait);
  }
}

interface ChangeSent {
  readonly change: number;
  readonly dueMs: number;
}

function rulesOf({ spec }: KubeObject): unknown {
  return (spec as { readonly rules: unknown }).rules;
}
