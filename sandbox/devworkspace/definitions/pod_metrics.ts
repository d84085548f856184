/**
 * What a metrics server says of pods. A real one is a server of its own behind the API server, which
 * answers reads alone; here they are objects like others, which the stand-in writes.
 * Source: kubernetes/metrics, pkg/apis/metrics/v1beta1.
 * @module
 */

import { POD_METRICS } from "../../../kube/component/pod_usage.ts";
import { customDefinition } from "../../custom_definition.ts";

export const POD_METRICS_DEFINITION = customDefinition(POD_METRICS, {
  annotations: { "api-approved.kubernetes.io": "unapproved, of a sandbox" },
  schema: { properties: { containers: {}, timestamp: {}, window: {} } },
});
