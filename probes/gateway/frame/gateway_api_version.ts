/**
 * Does the cluster serve the Gateway API that probes need, and which release of it is installed?
 * Source: gateway-api, the annotations of its definitions (geps/gep-1324, release channels).
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import {
  GATEWAY_CLASSES,
  GATEWAY_GROUP,
  GATEWAYS,
  HTTP_ROUTES,
} from "../../../kube/gateway_api/kinds.ts";
import {
  apiVersionOf,
  CUSTOM_RESOURCE_DEFINITIONS,
  type Resource,
  resourceName,
} from "../../../kube/resource.ts";
import { discover } from "../../../kube/server/discovery.ts";
import { retrying } from "../../../kube/set_up_retry.ts";

const BUNDLE = "gateway.networking.k8s.io/bundle-version";
const CHANNEL = "gateway.networking.k8s.io/channel";
const INSTALL =
  "install it with: kubectl apply --server-side -f https://github.com/kubernetes-sigs/gateway-api/" +
  "releases/download/v1.5.1/standard-install.yaml";

/**
 * Says which release it is, as far as the user may look.
 * @param kinds that are going to be made; of those of other groups nothing is asked
 * @throws {CannotRunError} naming what is not served, and how to get it
 */
export async function requireGatewayApi(
  run: Run,
  cluster: Cluster,
  kinds: Iterable<Resource>,
): Promise<void> {
  const { clock, rng, stopping: signal } = run;
  const retry = { clock, rng: rng.fork("gateway api"), signal };
  const needed = [...kinds].filter(({ group }) => group === GATEWAY_GROUP);
  for (const kind of new Set([GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES, ...needed])) {
    const name = { apiVersion: apiVersionOf(kind), kind: kind.kind };
    try {
      await retrying(() => discover(cluster, name, { signal }), retry);
    } catch (thrown) {
      if (!(thrown instanceof CannotRunError)) throw thrown;
      const release = await releaseOf(cluster, signal);
      const why = release === undefined ? "" : ` (installed is ${release}, which is too old)`;
      throw new CannotRunError(
        `The cluster does not serve ${kind.kind} of ${name.apiVersion}${why}; ${INSTALL}`,
        { cause: thrown },
      );
    }
  }
  const release = await releaseOf(cluster, signal);
  if (release !== undefined) run.addFact("Gateway API", release);
}

/** `v1.5.1 standard`; undefined: nobody says. */
async function releaseOf(cluster: Cluster, signal: AbortSignal): Promise<string | undefined> {
  try {
    const name = resourceName(GATEWAYS);
    const { metadata } = await cluster.get(CUSTOM_RESOURCE_DEFINITIONS, { name }, { signal });
    const { [BUNDLE]: bundle, [CHANNEL]: channel } = metadata.annotations ?? {};
    return bundle === undefined ? undefined : [bundle, channel].filter(Boolean).join(" ");
  } catch (thrown) {
    if (thrown instanceof OperationFailedError) return undefined;
    throw thrown;
  }
}
