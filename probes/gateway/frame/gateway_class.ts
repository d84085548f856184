/**
 * Which controller is a Gateway's, and does it take Gateways of this class? Makes nothing.
 * Source: gateway-api, apis/v1/gatewayclass_types.go.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { conditionIn, conditionsOf, conditionText } from "../../../kube/condition.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import { GATEWAY_CLASSES } from "../../../kube/gateway_api/kinds.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isNotFound } from "../../../kube/status_error.ts";

/** Of one Gateway. */
export interface GatewayClass {
  readonly className: string;
  readonly controllerName: string;
  /**
   * What speaks against there being a controller of that name, for `...; CLAUSE`; empty: nothing. Some
   * never write the status of their class, so that it is no reason to give up.
   */
  readonly doubt: string;
}

/** @throws {CannotRunError} if there is no such class, or its controller refuses it */
export async function gatewayClass(
  { clock, rng, stopping: signal }: Run,
  cluster: ClusterReader,
  { className, tag }: { readonly className: string; readonly tag: string },
): Promise<GatewayClass> {
  try {
    const found = await retrying(
      () => cluster.get(GATEWAY_CLASSES, { name: className }, { signal }),
      { clock, rng: rng.fork("gateway class"), signal },
    );
    const controllerName = textOf(fieldsOf(found["spec"])["controllerName"]) ?? "";
    const accepted = conditionIn(conditionsOf(found["status"]), "Accepted");
    if (accepted?.status === "False") {
      throw new CannotRunError(
        `Gateway ${tag} is of class "${className}", which its controller ${controllerName} refuses: ` +
          conditionText(accepted),
      );
    }
    const doubt = accepted?.status === "True"
      ? ""
      : `no controller has accepted its class "${className}" either: does ${controllerName} run?`;
    return { className, controllerName, doubt };
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new CannotRunError(
      `Gateway ${tag} is of class "${className}", which there is none of: no controller will look ` +
        "at it; kubectl get gatewayclasses lists those that there are",
      { cause: thrown },
    );
  }
}
