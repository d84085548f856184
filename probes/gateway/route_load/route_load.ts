/**
 * route-load: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { TableSpec } from "../../../core/judge/table_spec.ts";
import { allMeasures, type Measures } from "../../../core/run/measures.ts";
import { formatDuration } from "../../../core/units.ts";
import { usageMeasures } from "../../../kube/component/usage.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { endpointChurnRights, UPDATE_ENDPOINTS } from "../frame/endpoint_churn.ts";
import type { GatewayProbe } from "../frame/gateway_probe.ts";
import { gatewayUse } from "../frame/gateway_use.ts";
import { SERVED_CONCURRENCY } from "../frame/route_scale.ts";
import { FOREIGN_REWRITES } from "../frame/route_watch.ts";
import { ERRORS_BEFORE_SERVED } from "../frame/seen_answers.ts";
import type { RouteLoadFlags } from "./command.ts";
import { ALLOCATED_PER_CHANGE, CPU_PER_CHANGE } from "./component_costs.ts";
import type { ComponentSpec } from "./component_flags.ts";
import { componentRights } from "./component_sources.ts";
import { IDLE_WRITES } from "./rest.ts";
import {
  DETACH_ALL,
  type Phase,
  type RouteLoadPlan,
  routeLoadPlan,
  SERVE_SAMPLE,
  SETTLE,
  SETTLE_ONE,
} from "./route_load_plan.ts";
import { loadRoutes } from "./route_load_run.ts";
import { UNSERVED, UNSETTLED } from "./settling.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useRouteLoad(invocation: Identified<RouteLoadFlags>): ClusterUse {
  return gatewayUse(invocation, routeLoad(invocation));
}

const PHASES: readonly Phase[] = ["add", "change", "churn", "remove"];
const SETTLING_PHASES: readonly Phase[] = ["add", "change", "churn"];

/** Operations that must not fail, and whose fault it is if one does. */
const OPERATIONS: readonly { op: string; component: string; because: string }[] = [
  ...["create", "update", "delete"].map((op) => ({
    op,
    component: "API server",
    because: "writes of routes were refused, or not answered",
  })),
  {
    op: SETTLE,
    component: "controller",
    because: "statuses of routes were not about them as they are in time",
  },
  {
    op: SETTLE_ONE,
    component: "controller",
    because: "the status of a route was not about its last change in time",
  },
  {
    op: DETACH_ALL,
    component: "controller",
    because: "a listener did not count what it had counted before in time",
  },
  {
    op: SERVE_SAMPLE,
    component: "data plane",
    because: "routes were not served as they are in time, or went on being served",
  },
  ...["served", "stable"].map((op) => ({
    op,
    component: "data plane",
    because: "a change of a route was not served in time",
  })),
];

/** Amounts that have to be 0. */
const AMOUNTS: readonly { counter: string; component: string; because: string }[] = [
  {
    counter: IDLE_WRITES,
    component: "controller",
    because: "a Gateway's status was written while nothing was asked of it",
  },
  {
    counter: UNSETTLED,
    component: "controller",
    because: "routes have a status that is not about them as they are",
  },
  {
    counter: UNSERVED,
    component: "data plane",
    because: "sampled routes were not served as they are, or went on being served",
  },
  {
    counter: ERRORS_BEFORE_SERVED,
    component: "data plane",
    because: "a route answered with errors while it was changed",
  },
];

/** @throws {UsageError} for values of which no run can be made */
export function routeLoad(invocation: Identified<RouteLoadFlags>): GatewayProbe {
  const plan = routeLoadPlan(invocation);
  const { values, scale, changes, churn, endpointChurn, components } = plan;
  const causes = causesOf(plan);
  return {
    name: "route-load",
    model:
      `${scale.routes} routes, ${changes} of them changed at once, then ${churn.label} changes`,
    mainOperation: "update",
    defaultThresholds: causes.map(({ sign }) => sign),
    causes,
    tables: [...TABLES, ...costTables(components)],
    measures: (gateways) => measuresOf(gateways, components),
    sections: [
      { title: "at rest for", value: formatDuration(values.idle) },
      ...scale.sections,
      { title: "changed at once", value: changes },
      {
        title: "then changes",
        value: `${churn.label} for ${formatDuration(values.duration)}` +
          (endpointChurn === undefined ? "" : `, endpoints ${endpointChurn.label}`),
      },
      { title: "sampled routes", value: Math.min(values.sample, scale.routes) },
      {
        title: "components",
        value: components.length === 0
          ? "none: what a change costs is not measured"
          : components.map(({ gateway, name }) => `${name} of ${gateway}`),
      },
    ],
    objects: scale.objects,
    scale,
    rights: [
      ...componentRights(components),
      ...(scale.simulated === undefined ? [] : endpointChurnRights(scale.simulated)),
    ],
    hasOwnDuration: true,
    otherSockets: SERVED_CONCURRENCY * new Set(values.gateways).size + components.length,
    work: (scene) => loadRoutes(scene, plan),
  };
}

/** Each sign is a threshold that holds by default. */
function causesOf({ endpointChurn }: RouteLoadPlan): CauseSpec[] {
  const ofEndpoints = {
    op: UPDATE_ENDPOINTS,
    component: "API server",
    because: "writes of EndpointSlices were refused, or not answered",
  };
  const operations = [...OPERATIONS, ...(endpointChurn === undefined ? [] : [ofEndpoints])];
  return [
    // First: where two fight for a status, all else follows from it.
    {
      sign: `${FOREIGN_REWRITES}.total <= 0`,
      component: "another controller",
      because: "entries of one controller in a route's status were taken away by another one",
    },
    ...operations.map(({ op, ...cause }) => ({ sign: `${op}.failed.count <= 0`, ...cause })),
    ...AMOUNTS.map(({ counter, ...cause }) => ({ sign: `${counter}.total <= 0`, ...cause })),
  ];
}

function measuresOf(
  gateways: readonly string[],
  components: readonly ComponentSpec[],
): Measures {
  const used = components.map(({ gateway, name }) => ({ name, tags: { gateway } }));
  return allMeasures(usageMeasures(used), {
    counters: gateways.flatMap((gateway) => [
      { name: IDLE_WRITES, tags: { gateway } },
      { name: ERRORS_BEFORE_SERVED, tags: { gateway } },
    ]),
    // Of these 0 says something only once they were looked at.
    others: [
      ...[SETTLE, SETTLE_ONE, SERVE_SAMPLE, DETACH_ALL, "served", "stable", UPDATE_ENDPOINTS],
      ...[UNSETTLED, UNSERVED],
      ...(components.length === 0 ? [] : [CPU_PER_CHANGE, ALLOCATED_PER_CHANGE]),
    ],
  });
}

const BY_GATEWAY = { by: "tag", tag: "gateway" } as const;

const TABLES: readonly TableSpec[] = [
  {
    title: "All statuses right, after the last write",
    rows: BY_GATEWAY,
    columns: [
      ...SETTLING_PHASES.map((phase) => ({
        title: phase,
        figure: `${SETTLE}{phase=${phase}}.max`,
      })),
      { title: "remove", figure: `${DETACH_ALL}.max` },
    ],
  },
  {
    title: "Sample served as it is, or gone, after the last write",
    rows: BY_GATEWAY,
    columns: PHASES.map((phase) => ({
      title: phase,
      figure: `${SERVE_SAMPLE}{phase=${phase}}.max`,
    })),
  },
  {
    title: "One change of the churn, after it was due",
    rows: BY_GATEWAY,
    columns: [
      { title: "status p50", figure: `${SETTLE_ONE}.p50` },
      { title: "status max", figure: `${SETTLE_ONE}.max` },
      { title: "served p50", figure: "served.p50" },
      { title: "served max", figure: "served.max" },
      { title: "errors before", figure: `${ERRORS_BEFORE_SERVED}.total` },
    ],
  },
];

/** For each component of which totals are told; what phases cost is set side by side. */
function costTables(components: readonly ComponentSpec[]): TableSpec[] {
  return components.filter(({ source }) => source.kind === "page").map(({ gateway, name }) => {
    const figureOf = (metric: string) => `${metric}{component=${name},gateway=${gateway}}.mean`;
    const what = name === "combined" ? "controller and data plane, combined," : name;
    return {
      title: `Cost of a change: ${what} of ${gateway}`,
      rows: { by: "tag", tag: "phase" },
      columns: [
        { title: "CPU time", figure: figureOf(CPU_PER_CHANGE) },
        { title: "allocated", figure: figureOf(ALLOCATED_PER_CHANGE) },
      ],
    };
  });
}
