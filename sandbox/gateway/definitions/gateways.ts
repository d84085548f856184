/** Gateway, as far as commands meet it. @module */

import { GATEWAY_GROUP, GATEWAYS } from "../../../kube/gateway_api/kinds.ts";
import { ruleOf } from "../../kubernetes/validation/known_rules.ts";
import { definitionOf, pendingStatus } from "./definition.ts";

const SAME_NAMESPACE = { from: "Same" };

export const GATEWAY_DEFINITION = definitionOf(GATEWAYS, {
  shortNames: ["gtw"],
  schema: {
    required: ["spec"],
    properties: {
      spec: {
        required: ["gatewayClassName", "listeners"],
        properties: {
          listeners: {
            minItems: 1,
            maxItems: 64,
            "x-kubernetes-validations": [ruleOf("distinctListeners")],
            items: {
              required: ["name", "port", "protocol"],
              properties: {
                allowedRoutes: {
                  default: { namespaces: SAME_NAMESPACE },
                  properties: {
                    kinds: { items: { properties: { group: { default: GATEWAY_GROUP } } } },
                    namespaces: {
                      default: SAME_NAMESPACE,
                      properties: { from: { default: SAME_NAMESPACE.from } },
                    },
                  },
                },
              },
            },
          },
        },
      },
      status: { default: pendingStatus(["Accepted", "Programmed"]) },
    },
  },
});
