/** HTTPRoute, as far as commands meet it. @module */

import { GATEWAY_GROUP, GATEWAYS, HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { SERVICES } from "../../../kube/resource.ts";
import type { Schema } from "../../kubernetes/discovery/schema.ts";
import { ruleOf } from "../../kubernetes/validation/known_rules.ts";
import { definitionOf } from "./definition.ts";

const HOSTNAME = "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
const ANY_PATH = { type: "PathPrefix", value: "/" };
const ANY_MATCH = [{ path: ANY_PATH }];

const PARENT: Schema = {
  required: ["name"],
  properties: { group: { default: GATEWAY_GROUP }, kind: { default: GATEWAYS.kind } },
};

const MATCH: Schema = {
  properties: {
    path: {
      default: ANY_PATH,
      properties: { type: { default: ANY_PATH.type }, value: { default: ANY_PATH.value } },
    },
    headers: { maxItems: 16, items: { properties: { type: { default: "Exact" } } } },
    queryParams: { maxItems: 16, items: { properties: { type: { default: "Exact" } } } },
  },
};

const FILTERS: Schema = {
  maxItems: 16,
  items: {
    required: ["type"],
    properties: { requestRedirect: { properties: { statusCode: { default: 302 } } } },
  },
};

const BACKEND: Schema = {
  required: ["name"],
  properties: {
    group: { default: SERVICES.group },
    kind: { default: SERVICES.kind },
    weight: { default: 1 },
    filters: FILTERS,
  },
  "x-kubernetes-validations": [ruleOf("servicePort")],
};

const RULE: Schema = {
  properties: {
    matches: { default: ANY_MATCH, maxItems: 64, items: MATCH },
    filters: FILTERS,
    backendRefs: { maxItems: 16, items: BACKEND },
  },
  "x-kubernetes-validations": [ruleOf("redirectAlone")],
};

export const HTTP_ROUTE_DEFINITION = definitionOf(HTTP_ROUTES, {
  schema: {
    required: ["spec"],
    properties: {
      spec: {
        properties: {
          hostnames: { maxItems: 16, items: { pattern: HOSTNAME } },
          parentRefs: {
            maxItems: 32,
            items: PARENT,
            "x-kubernetes-validations": [ruleOf("distinctParents")],
          },
          rules: {
            default: [{ matches: ANY_MATCH }],
            minItems: 1,
            maxItems: 16,
            items: RULE,
            "x-kubernetes-validations": [ruleOf("totalMatches")],
          },
        },
      },
      status: {
        properties: { parents: { maxItems: 32, items: { properties: { parentRef: PARENT } } } },
      },
    },
  },
});
