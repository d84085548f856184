/**
 * The policies of Kuadrant, as far as commands meet them.
 * Source: Kuadrant/kuadrant-operator, config/crd/bases.
 * @module
 */

import {
  AUTH_POLICIES,
  RATE_LIMIT_POLICIES,
  TOKEN_RATE_LIMIT_POLICIES,
} from "../../../kube/kuadrant/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { customDefinition } from "../../custom_definition.ts";

const SCHEMA = {
  properties: {
    spec: {
      required: ["targetRef"],
      properties: { targetRef: { required: ["group", "kind", "name"] } },
    },
    status: {},
  },
};
const LABELS = { "gateway.networking.k8s.io/policy": "inherited" };

export const POLICY_DEFINITIONS: readonly KubeObject[] = [
  [AUTH_POLICIES, ["ap"]] as const,
  [RATE_LIMIT_POLICIES, ["rlp"]] as const,
  [TOKEN_RATE_LIMIT_POLICIES, ["trlp"]] as const,
].map(([resource, shortNames]) => {
  const definition = customDefinition(resource, { shortNames, schema: SCHEMA });
  return { ...definition, metadata: { ...definition.metadata, labels: LABELS } };
});
