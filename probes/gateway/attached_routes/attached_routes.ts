/**
 * attached-routes: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import { isGiven } from "../../../core/command/settings.ts";
import { UsageError } from "../../../core/errors.ts";
import type { TableSpec } from "../../../core/judge/table_spec.ts";
import type { Measures } from "../../../core/run/measures.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import type { GatewayProbe } from "../frame/gateway_probe.ts";
import { gatewayUse } from "../frame/gateway_use.ts";
import { OTHER_ROUTES_RIGHTS } from "../frame/other_routes.ts";
import { routeScale, SERVED_CONCURRENCY } from "../frame/route_scale.ts";
import { faultCounters, FAULTS } from "./faults.ts";
import { ACCEPTED_ROUTES, COUNTED_ROUTES, SERVED_ROUTES } from "./three_numbers.ts";
import { attachRoutes } from "./attached_routes_run.ts";
import type { AttachedRoutesFlags } from "./command.ts";
import type { AttachedRoutesPlan } from "./plan.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useAttachedRoutes(invocation: Identified<AttachedRoutesFlags>): ClusterUse {
  if (isGiven(invocation.shown, "duration")) {
    throw new UsageError(
      "--duration does not go with attached-routes: it is done when all routes are gone again; " +
        "--timeout limits each of its waits",
    );
  }
  return gatewayUse(invocation, attachedRoutes(invocation));
}

/** Of one more route, on top of all others. Each is a wait that fails when it runs out. */
export const WAITS = ["attach", "accept", "served", "stable", "detach", "gone"] as const;
/** Of all routes, from the answer to the last write. */
export const ALL_WAITS = ["attachAll", "detachAll"] as const;

/** A limit that is as long as the wait could never be broken. */
const MOST_OF_LIMIT = 2;
const FEWEST_SINGLE_MS = 60_000;

/** @throws {UsageError} for values of which no run can be made */
export function attachedRoutes(invocation: Identified<AttachedRoutesFlags>): GatewayProbe {
  const { values } = invocation;
  const scale = routeScale(invocation);
  const { routes, profile } = scale;
  const singleTimeoutMs = Math.min(
    Math.max(MOST_OF_LIMIT * profile.setUpLimitMs, FEWEST_SINGLE_MS),
    values.timeout,
  );
  const plan = { values, scale, singleTimeoutMs };
  return {
    name: "attached-routes",
    model:
      `${routes} routes in batches of ${scale.pace.batch}, then ${values.repeat} times one more, ` +
      "then none",
    mainOperation: "attach",
    defaultThresholds: thresholdsOf(plan),
    causes: FAULTS.map(({ component, sign, because }) => ({ component, sign, because })),
    tables: [TABLE],
    measures: measuresOf,
    sections: [
      ...scale.sections,
      { title: "one more route", value: `${values.repeat} times` },
      { title: "writes", value: writesText(plan) },
      { title: "expected time", value: expectedText(plan) },
      {
        title: "limits of one more",
        value: `${formatDuration(profile.setUpLimitMs)} to be counted and served, ` +
          `${formatDuration(profile.tearDownLimitMs)} to be gone`,
      },
    ],
    objects: scale.objects,
    rights: OTHER_ROUTES_RIGHTS,
    scale,
    otherSockets: SERVED_CONCURRENCY + values.gateways.length,
    work: (scene) => attachRoutes(scene, plan),
  };
}

function passesText({ values }: Pick<AttachedRoutesPlan, "values">): string {
  return values.joined || new Set(values.gateways).size === 1 ? "" : ", for each Gateway";
}

function writesText({ values, scale: { routes, objects } }: AttachedRoutesPlan): string {
  const around = objects.filter(({ kind }) => kind !== HTTP_ROUTES)
    .reduce((sum, { mostAtOnce }) => sum + mostAtOnce, 0);
  const ofRoutes = 2 * (routes + values.repeat);
  const text = `${ofRoutes} of routes, half of them deletes` + passesText({ values });
  return around === 0 ? text : `${text}; ${2 * around} of what is simulated behind them`;
}

/** What is known of it: pauses and holds are our own. */
function expectedText({ values, scale: { routes, pace, holdMs } }: AttachedRoutesPlan): string {
  const pausesMs = (Math.ceil(routes / pace.batch) - 1) * pace.pauseMs;
  return `at least ${formatDuration(2 * (pausesMs + holdMs))} of pauses and holds` +
    `${passesText({ values })}; the rest is the cluster's`;
}

function thresholdsOf({ scale: { profile } }: AttachedRoutesPlan): string[] {
  const setUp = formatDuration(profile.setUpLimitMs);
  const tearDown = formatDuration(profile.tearDownLimitMs);
  return [
    ...["create", "delete", ...WAITS, ...ALL_WAITS].map((op) => `${op}.failed.count <= 0`),
    ...["attach", "served"].map((op) => `${op}.max < ${setUp}`),
    ...["detach", "gone"].map((op) => `${op}.max < ${tearDown}`),
    ...FAULTS.map(({ sign }) => sign),
  ];
}

function measuresOf(gateways: readonly string[]): Measures {
  return {
    counters: faultCounters(gateways),
    others: [...WAITS, ...ALL_WAITS, COUNTED_ROUTES, ACCEPTED_ROUTES, SERVED_ROUTES],
  };
}

const TABLE: TableSpec = {
  title: "Gateways",
  rows: { by: "tag", tag: "gateway" },
  columns: [
    { title: "attached", figure: "countedRoutes.max" },
    { title: "accepted", figure: "acceptedRoutes.max" },
    { title: "served", figure: "servedRoutes.max" },
    { title: "all counted after", figure: "attachAll.max" },
    { title: "all gone after", figure: "detachAll.max" },
    { title: "attach p50", figure: "attach.p50" },
    { title: "attach max", figure: "attach.max" },
    { title: "served p50", figure: "served.p50" },
    { title: "served max", figure: "served.max" },
    { title: "detach p50", figure: "detach.p50" },
    { title: "gone p50", figure: "gone.p50" },
    { title: "status writes adding", figure: "gatewayWrites{phase=adding}.total" },
    { title: "status writes removing", figure: "gatewayWrites{phase=removing}.total" },
  ],
};
