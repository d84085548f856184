/**
 * `resolution_probe.ts KUBECONFIG ROUTES REPEAT`: on the stand-in, lays routes and then adds and removes
 * the same further one again and again, waiting as attached-routes does; prints when each was served and
 * gone, how far apart the questions were between which that fell, and when it was told of which count.
 * @module
 */

import { createRng } from "../../core/load/rng.ts";
import type { TimedContext } from "../../core/load/timed.ts";
import { addressOf, listenerPort } from "../../kube/gateway_api/gateway_status.ts";
import type { KubeObject } from "../../kube/object.ts";
import { Asker, type DataPlane } from "../../probes/gateway/answers/data_plane.ts";
import {
  type Gone,
  type Served,
  untilGone,
  untilServed,
} from "../../probes/gateway/answers/until_served.ts";
import { ATTACHED_ROUTES_FLAGS } from "../../probes/gateway/attached_routes/command.ts";
import { formatGatewayRef } from "../../kube/gateway_api/gateway_ref.ts";
import { GatewayWatch } from "../../probes/gateway/frame/gateway_watch.ts";
import { expectedOf, httpRoute } from "../../probes/gateway/objects/route.ts";
import { START_GATEWAYS, START_NAMESPACE } from "../../sandbox/gateway/start_objects.ts";
import { measuring, openProbeSide, type ProbeSide } from "./probe_side.ts";
import { fieldsOf, furtherRoute } from "./routes_of.ts";

/** A count of attached routes, and when somebody was told of it: ms of the calendar. */
export interface TimedCount {
  readonly count: number;
  readonly atMs: number;
}

/** When the route came to be served, or ceased to be: ms of the calendar. */
export interface TimedServing {
  readonly isServed: boolean;
  readonly atMs: number;
}

export interface ResolutionFigures {
  readonly servings: readonly TimedServing[];
  /** From the last question with the old answer to the first new answer. */
  readonly bracketsMs: readonly number[];
  readonly counts: readonly TimedCount[];
}

const RUN_ID = "resolution";
const LIMIT_MS = 30_000;
const GATEWAY = { namespace: START_NAMESPACE, name: START_GATEWAYS[0] };
const LISTENER = "http";
const PARENT = { ...GATEWAY, sectionName: LISTENER };

interface Job {
  readonly kubeconfig: string;
  readonly routes: number;
  readonly repeat: number;
}

/** What one time more needs. */
interface Parts extends Pick<ProbeSide, "writes"> {
  readonly context: TimedContext;
  readonly watch: GatewayWatch;
  readonly asker: Asker;
  readonly routes: number;
}

async function measure({ kubeconfig, routes, repeat }: Job): Promise<ResolutionFigures> {
  const context = measuring();
  const { clock, recorder, stopping: signal } = context;
  await using side = await openProbeSide(context, { kubeconfig, runId: RUN_ID });
  const { cluster, writes } = side;
  const watching = { gateway: GATEWAY, clock, rng: createRng(2), recorder, signal };
  await using watch = await GatewayWatch.open(cluster, watching);
  watch.countListeners([LISTENER]);
  const laid = fieldsOf({ runId: RUN_ID, count: routes, parent: PARENT }).map(httpRoute);
  await writes.createAll(context, laid, { concurrency: 10, batch: 100, pauseMs: 100 });
  await untilCounted(watch, routes);
  const counts: TimedCount[] = [];
  watch.onCount(({ count, atMs }) => {
    if (count !== undefined) counts.push({ count, atMs: calendarMs(atMs) });
  });
  using asker = new Asker(planeOf(watch.gateway), { clock, connection: "fresh" });
  const servings: TimedServing[] = [];
  const bracketsMs: number[] = [];
  for (let time = 0; time < repeat; time++) {
    const { served, gone } = await oneMore({ context, writes, watch, asker, routes });
    servings.push({ isServed: true, atMs: calendarMs(served.firstMs) });
    servings.push({ isServed: false, atMs: calendarMs(gone.goneMs) });
    // None: the first answer was the awaited one already.
    bracketsMs.push(...[served, gone].flatMap(({ bracketMs = [] }) => bracketMs));
  }
  return { servings, bracketsMs, counts };
}

/** Adds the further route and takes it away again. */
async function oneMore(
  { context, writes, watch, asker, routes }: Parts,
): Promise<{ served: Served; gone: Gone }> {
  const further = furtherRoute(PARENT);
  const { path, ...expected } = expectedOf(further);
  const wait = {
    what: "the further route is served",
    asker,
    host: further.hostnames[0]!,
    path,
    expected,
    intervalMs: ATTACHED_ROUTES_FLAGS.interval.defaultValue,
    timeoutMs: LIMIT_MS,
  };
  const created = await writes.create(context, httpRoute(further));
  const [served] = await Promise.all([
    untilServed(context, { ...wait, dueMs: created.sentMs }),
    untilCounted(watch, routes + 1),
  ]);
  const deleted = await writes.delete(context, created.ref);
  const [gone] = await Promise.all([
    untilGone(context, { ...wait, dueMs: deleted.sentMs }),
    untilCounted(watch, routes),
  ]);
  return { served, gone };
}

async function untilCounted(watch: GatewayWatch, target: number): Promise<void> {
  await watch.until(() => watch.count === target ? true : undefined, {
    what: `${target} routes are counted`,
    timeoutMs: LIMIT_MS,
  });
}

/** The clock of a run has the same zero as `performance.now()`, which counts from there. */
function calendarMs(clockMs: number): number {
  return performance.timeOrigin + clockMs;
}

function planeOf(gateway: KubeObject | undefined): DataPlane {
  const port = listenerPort(gateway!, LISTENER)!;
  return { gateway: formatGatewayRef(GATEWAY), address: addressOf(gateway!)!, port };
}

if (import.meta.main) {
  const [kubeconfig = "", routes, repeat] = Deno.args;
  const figures = await measure({ kubeconfig, routes: Number(routes), repeat: Number(repeat) });
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
}
