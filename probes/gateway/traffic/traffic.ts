/**
 * traffic: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import { givenLadder, ladderSections } from "../../../core/command/given_ladder.ts";
import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { TableSpec } from "../../../core/judge/table_spec.ts";
import { highestLevel } from "../../../core/ladder/ladder.ts";
import { formatBytes, formatDuration } from "../../../core/units.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { CONNECTION_WAIT } from "../answers/open_traffic.ts";
import type { GatewayProbe } from "../frame/gateway_probe.ts";
import { gatewayUse } from "../frame/gateway_use.ts";
import type { TrafficFlags, TrafficValues } from "./command.ts";
import { REQUEST, type TrafficPlan, trafficPlan } from "./traffic_plan.ts";
import { sendTraffic } from "./traffic_run.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useTraffic(invocation: Identified<TrafficFlags>): ClusterUse {
  return gatewayUse(invocation, traffic(invocation));
}

/** The waits for its route, before the first one. */
const WAITS = ["served", "stable"] as const;

/** Of one load; before a ladder the route has to be served, or there is no first rung. */
const NOT_SERVED: readonly CauseSpec[] = [
  {
    component: "API server",
    sign: "create.failed.count <= 0",
    because: "the route could not be made",
  },
  ...WAITS.map((op) => ({
    component: "controller or data plane",
    sign: `${op}.failed.count <= 0`,
    because: "the route was not served in time, so that nothing could be sent through it",
  })),
];
const NOT_ANSWERED: CauseSpec = {
  component: "data plane",
  sign: `${REQUEST}.failed.count <= 0`,
  because: "requests got no answer, or another one than that of their route",
};
/** Also where the data plane is slow: no more than so many requests can be asked of it at a time. */
const ALL_BUSY: CauseSpec = {
  component: "number of connections",
  sign: `${CONNECTION_WAIT}.p50 <= 0ms`,
  because:
    "more than half of the requests waited, as all connections were busy: whether the data " +
    "plane can do more shows only with more --connections",
};

const COLUMNS: TableSpec["columns"] = [
  { title: "answers", figure: `${REQUEST}.ok.count` },
  { title: "failed", figure: `${REQUEST}.failed.count` },
  { title: "answers/s", figure: `${REQUEST}.rate` },
  { title: "service p50", figure: `${REQUEST}.service.p50` },
  { title: "service p99", figure: `${REQUEST}.service.p99` },
  { title: "response p50", figure: `${REQUEST}.response.p50` },
  { title: "response p99", figure: `${REQUEST}.response.p99` },
  { title: "response max", figure: `${REQUEST}.response.max` },
];

/** Where each Gateway or rung has a stage of its own, a rate over all of them would be of none. */
function tableOf({ values, ladder }: TrafficPlan): TableSpec {
  const isByStage = ladder !== undefined || (!values.joined && new Set(values.gateways).size > 1);
  return {
    title: "Requests",
    rows: isByStage ? { by: "stage" } : { by: "tag", tag: "gateway" },
    columns: COLUMNS,
  };
}

/** @throws {UsageError} for values of which no run can be made */
export function traffic(invocation: Identified<TrafficFlags>): GatewayProbe {
  const { values } = invocation;
  const plan = trafficPlan(invocation);
  const { arrivals, ladder } = plan;
  const most = ladder === undefined
    ? values.connections
    : plan.at(highestLevel(ladder)).connections;
  const climbs = ladder === undefined ? "" : `, then more ${ladder.unit}`;
  const operations = ladder === undefined ? ["create", ...WAITS, REQUEST] : [REQUEST];
  return {
    name: "traffic",
    model: `open, ${arrivals.label} to each Gateway on ${connectionsText(values)}, ` +
      `${requestText(values)}${climbs}`,
    mainOperation: REQUEST,
    defaultThresholds: operations.map((op) => `${op}.failed.count <= 0`),
    causes: [...(ladder === undefined ? NOT_SERVED : []), NOT_ANSWERED, ALL_BUSY],
    tables: [tableOf(plan)],
    measures: () => ({ counters: [], others: [...WAITS, REQUEST, CONNECTION_WAIT] }),
    hasOwnDuration: true,
    ...givenLadder(values, ladder),
    sections: [
      { title: "requests", value: requestText(values) },
      { title: "connections", value: connectionsText(values) },
      ...(ladder === undefined
        ? [
          { title: "rate", value: arrivals.label },
          { title: "to each Gateway for", value: formatDuration(values.duration) },
        ]
        : ladderSections(ladder)),
    ],
    objects: [{ kind: HTTP_ROUTES, mostAtOnce: 1 }],
    otherSockets: most * (values.joined ? new Set(values.gateways).size : 1),
    work: (scene) => sendTraffic(scene, plan),
  };
}

function connectionsText({ connections }: TrafficValues): string {
  return `${connections} kept connection${connections === 1 ? "" : "s"}`;
}

function requestText({ payload, backend }: TrafficValues): string {
  const what = payload === 0 ? "GETs" : `POSTs of ${formatBytes(payload)}`;
  return `${what} of a route that ${backend === undefined ? "redirects" : `leads to ${backend}`}`;
}
