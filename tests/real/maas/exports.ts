/**
 * What does a shell have to know to ask the model of a cluster, and to look at who decides about it?
 * Pure text.
 * @module
 */

import { MAAS } from "./objects.ts";
import type { MaasState } from "./state.ts";

/** Lines that a shell can evaluate; none without a chain. */
export function maasLines(state: MaasState | undefined): string {
  if (state === undefined) return "";
  const { host, address, port, tlsPort, model, modelPath, urls, hasLimits } = state;
  const limits = hasLimits
    ? `# limits: ${urls.limits}/metrics, ${urls.limits}/counters/NAMESPACE`
    : "# limits: skipped: no cargo; nothing limits requests";
  return `export MAAS_HOST=${host}
export MAAS_ADDRESS=${address}:${port}
export MAAS_TLS_ADDRESS=${address}:${tlsPort}
export MODEL_NAME=${model}
# the model answers at http://$MAAS_HOST${modelPath}/v1/chat/completions
# tokens are for the audience ${MAAS.audience}, of accounts in ${MAAS.gateway}-tier-TIER
# the gateway: ${urls.gateway}/stats/prometheus
# the auth service: ${urls.auth}/metrics
${limits}
# the model: ${urls.model}/metrics
`;
}
