/** What does a use of churn do? Flags -> plan. Contacts nothing. @module */

import { UsageError } from "../../../core/errors.ts";
import type { ArrivalProcess } from "../../../core/load/arrival.ts";
import { formatDuration } from "../../../core/units.ts";
import { arrivalsOf } from "../frame/arrivals.ts";
import { type GatewayRef, parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import { type RouteScale, routeScale } from "../frame/route_scale.ts";
import type { ChurnValues } from "./command.ts";
import { wordsOf } from "./words.ts";

export interface ChurnPlan {
  readonly values: ChurnValues;
  readonly scale: RouteScale;
  /** From the beginning to the last checkpoint. */
  readonly durationMs: number;
  /** Of endpoints; undefined: there are none to change. */
  readonly endpointChurn: ArrivalProcess | undefined;
  readonly restart: RestartPlan | undefined;
}

export type RestartPlan =
  | { readonly kind: "command"; readonly text: string; readonly words: [string, ...string[]] }
  | { readonly kind: "deployment"; readonly text: string; readonly ref: GatewayRef };

/** @throws {UsageError} for values of which no run can be made */
export function churnPlan({ values }: { readonly values: ChurnValues }): ChurnPlan {
  const scale = routeScale({ values });
  const durationMs = values.checkpoints * values["checkpoint-period"];
  return {
    values,
    scale,
    durationMs,
    endpointChurn: scale.simulated === undefined ? undefined : endpointChurn(values, durationMs),
    restart: restartPlan(values),
  };
}

function endpointChurn(values: ChurnValues, durationMs: number): ArrivalProcess {
  const arrivals = arrivalsOf(values["endpoint-churn-rate"], "endpoint-churn-rate");
  if (arrivals.expectedBy(durationMs) >= 0.5) return arrivals;
  throw new UsageError(
    `--endpoint-churn-rate: nothing of ${arrivals.label} is due within the ` +
      `${formatDuration(durationMs)} of all checkpoints`,
  );
}

function restartPlan(
  { "restart-command": command, "restart-deployment": deployment }: ChurnValues,
): RestartPlan | undefined {
  if (command !== undefined && deployment !== undefined) {
    throw new UsageError(
      "--restart-command does not go with --restart-deployment: take one of them",
    );
  }
  if (command !== undefined) return { kind: "command", text: command, words: wordsOf(command) };
  if (deployment === undefined) return undefined;
  return { kind: "deployment", text: deployment, ref: parseGatewayRef(deployment, "a Deployment") };
}
