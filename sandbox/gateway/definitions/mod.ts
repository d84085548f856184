/** The definitions of the Gateway API that the sandbox has. @module */

import type { KubeObject } from "../../../kube/object.ts";
import { GATEWAY_CLASS_DEFINITION } from "./gateway_classes.ts";
import { GATEWAY_DEFINITION } from "./gateways.ts";
import { HTTP_ROUTE_DEFINITION } from "./http_routes.ts";
import { REFERENCE_GRANT_DEFINITION } from "./reference_grants.ts";

export const DEFINITIONS: readonly KubeObject[] = [
  GATEWAY_CLASS_DEFINITION,
  GATEWAY_DEFINITION,
  HTTP_ROUTE_DEFINITION,
  REFERENCE_GRANT_DEFINITION,
];
