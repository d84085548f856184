/**
 * propagation: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { TableSpec } from "../../../core/judge/table_spec.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { Measures } from "../../../core/run/measures.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { SOCKETS_OF_A_POOL } from "../answers/asker_pool.ts";
import { arrivalsOf } from "../frame/arrivals.ts";
import { connectionsOf } from "../frame/connections.ts";
import type { GatewayProbe } from "../frame/gateway_probe.ts";
import { gatewayUse } from "../frame/gateway_use.ts";
import {
  ACCEPTED_AFTER,
  SERVED_AFTER_ACCEPTED,
  SERVED_LATE_THRESHOLDS,
  servedLateCauses,
  servedLateCounters,
} from "../frame/served_late.ts";
import type { PropagationFlags } from "./command.ts";
import { propagateRoutes } from "./propagation_run.ts";
import {
  PROPAGATE,
  PROPAGATE_OF_TENTH,
  PROPAGATE_STABLE,
  PROPAGATION_ERRORS,
  RECHECKS,
  REGRESSIONS,
  SERVED_BEFORE,
} from "./measured.ts";
import type { PropagationPart, PropagationPlan } from "./plan.ts";
import { RouteNumbers } from "./route_numbers.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function usePropagation(invocation: Identified<PropagationFlags>): ClusterUse {
  return gatewayUse(invocation, propagation(invocation));
}

/** Each is a default threshold, or tells more of one. */
function causesOf({ values: { limit } }: PropagationPlan): CauseSpec[] {
  return [
    {
      component: "API server",
      sign: "create.failed.count <= 0",
      because: "routes could not be created",
    },
    ...servedLateCauses(formatDuration(limit), "a new route"),
    {
      component: "data plane",
      sign: `${PROPAGATION_ERRORS}.total <= 0`,
      because: 'new routes were answered with errors before they were stable, not with "not found"',
    },
    {
      component: "data plane",
      sign: `${REGRESSIONS}.total <= 0`,
      because: "routes that were stable were answered with something else again",
    },
    {
      component: "data plane",
      sign: `${SERVED_BEFORE}.total <= 0`,
      because: "it served routes before they were made: what it serves is not what the cluster has",
    },
  ];
}

/** @throws {UsageError} for values of which no run can be made */
export function propagation(invocation: Identified<PropagationFlags>): GatewayProbe {
  const plan = planOf(invocation);
  const { values, arrivals, parts, numbers } = plan;
  const kinds = connectionsOf(values).length;
  const gateways = values.joined ? new Set(values.gateways).size : 1;
  return {
    name: "propagation",
    model: `${values.routes} routes at ${arrivals.label}${
      parts.length === 1 ? "" : `, alone and while others change at ${parts[1]!.churn!.label}`
    }`,
    mainOperation: "create",
    defaultThresholds: thresholdsOf(plan),
    causes: causesOf(plan),
    tables: parts.map((part) => tableOf(part)),
    measures: (tags) => measuresOf(tags, plan),
    sections: sectionsOf(plan),
    objects: [{ kind: HTTP_ROUTES, mostAtOnce: numbers.mostAtOnce + 1 }],
    otherSockets: gateways * kinds * SOCKETS_OF_A_POOL,
    work: (scene) => propagateRoutes(scene, plan),
  };
}

function planOf({ values }: Identified<PropagationFlags>): PropagationPlan {
  const { "under-load": underLoad } = values;
  const arrivals = arrivalsOf(values.rate, "rate");
  const parts: PropagationPart[] = underLoad === undefined
    ? [{ stage: "alone", tags: {}, churn: undefined }]
    : [
      { stage: "alone", tags: { load: "none" }, churn: undefined },
      {
        stage: "under load",
        tags: { load: "churn" },
        churn: arrivalsOf(underLoad, "under-load"),
      },
    ];
  const numbers = new RouteNumbers({
    initial: values["initial-routes"],
    isChurned: underLoad !== undefined,
    routes: values.routes,
  });
  return { values, arrivals, parts, numbers };
}

function thresholdsOf({ values: { limit }, parts }: PropagationPlan): string[] {
  return [
    "create.failed.count <= 0",
    ...(parts.length === 1 ? [] : ["update.failed.count <= 0"]),
    `${PROPAGATE}.failed.count <= 0`,
    `${PROPAGATE_STABLE}.failed.count <= 0`,
    `${PROPAGATE}.max <= ${formatDuration(limit)}`,
    `${PROPAGATION_ERRORS}.total <= 0`,
    `${REGRESSIONS}.total <= 0`,
    `${SERVED_BEFORE}.total <= 0`,
    ...SERVED_LATE_THRESHOLDS,
  ];
}

function measuresOf(gateways: readonly string[], { values, parts }: PropagationPlan): Measures {
  const series = gateways.flatMap((gateway) => parts.map(({ tags }) => ({ gateway, ...tags })));
  return {
    counters: series.flatMap((tags) => [
      ...connectionsOf(values).flatMap((connection) =>
        [PROPAGATION_ERRORS, REGRESSIONS].map((name) => ({ name, tags: { ...tags, connection } }))
      ),
      { name: SERVED_BEFORE, tags },
      ...servedLateCounters(tags),
    ]),
    others: [
      PROPAGATE,
      PROPAGATE_STABLE,
      PROPAGATE_OF_TENTH,
      ACCEPTED_AFTER,
      SERVED_AFTER_ACCEPTED,
      RECHECKS,
    ],
  };
}

function sectionsOf({ values, arrivals, parts }: PropagationPlan): GatewayProbe["sections"] {
  const { "initial-routes": initial, limit, timeout, consecutive, interval } = values;
  return [
    { title: "routes", value: values.routes },
    { title: "arrivals", value: arrivals.label },
    { title: "routes before", value: initial },
    {
      title: "stages",
      value: parts.map(({ stage, churn }) =>
        churn === undefined ? stage : `${stage}: other routes change at ${churn.label}`
      ),
    },
    { title: "connections", value: connectionsOf(values) },
    {
      title: "stable",
      value: `${consecutive} good answers in a row, ${formatDuration(interval)} apart`,
    },
    { title: "late after", value: formatDuration(limit) },
    { title: "a wait runs out after", value: formatDuration(timeout) },
  ];
}

function tableOf({ stage, tags }: PropagationPart): TableSpec {
  const pairs = Object.entries(tags);
  const of = (metric: string, more: Tags = {}) => {
    const all = [...pairs, ...Object.entries(more)].map(([key, value]) => `${key}=${value}`);
    return all.length === 0 ? metric : `${metric}{${all.join(",")}}`;
  };
  const [first, last] = ["first", "last"].map((tenth) =>
    `${of(PROPAGATE_OF_TENTH, { tenth })}.p50`
  );
  return {
    title: `Propagation${pairs.length === 0 ? "" : `, ${stage}`}`,
    rows: { by: "tag", tag: "gateway" },
    columns: [
      ...["p50", "p90", "p99", "max"].map((stat) => ({
        title: stat,
        figure: `${of(PROPAGATE)}.${stat}`,
      })),
      { title: "stable p99", figure: `${of(PROPAGATE_STABLE)}.p99` },
      { title: "accepted p50", figure: `${of(ACCEPTED_AFTER)}.p50` },
      { title: "first tenth p50", figure: first! },
      { title: "last tenth p50", figure: last! },
      { title: "growth", figure: `${last} / ${first}` },
      { title: "errors", figure: `${of(PROPAGATION_ERRORS)}.total` },
      { title: "regressions", figure: `${of(REGRESSIONS)}.total` },
    ],
  };
}
