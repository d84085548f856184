/** GatewayClass, as far as commands meet it. @module */

import { GATEWAY_CLASSES } from "../../../kube/gateway_api/kinds.ts";
import { definitionOf, pendingStatus } from "./definition.ts";

export const GATEWAY_CLASS_DEFINITION = definitionOf(GATEWAY_CLASSES, {
  shortNames: ["gc"],
  schema: {
    required: ["spec"],
    properties: {
      spec: { required: ["controllerName"] },
      status: { default: pendingStatus(["Accepted"]) },
    },
  },
});
