/**
 * `resolution_probe.ts KUBECONFIG ROUTES REPEAT`: on the stand-in, lays routes and then adds and removes
 * one more again and again, waiting as attached-routes does; prints how far apart the questions were
 * between which each change fell, and when it was told of which count.
 * @module
 */

import { createRng } from "../../core/load/rng.ts";
import { addressOf, listenerPort } from "../../kube/gateway_api/gateway_status.ts";
import type { KubeObject } from "../../kube/object.ts";
import { Asker, type DataPlane } from "../../probes/gateway/answers/data_plane.ts";
import { untilGone, untilServed } from "../../probes/gateway/answers/until_served.ts";
import { formatGatewayRef } from "../../probes/gateway/frame/gateway_ref.ts";
import { GatewayWatch } from "../../probes/gateway/frame/gateway_watch.ts";
import { expectedOf, httpRoute } from "../../probes/gateway/objects/route.ts";
import { START_GATEWAYS, START_NAMESPACE } from "../../sandbox/gateway/start_objects.ts";
import { measuring, openProbeSide } from "./probe_side.ts";
import { fieldsOf } from "./routes_of.ts";

/** A count of attached routes, and when somebody was told of it: ms of the calendar. */
export interface TimedCount {
  readonly count: number;
  readonly atMs: number;
}

export interface ResolutionFigures {
  readonly servedBracketsMs: readonly number[];
  readonly goneBracketsMs: readonly number[];
  readonly counts: readonly TimedCount[];
}

const RUN_ID = "resolution";
const LIMIT_MS = 30_000;
const GATEWAY = { namespace: START_NAMESPACE, name: START_GATEWAYS[0] };
const LISTENER = "http";

interface Job {
  readonly kubeconfig: string;
  readonly routes: number;
  readonly repeat: number;
}

async function measure({ kubeconfig, routes, repeat }: Job): Promise<ResolutionFigures> {
  const context = measuring();
  const { clock, recorder, stopping: signal } = context;
  await using side = await openProbeSide(context, { kubeconfig, runId: RUN_ID });
  const { cluster, writes } = side;
  const rng = createRng(2);
  await using watch = await GatewayWatch.open(cluster, {
    gateway: GATEWAY,
    clock,
    rng,
    recorder,
    signal,
  });
  watch.countListeners([LISTENER]);
  const counts: TimedCount[] = [];
  const toCalendarMs = clock.wallNow().getTime() - clock.now();
  watch.onCount(({ count, atMs }) => {
    if (count !== undefined) counts.push({ count, atMs: atMs + toCalendarMs });
  });
  const parent = { ...GATEWAY, sectionName: LISTENER };
  const all = fieldsOf({ runId: RUN_ID, count: routes + repeat, parent });
  const laid = all.slice(0, routes).map(httpRoute);
  await writes.createAll(context, laid, { concurrency: 10, batch: 100, pauseMs: 100 });
  const untilCounted = (target: number) =>
    watch.until(() => watch.count === target ? true : undefined, {
      what: `${target} routes are counted`,
      timeoutMs: LIMIT_MS,
      signal,
    });
  await untilCounted(routes);
  using asker = new Asker(planeOf(watch.gateway), { clock, connection: "fresh" });
  const servedBracketsMs: number[] = [];
  const goneBracketsMs: number[] = [];
  for (const fields of all.slice(routes)) {
    const { path, ...answer } = expectedOf(fields);
    const wait = {
      what: "",
      asker,
      host: fields.hostnames[0]!,
      path,
      expected: answer,
      timeoutMs: LIMIT_MS,
    };
    const { ref, sentMs } = await writes.create(context, httpRoute(fields));
    const [served] = await Promise.all([
      untilServed(context, { ...wait, dueMs: sentMs }),
      untilCounted(routes + 1),
    ]);
    keep(servedBracketsMs, served.bracketMs);
    const deleted = await writes.delete(context, ref);
    const [gone] = await Promise.all([
      untilGone(context, { ...wait, dueMs: deleted.sentMs }),
      untilCounted(routes),
    ]);
    keep(goneBracketsMs, gone.bracketMs);
  }
  return { servedBracketsMs, goneBracketsMs, counts };
}

/** None: the first answer was the awaited one already. */
function keep(bracketsMs: number[], bracketMs: number | undefined): void {
  if (bracketMs !== undefined) bracketsMs.push(bracketMs);
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
