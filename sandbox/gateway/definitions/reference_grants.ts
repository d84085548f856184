/** ReferenceGrant, as far as commands meet it. @module */

import { REFERENCE_GRANTS } from "../../../kube/gateway_api/kinds.ts";
import { definitionOf } from "./definition.ts";

export const REFERENCE_GRANT_DEFINITION = definitionOf(REFERENCE_GRANTS, {
  shortNames: ["refgrant"],
  otherVersions: ["v1"],
  schema: {
    properties: {
      spec: {
        required: ["from", "to"],
        properties: {
          from: { minItems: 1, maxItems: 16, items: { required: ["group", "kind", "namespace"] } },
          to: { minItems: 1, maxItems: 16, items: { required: ["group", "kind"] } },
        },
      },
    },
  },
});
