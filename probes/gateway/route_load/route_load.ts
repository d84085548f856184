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
    op: SERVE_SAMPLE,
    component: "data plane",
    because: "routes were not served as they are in time, or went on being served",
  },
  ...["served", "stable"].map((op) => ({
    op,
    component: "data plane",
    because: "a change of a route was not served in time",
  })),
  {
    op: DETACH_ALL,
    component: "controller",
    because: "a listener did not count what it had counted before in time",
  },
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
  {
    counter: FOREIGN_REWRITES,
    component: "another controller",
    because: "entries of one controller in a route's status were taken away by another one",
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
    tables: [SETTLE_TABLE, ...costTables(components)],
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

const SETTLE_TABLE: TableSpec = {
  title: "Routes",
  rows: { by: "tag", tag: "gateway" },
  columns: [
    ...SETTLING_PHASES.map((phase) => ({
      title: `${phase}: settled after`,
      figure: `${SETTLE}{phase=${phase}}.max`,
    })),
    { title: "remove: uncounted after", figure: `${DETACH_ALL}.max` },
    ...PHASES.map((phase) => ({
      title: `${phase}: sample right after`,
      figure: `${SERVE_SAMPLE}{phase=${phase}}.max`,
    })),
    { title: "one change settled p50", figure: `${SETTLE_ONE}.p50` },
    { title: "one change served p50", figure: "served.p50" },
  ],
};

/** For each component that is looked at. */
function costTables(components: readonly ComponentSpec[]): TableSpec[] {
  const names = [...new Set(components.map(({ name }) => name))];
  return names.map((component) => {
    const title = component === "combined" ? "controller and data plane, combined" : component;
    const ofPhase = (metric: string, phase: Phase) =>
      `${metric}{component=${component},phase=${phase}}.mean`;
    return {
      title: `Cost of a change: ${title}`,
      rows: { by: "tag", tag: "gateway" },
      columns: [
        ...PHASES.map((phase) => ({
          title: `${phase}: CPU`,
          figure: ofPhase(CPU_PER_CHANGE, phase),
        })),
        ...PHASES.map((phase) => ({
          title: `${phase}: allocated`,
          figure: ofPhase(ALLOCATED_PER_CHANGE, phase),
        })),
        { title: "cores mean", figure: `componentCpuCores{component=${component}}.mean` },
        { title: "memory max", figure: `componentMemoryBytes{component=${component}}.max` },
      ],
    };
  });
}
