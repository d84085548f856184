/**
 * route-change: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import { UsageError } from "../../../core/errors.ts";
import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { TableSpec } from "../../../core/judge/table_spec.ts";
import type { Measures } from "../../../core/run/measures.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { connectionsOf } from "../frame/connections.ts";
import type { GatewayProbe } from "../frame/gateway_probe.ts";
import { parseServiceRef } from "../frame/gateway_ref.ts";
import { gatewayUse } from "../frame/gateway_use.ts";
import {
  ACCEPTED_AFTER,
  SERVED_AFTER_ACCEPTED,
  SERVED_LATE_THRESHOLDS,
  servedLateCauses,
  servedLateCounters,
} from "../frame/served_late.ts";
import type { RouteChangeFlags, RouteChangeValues } from "./command.ts";
import {
  CHANGE_SERVED,
  FAILED_ANSWERS,
  FAILURE_AFTER_CHANGE,
  FAILURE_BURST,
  LONGEST_GAP,
  RECONNECTS,
  REQUEST,
  SKIPPED_CHANGES,
  STALE_ANSWERS,
} from "./measured.ts";
import type { RouteChangePlan } from "./plan.ts";
import { changeRoute } from "./route_change_run.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useRouteChange(invocation: Identified<RouteChangeFlags>): ClusterUse {
  return gatewayUse(invocation, routeChange(invocation));
}

function causesOf({ limit }: RouteChangeValues): CauseSpec[] {
  return [
    {
      component: "API server",
      sign: "update.failed.count <= 0",
      because: "the route could not be changed",
    },
    {
      component: "data plane",
      sign: `${REQUEST}.failed.count <= 0`,
      because: "requests failed while the route was changed",
    },
    ...servedLateCauses(formatDuration(limit), "a change"),
  ];
}

/** @throws {UsageError} for values of which no run can be made */
export function routeChange({ values }: Identified<RouteChangeFlags>): GatewayProbe {
  const change = changeOf(values);
  const plan = { values, change };
  const { changes, period } = values;
  const gateways = values.joined ? new Set(values.gateways).size : 1;
  return {
    name: "route-change",
    model: `${changes} changes of ${WHAT[change]}, one each ${formatDuration(period)}`,
    mainOperation: REQUEST,
    defaultThresholds: [
      "served.failed.count <= 0",
      "update.failed.count <= 0",
      `${REQUEST}.failed.count <= 0`,
      `${CHANGE_SERVED}.failed.count <= 0`,
      `${CHANGE_SERVED}.max <= ${formatDuration(values.limit)}`,
      ...SERVED_LATE_THRESHOLDS,
    ],
    causes: causesOf(values),
    tables: [TABLE],
    measures: (tags) => measuresOf(tags, plan),
    sections: sectionsOf(plan),
    objects: [{ kind: HTTP_ROUTES, mostAtOnce: 2 }],
    otherSockets: gateways * connectionsOf(values).length * 2,
    work: (scene) => changeRoute(scene, plan),
  };
}

const WHAT = {
  filter: "a header",
  port: "a header and the Service's port",
  redirect: "where the route redirects",
} as const;

function changeOf(values: RouteChangeValues): RouteChangePlan["change"] {
  const { backend, "alternate-port": alternate } = values;
  const change = values.change ?? (backend === undefined ? "redirect" : "filter");
  if (change !== "redirect" && backend === undefined) {
    throw new UsageError(`--change ${change} changes a route to a Service: name it with --backend`);
  }
  if (change !== "port") {
    if (alternate === undefined) return change;
    throw new UsageError("--alternate-port goes with --change port only");
  }
  if (alternate === undefined) {
    throw new UsageError("--change port: give the other port of the Service with --alternate-port");
  }
  if (alternate === parseServiceRef(backend!).port) {
    throw new UsageError(
      `--alternate-port ${alternate} is the port of --backend: give another one`,
    );
  }
  return change;
}

function measuresOf(gateways: readonly string[], { values }: RouteChangePlan): Measures {
  return {
    counters: gateways.flatMap((gateway) => [
      ...connectionsOf(values).flatMap((connection) =>
        [FAILED_ANSWERS, STALE_ANSWERS, ...connection === "kept" ? [RECONNECTS] : []]
          .map((name) => ({ name, tags: { gateway, connection } }))
      ),
      { name: SKIPPED_CHANGES, tags: { gateway } },
      ...servedLateCounters({ gateway }),
    ]),
    others: [
      "served",
      "stable",
      REQUEST,
      CHANGE_SERVED,
      FAILURE_AFTER_CHANGE,
      FAILURE_BURST,
      LONGEST_GAP,
      ACCEPTED_AFTER,
      SERVED_AFTER_ACCEPTED,
    ],
  };
}

function sectionsOf({ values, change }: RouteChangePlan): GatewayProbe["sections"] {
  const { changes, period, backend, "alternate-port": alternate, limit, timeout } = values;
  return [
    { title: "changes", value: `${changes} of ${WHAT[change]}` },
    { title: "one each", value: formatDuration(period) },
    ...(change === "redirect" ? [] : [{
      title: "Service",
      value: change === "port" ? `${backend} and port ${alternate} by turns` : backend!,
    }]),
    { title: "clients", value: connectionsOf(values).map((kind) => `${kind}, back to back`) },
    { title: "late after", value: formatDuration(limit) },
    { title: "a wait runs out after", value: formatDuration(timeout) },
  ];
}

const TABLE: TableSpec = {
  title: "Route change",
  rows: { by: "tag", tag: "gateway" },
  columns: [
    { title: "requests", figure: `${REQUEST}.count` },
    { title: "failed fresh", figure: `${FAILED_ANSWERS}{connection=fresh}.total` },
    { title: "failed kept", figure: `${FAILED_ANSWERS}{connection=kept}.total` },
    { title: "bursts", figure: `${FAILURE_BURST}.count` },
    { title: "longest burst", figure: `${FAILURE_BURST}.max` },
    { title: "longest gap", figure: `${LONGEST_GAP}.max` },
    { title: "last failure after", figure: `${FAILURE_AFTER_CHANGE}.max` },
    { title: "served p50", figure: `${CHANGE_SERVED}.p50` },
    { title: "served max", figure: `${CHANGE_SERVED}.max` },
    { title: "accepted p50", figure: `${ACCEPTED_AFTER}.p50` },
    { title: "skipped", figure: `${SKIPPED_CHANGES}.total` },
    { title: "stale", figure: `${STALE_ANSWERS}.total` },
    { title: "reconnects", figure: `${RECONNECTS}.total` },
  ],
};
