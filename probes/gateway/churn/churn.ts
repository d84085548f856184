/**
 * churn: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { TableSpec } from "../../../core/judge/table_spec.ts";
import type { Measures } from "../../../core/run/measures.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { ENDPOINT_SLICES, type Resource, SERVICES } from "../../../kube/resource.ts";
import { connectionsOf } from "../frame/connections.ts";
import { endpointChurnRights, UPDATE_ENDPOINTS } from "../frame/endpoint_churn.ts";
import { FAILED_ANSWERS } from "../frame/failed_answers.ts";
import type { GatewayProbe } from "../frame/gateway_probe.ts";
import { gatewayUse } from "../frame/gateway_use.ts";
import { ERRORS_BEFORE_SERVED } from "../frame/seen_answers.ts";
import {
  ACCEPTED_AFTER,
  SERVED_AFTER_ACCEPTED,
  servedLateCauses,
  servedLateCounters,
} from "../frame/served_late.ts";
import { type ChurnPlan, churnPlan } from "./churn_plan.ts";
import { churnRoutes } from "./churn_run.ts";
import type { ChurnFlags } from "./command.ts";
import {
  CHECKPOINT,
  FIRST_SERVED,
  LONGEST_GAP,
  RECONNECTS,
  RECOVERY,
  REQUEST,
  RESTART,
} from "./measured.ts";
import { deploymentRights } from "../../../kube/rollout/restart_deployment.ts";
import { requireProgram } from "./restart_command.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useChurn(invocation: Identified<ChurnFlags>): ClusterUse {
  return gatewayUse(invocation, churn(invocation));
}

/** Beside the stable route: one to nowhere, one to nobody, and those of two cycles. */
const FURTHER_ROUTES = 5;
const FURTHER_SERVICES = 3;

/** @throws {UsageError} for values of which no run can be made */
export function churn(invocation: Identified<ChurnFlags>): GatewayProbe {
  const { values } = invocation;
  const plan = churnPlan(invocation);
  const { scale, restart } = plan;
  if (restart?.kind === "command") requireProgram(restart.words);
  const gateways = values.joined ? new Set(values.gateways).size : 1;
  return {
    name: "churn",
    model: modelOf(plan),
    mainOperation: REQUEST,
    defaultThresholds: thresholdsOf(plan),
    causes: causesOf(plan),
    tables: [TABLE, ...(restart === undefined ? [] : [RESTART_TABLE])],
    measures: (tags) => measuresOf(tags, plan),
    sections: sectionsOf(plan),
    objects: objectsOf(plan),
    scale,
    rights: [
      ...(scale.simulated === undefined ? [] : endpointChurnRights(scale.simulated)),
      ...(restart?.kind === "deployment" ? deploymentRights(restart.ref) : []),
    ],
    hasOwnDuration: true,
    otherSockets: gateways * (connectionsOf(values).length + 1),
    work: (scene) => churnRoutes(scene, plan),
  };
}

function modelOf({ values, endpointChurn }: ChurnPlan): string {
  const around = [
    `a new route each ${formatDuration(values["cycle-period"])}`,
    ...(endpointChurn === undefined ? [] : [`${endpointChurn.label} changes of endpoints`]),
  ];
  return `a stable route asked for each ${
    formatDuration(values.interval)
  } among ${values.routes} ` +
    `others, ${around.join(", ")}`;
}

/** Beside those of the scale. */
function objectsOf({ scale, values: { namespace } }: ChurnPlan): GatewayProbe["objects"] {
  const own: readonly [Resource, number][] = [
    [SERVICES, FURTHER_SERVICES],
    [ENDPOINT_SLICES, FURTHER_SERVICES - 1],
    [HTTP_ROUTES, FURTHER_ROUTES],
  ];
  return [
    ...scale.objects,
    ...own.map(([kind, mostAtOnce]) => ({ kind, mostAtOnce, namespaces: [namespace] })),
  ];
}

/** No operation may fail, and what is told apart by whose doing it is has to be none. */
function thresholdsOf(plan: ChurnPlan): string[] {
  const { restart, endpointChurn } = plan;
  const operations = [
    ...["create", "delete"],
    ...(endpointChurn === undefined ? [] : [UPDATE_ENDPOINTS]),
    ...[FIRST_SERVED, REQUEST, CHECKPOINT, "served", "stable"],
    ...(restart === undefined ? [] : [RESTART, RECOVERY]),
  ].map((op) => `${op}.failed.count <= 0`);
  const amounts = causesOf(plan).map(({ sign }) => sign).filter((sign) => sign.endsWith(" <= 0"));
  return [...new Set([...operations, ...amounts])];
}

function causesOf(plan: ChurnPlan): CauseSpec[] {
  const { values, restart, endpointChurn } = plan;
  const failed = (op: string, component: string, because: string) => ({
    sign: `${op}.failed.count <= 0`,
    component,
    because,
  });
  const unanswered = (during: string, component: string, because: string) => ({
    sign: `${FAILED_ANSWERS}{during=${during}}.total <= 0`,
    component,
    because,
  });
  const ofRestart = [
    failed(RESTART, "restart", "the controller could not be restarted as asked"),
    unanswered(
      "restart",
      "controller restart",
      "the stable route was not answered from the restart until new routes were served again",
    ),
    failed(
      RECOVERY,
      "controller restart",
      "no route that was made after the restart was served in time",
    ),
  ];
  return [
    ...["create", "delete", ...(endpointChurn === undefined ? [] : [UPDATE_ENDPOINTS])]
      .map((op) => failed(op, "API server", "writes were refused, or not answered")),
    unanswered(
      "churn",
      "data plane",
      "the stable route was not answered while others came and went",
    ),
    failed(CHECKPOINT, "data plane", "the stable route did not answer at a checkpoint in time"),
    ...servedLateCauses(formatDuration(values["serve-within"]), "a new route"),
    ...(restart === undefined ? [] : ofRestart),
  ];
}

function measuresOf(gateways: readonly string[], { values, restart }: ChurnPlan): Measures {
  const during = ["churn", ...(restart === undefined ? [] : ["restart"])];
  return {
    counters: gateways.flatMap((gateway) => [
      ...connectionsOf(values).flatMap((connection) => [
        ...during.map((during) => ({
          name: FAILED_ANSWERS,
          tags: { gateway, connection, during },
        })),
        ...(connection === "kept" ? [{ name: RECONNECTS, tags: { gateway, connection } }] : []),
      ]),
      { name: ERRORS_BEFORE_SERVED, tags: { gateway } },
      ...servedLateCounters({ gateway }),
    ]),
    others: [
      ...[REQUEST, FIRST_SERVED, CHECKPOINT, LONGEST_GAP, "served", "stable", UPDATE_ENDPOINTS],
      ...[ACCEPTED_AFTER, SERVED_AFTER_ACCEPTED],
      ...(restart === undefined ? [] : [RESTART, RECOVERY]),
    ],
  };
}

function sectionsOf(plan: ChurnPlan): GatewayProbe["sections"] {
  const { values, scale, endpointChurn, restart } = plan;
  const { checkpoints, "checkpoint-period": period } = values;
  return [
    { title: "checkpoints", value: `${checkpoints}, one each ${formatDuration(period)}` },
    { title: "clients", value: connectionsOf(values).map((kind) => `${kind} connections`) },
    { title: "a new route each", value: formatDuration(values["cycle-period"]) },
    { title: "served within", value: formatDuration(values["serve-within"]) },
    {
      title: "endpoint changes",
      value: endpointChurn?.label ?? "none: --simulate none leaves no endpoints to change",
    },
    {
      title: "restart",
      value: restart?.text ?? "none: say how with --restart-deployment or --restart-command",
    },
    ...scale.sections,
  ];
}

const TABLE: TableSpec = {
  title: "Stable route",
  rows: { by: "tag", tag: "gateway" },
  columns: [
    { title: "checkpoints", figure: `${CHECKPOINT}.ok.count` },
    { title: "missed", figure: `${CHECKPOINT}.failed.count` },
    { title: "requests", figure: `${REQUEST}.count` },
    { title: "failed", figure: `${FAILED_ANSWERS}.total` },
    { title: "longest gap", figure: `${LONGEST_GAP}.max` },
    { title: "reconnects", figure: `${RECONNECTS}.total` },
    { title: "new routes", figure: "served.ok.count" },
    { title: "served p50", figure: "served.p50" },
    { title: "served max", figure: "served.max" },
    { title: "errors before", figure: `${ERRORS_BEFORE_SERVED}.total` },
  ],
};

const RESTART_TABLE: TableSpec = {
  title: "Restart",
  rows: { by: "tag", tag: "gateway" },
  columns: [
    { title: "failed meanwhile", figure: `${FAILED_ANSWERS}{during=restart}.total` },
    { title: "new routes served again after", figure: `${RECOVERY}.max` },
  ],
};
