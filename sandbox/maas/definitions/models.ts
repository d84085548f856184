/**
 * LLMInferenceService, as far as commands meet it. Of MaaSSubscriptions there are none: this is an
 * installation with tiers.
 * Source: kserve/kserve, config/crd.
 * @module
 */

import { LLM_INFERENCE_SERVICES } from "../../../kube/kuadrant/kinds.ts";
import { customDefinition } from "../../custom_definition.ts";

export const MODEL_DEFINITION = customDefinition(LLM_INFERENCE_SERVICES, {
  shortNames: ["llmisvc"],
  schema: { properties: { spec: {}, status: {} } },
});
