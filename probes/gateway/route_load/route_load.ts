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
import { OTHER_ROUTES_RIGHTS } from "../frame/other_routes.ts";
import { SERVED_CONCURRENCY } from "../frame/route_scale.ts";
import { FOREIGN_REWRITES } from "../frame/route_watch.ts";
import { ERRORS_BEFORE_SERVED } from "../frame/seen_answers.ts";
import type { RouteLoadFlags } from "./command.ts";
import { ALLOCATED_PER_CHANGE, CPU_PER_CHANGE } from "./component_costs.ts";
import type { ComponentSpec } from "./component_flags.ts";
import { componentRights } from "./component_sources.ts";
import { IDLE_WRITES } from "./rest.ts";
import { SKIPPED_CHANGES } from "./route_churn.ts";
import {
  DETACH_ALL,
  MISCOUNTED,
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

const API_SERVER = "API server";
const CONTROLLER = "controller";
const DATA_PLANE = "data plane";

/**
 * What has to hold, and whose fault it is if it does not: what explains others comes before them. A
 * count comes before the waits that ran out for it, of which a busy machine leaves doubt.
 */
const CAUSES: readonly CauseSpec[] = [
  // Where two fight for a status, all else follows from it.
  none(FOREIGN_REWRITES, "another controller", {
    because: "entries of one controller in a route's status were taken away by another one",
  }),
  ...["create", "update", "delete"].map((op) =>
    noneFailed(op, API_SERVER, { because: "writes of routes were refused, or not answered" })
  ),
  none(IDLE_WRITES, CONTROLLER, {
    because: "a Gateway's status was written while nothing was asked of it",
  }),
  none(UNSETTLED, CONTROLLER, {
    because: "routes have a status that is not about them as they are",
  }),
  noneFailed(SETTLE, CONTROLLER, {
    because: "statuses of routes were not about them as they are in time",
  }),
  noneFailed(SETTLE_ONE, CONTROLLER, {
    because: "the status of a route was not about its last change in time",
  }),
  none(MISCOUNTED, CONTROLLER, {
    because: "a listener went on counting other than it did before the routes came",
  }),
  noneFailed(DETACH_ALL, CONTROLLER, {
    because: "a listener did not count what it had counted before in time",
  }),
  none(UNSERVED, DATA_PLANE, {
    because: "sampled routes were not served as they are, or went on being served",
  }),
  noneFailed(SERVE_SAMPLE, DATA_PLANE, {
    because: "routes were not served as they are in time, or went on being served",
  }),
  ...["served", "stable"].map((op) =>
    noneFailed(op, DATA_PLANE, { because: "a change of a route was not served in time" })
  ),
  none(ERRORS_BEFORE_SERVED, DATA_PLANE, {
    because: "a route answered with errors while it was changed",
  }),
  none(SKIPPED_CHANGES, "controller or data plane", {
    because: "changes were due while each route still waited for its last one to take effect",
  }),
];

function none(
  counter: string,
  component: string,
  { because }: Pick<CauseSpec, "because">,
): CauseSpec {
  return { sign: `${counter}.total <= 0`, component, because };
}

function noneFailed(
  op: string,
  component: string,
  { because }: Pick<CauseSpec, "because">,
): CauseSpec {
  return { sign: `${op}.failed.count <= 0`, component, because };
}

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
      ...OTHER_ROUTES_RIGHTS,
      ...componentRights(components),
      ...(scale.simulated === undefined ? [] : endpointChurnRights(scale.simulated)),
    ],
    hasOwnDuration: true,
    otherSockets: SERVED_CONCURRENCY * new Set(values.gateways).size + components.length,
    work: (scene) => loadRoutes(scene, plan),
  };
}

/** Each sign is a threshold that holds by default. */
function causesOf({ endpointChurn }: RouteLoadPlan): readonly CauseSpec[] {
  return endpointChurn === undefined ? CAUSES : [
    ...CAUSES,
    noneFailed(UPDATE_ENDPOINTS, API_SERVER, {
      because: "writes of EndpointSlices were refused, or not answered",
    }),
  ];
}

function measuresOf(
  gateways: readonly string[],
  components: readonly ComponentSpec[],
): Measures {
  const used = components.map(({ gateway, name }) => ({ name, tags: { gateway } }));
  return allMeasures(usageMeasures(used), {
    counters: [
      ...gateways.flatMap((gateway) => [
        { name: IDLE_WRITES, tags: { gateway } },
        { name: ERRORS_BEFORE_SERVED, tags: { gateway } },
      ]),
      { name: SKIPPED_CHANGES },
    ],
    // Of these 0 says something only once they were looked at.
    others: [
      ...[SETTLE, SETTLE_ONE, SERVE_SAMPLE, DETACH_ALL, "served", "stable", UPDATE_ENDPOINTS],
      ...[UNSETTLED, UNSERVED, MISCOUNTED],
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
