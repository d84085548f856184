/**
 * The kinds with which models are served and sold, as far as commands meet them.
 * Sources: kserve/kserve, config/crd; opendatahub-io/models-as-a-service, maas-controller.
 * @module
 */

import { LLM_INFERENCE_SERVICES, MAAS_SUBSCRIPTIONS } from "../../../kube/kuadrant/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { customDefinition } from "../../custom_definition.ts";

const SCHEMA = { properties: { spec: {}, status: {} } };

export const MODEL_DEFINITIONS: readonly KubeObject[] = [
  customDefinition(LLM_INFERENCE_SERVICES, { shortNames: ["llmisvc"], schema: SCHEMA }),
  customDefinition(MAAS_SUBSCRIPTIONS, { schema: SCHEMA }),
];
