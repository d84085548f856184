/**
 * The work of churn on one scene: routes are laid, then clients ask for the stable one all the time,
 * while endpoints move, routes come and go, and the controller is restarted in the middle.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import { execute } from "../../../core/load/executor.ts";
import { together } from "../../../core/load/parts.ts";
import { isCancellation, timed } from "../../../core/load/timed.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { printable } from "../../../core/say.ts";
import { SERVICES } from "../../../kube/resource.ts";
import { textOf } from "../answers/answer.ts";
import { checkServed } from "../answers/check_served.ts";
import { Asker } from "../answers/data_plane.ts";
import { AcceptanceTimes } from "../frame/acceptance_times.ts";
import { Asking } from "../frame/asking.ts";
import { connectionsOf } from "../frame/connections.ts";
import { EndpointChurn } from "../frame/endpoint_churn.ts";
import { EndpointMoves } from "../frame/endpoint_moves.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import { makeObjects } from "../../../kube/owned/make_objects.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { type ProbeRoute, questionOf, refOf } from "../frame/route_set.ts";
import { recordServed } from "../frame/served_late.ts";
import { sayUnserved } from "../frame/unserved.ts";
import type { ChurnPlan } from "./churn_plan.ts";
import { ChurnRoutes } from "./churn_routes.ts";
import { Cycles } from "./cycles.ts";
import { FIRST_SERVED, RESTART } from "./measured.ts";
import { ChurnProgress } from "./progress.ts";
import { requireRestartable, restartOf } from "./restart.ts";
import { RestartFailedError } from "../../../kube/rollout/restart_failed.ts";
import { StableClient } from "./stable_client.ts";

/** See the module. @throws {CannotRunError} if there is nothing to restart */
export async function churnRoutes(scene: Scene, plan: ChurnPlan): Promise<void> {
  await requireRestartable(scene, plan);
  const { run } = scene;
  run.addFact("restart", plan.restart?.text ?? "none was tried");
  using closing = new DisposableStack();
  const asking = closing.use(new Asking(run.clock, plan.values));
  const accepted = closing.use(new AcceptanceTimes(run.recorder, scene));
  const work = new ChurnWork({ scene, plan, asking, accepted });
  await scene.stage({ name: "lay", kind: "preparing" }, (stage) => work.lay(stage));
  await scene.stage({ name: "churn", kind: "measured" }, (stage) => work.churn(stage));
  await scene.stage({ name: "remove", kind: "preparing" }, (stage) => work.remove(stage));
}

interface WorkParts {
  readonly scene: Scene;
  readonly plan: ChurnPlan;
  readonly asking: Asking;
  readonly accepted: AcceptanceTimes;
}

class ChurnWork {
  readonly #parts: WorkParts;
  readonly #routes: ChurnRoutes;
  readonly #stable: ProbeRoute;
  /** Routes that may be there. */
  readonly #made: ProbeRoute[] = [];

  constructor(parts: WorkParts) {
    const { scene, plan } = this.#parts = parts;
    this.#routes = new ChurnRoutes(scene, plan);
    this.#stable = this.#routes.stable();
  }

  /** What is there all the time; what is said of it is not waited for. */
  async lay(stage: RunStage): Promise<void> {
    const { scene: { writes, cluster, objectsOf, gateways }, plan: { scale } } = this.#parts;
    for (const { watch } of gateways) watch.phase = "laying";
    await stage.begin();
    const empty = this.#routes.empty();
    await makeObjects(stage, { cluster, objectsOf, kind: SERVICES, objects: [empty.service] });
    const routes = [...this.#routes.laid(), this.#routes.dangling(), empty.route];
    this.#made.push(...routes);
    await writes.createAll(stage, routes.map(({ object }) => object), scale.pace);
  }

  async churn(stage: RunStage): Promise<void> {
    const { scene, plan, asking } = this.#parts;
    const { run } = scene;
    const serving = await this.#serveFirst(stage);
    for (const { watch } of scene.gateways) watch.phase = "churning";
    await stage.begin();
    if (serving === undefined || stage.stopping.aborted) return;
    for (const gateway of scene.gateways) {
      if (!serving.includes(gateway)) this.#recordUnserved(stage, gateway);
    }
    if (serving.length === 0) return;
    using closing = new DisposableStack();
    const { interval: pauseMs, "ask-timeout": timeoutMs } = plan.values;
    const progress = new ChurnProgress();
    const clients = serving.flatMap(({ plane }) =>
      connectionsOf(plan.values).map((connection) => {
        const asker = new Asker(plane, { clock: run.clock, connection, timeoutMs });
        return new StableClient(stage, {
          asker: closing.use(asker),
          route: this.#stable,
          pauseMs,
          progress,
        });
      })
    );
    await this.#churnAround(stage, { clients, progress });
    for (const client of clients) {
      const text = client.failuresText();
      if (text !== undefined) run.addFact(`Failures at ${client.name}`, text);
    }
    await this.#tellNowhere(stage, asking);
  }

  async remove(stage: RunStage): Promise<void> {
    const { scene: { writes }, plan: { scale: { pace } } } = this.#parts;
    await stage.begin();
    await writes.deleteAll(stage, this.#made.map(({ fields }) => refOf(fields)), pace);
  }

  /** @returns the Gateways that serve the stable route; undefined: it could not be made */
  async #serveFirst(stage: RunStage): Promise<readonly SceneGateway[] | undefined> {
    const { scene: { writes, gateways } } = this.#parts;
    const created = await outcomeOf(stage, writes.create(stage, this.#stable.object));
    if (created === undefined) return undefined;
    this.#made.push(this.#stable);
    const serving = await Promise.all(gateways.map(async (gateway) => {
      const served = this.#untilServed(stage, gateway, created.doneMs).then(() => gateway);
      return await outcomeOf(stage, served) ?? [];
    }));
    return serving.flat();
  }

  /** What the stable route's status says tells whose doing it is that it is not served. */
  #recordUnserved({ recorder, clock }: RunStage, { tag: gateway }: SceneGateway): void {
    const nowMs = clock.now();
    const isAccepted = this.#parts.scene.routes.isAccepted(this.#stable.key, gateway);
    const acceptedMs = isAccepted ? nowMs : undefined;
    recordServed(recorder, { servedMs: undefined, acceptedMs, nowMs, tags: { gateway } });
  }

  async #untilServed(stage: RunStage, gateway: SceneGateway, dueMs: number): Promise<void> {
    const { scene, asking, plan: { values } } = this.#parts;
    const { tag } = gateway;
    const { key: route, host, expected } = this.#stable;
    await timed(stage, async () => {
      const check = await checkServed({
        clock: stage.clock,
        asker: asking.of(gateway, "fresh"),
        routes: [{ route, host, path: expected.path, expected }],
        timeoutMs: values["ready-timeout"],
        pauseMs: values.interval,
        signal: stage.stopping,
      });
      if (check.served === 1) return;
      sayUnserved(scene, { tag, check, routes: 1 });
      throw new OperationFailedError("stalled", `Gateway ${tag} does not serve the stable route`);
    }, { op: FIRST_SERVED, tags: { gateway: tag }, dueMs });
  }

  async #churnAround(
    stage: RunStage,
    { clients, progress }: {
      readonly clients: readonly StableClient[];
      readonly progress: ChurnProgress;
    },
  ): Promise<void> {
    const cycles = new Cycles(stage, { ...this.#parts, routes: this.#routes });
    const [isThrough, isOver] = [new AbortController(), new AbortController()];
    const onStop = () => isOver.abort();
    stage.stopping.addEventListener("abort", onStop, { once: true });
    await together([
      Promise.all([
        this.#checkpoints(stage, clients),
        this.#restart(stage, { cycles, progress }),
      ]).finally(() => isThrough.abort()),
      cycles.run(isThrough.signal).finally(() => isOver.abort()),
      this.#moveEndpoints(stage, isOver.signal),
      ...clients.map((client) => client.run(isOver.signal)),
    ], () => stage.stop("failed"));
    stage.stopping.removeEventListener("abort", onStop);
  }

  async #checkpoints(stage: RunStage, clients: readonly StableClient[]): Promise<void> {
    const { values } = this.#parts.plan;
    const { clock, stopping, startMs } = stage;
    for (let number = 1; number <= values.checkpoints; number++) {
      const dueMs = startMs + number * values["checkpoint-period"];
      await clock.sleepUntil(dueMs, stopping);
      if (stopping.aborted) return;
      await Promise.all(
        clients.map((client) => client.checkpoint(dueMs, values["answer-within"])),
      );
    }
  }

  /** In the middle; resolves once routes that were made after it are served, or are late. */
  async #restart(
    stage: RunStage,
    { cycles, progress }: { readonly cycles: Cycles; readonly progress: ChurnProgress },
  ): Promise<void> {
    const { scene: { run, gateways }, plan } = this.#parts;
    const restart = restartOf(this.#parts.scene, plan);
    if (restart === undefined) return;
    const { clock, stopping: signal, startMs } = stage;
    const dueMs = startMs + plan.durationMs / 2;
    await clock.sleepUntil(dueMs, signal);
    if (signal.aborted) return;
    progress.restarts(clock.now());
    run.mark("restart");
    const timeoutMs = plan.values["restart-timeout"];
    try {
      await timed(stage, () => restart({ clock, signal, timeoutMs }), { op: RESTART, dueMs });
    } catch (thrown) {
      if (isCancellation(thrown, stage)) return;
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      this.#sayFailed(thrown);
    }
    const afterMs = clock.now();
    run.mark("restarted");
    await Promise.all(gateways.map(async ({ tag }) => {
      if (await cycles.recovery(tag, { dueMs, afterMs })) progress.recovers(tag);
    }));
  }

  #sayFailed(failure: OperationFailedError): void {
    const { scene: { run }, plan: { restart } } = this.#parts;
    const flag = restart?.kind === "command" ? "--restart-command" : "--restart-deployment";
    run.warn("restart-failed", `${flag} ${restart?.text} ${messageOf(failure)}`);
    if (failure instanceof RestartFailedError && failure.output !== "") {
      run.addFact(`Output of ${flag}`, printable(failure.output));
    }
  }

  async #moveEndpoints(stage: RunStage, over: AbortSignal): Promise<void> {
    const { scene: { cluster }, plan: { endpointChurn, scale: { simulated, hasNodes } } } =
      this.#parts;
    if (simulated === undefined || endpointChurn === undefined) return;
    const { clock, recorder, aborted } = stage;
    const rng = stage.rng.fork("endpoints");
    await execute({ clock, rng, recorder, aborted, stopping: over }, {
      workload: new EndpointMoves(stage, new EndpointChurn(cluster, { ...simulated, hasNodes })),
      model: {
        kind: "open",
        arrivals: endpointChurn,
        maxInFlight: Infinity,
        whenFull: "queue",
        catchUp: "burst",
      },
    });
  }

  /** What is answered for the routes that lead nowhere: implementations differ in it. */
  async #tellNowhere(stage: RunStage, asking: Asking): Promise<void> {
    const { scene: { run, gateways } } = this.#parts;
    const routes = [
      ["to a Service that is not there", this.#routes.dangling()],
      ["to a Service without endpoints", this.#routes.empty().route],
    ] as const;
    for (const gateway of gateways) {
      for (const [what, route] of routes) {
        if (stage.stopping.aborted) return;
        const asked = { ...questionOf(route), signal: stage.stopping };
        const answer = await outcomeOf(stage, asking.of(gateway, "fresh").ask(asked));
        if (answer === undefined) return;
        const text = textOf(answer);
        const status = answer.kind === "status" ? `${answer.status}` : answer.reason;
        run.addFact(
          `${gateway.tag} answers a route ${what}`,
          `${status} (${text || "empty body"})`,
        );
      }
    }
  }
}
