/**
 * Does the cluster serve the Gateway API that probes need, and which release of it is installed?
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import {
  GATEWAY_CLASSES,
  GATEWAY_GROUP,
  GATEWAYS,
  HTTP_ROUTES,
} from "../../../kube/gateway_api/kinds.ts";
import { gatewayApiRelease, unservedGatewayKind } from "../../../kube/gateway_api/release.ts";
import { apiVersionOf, type Resource } from "../../../kube/resource.ts";
import { discover } from "../../../kube/server/discovery.ts";
import { retrying } from "../../../kube/set_up_retry.ts";

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
      const { what, fix } = (await unservedGatewayKind(cluster, name, signal))!;
      throw new CannotRunError(`${what}; ${fix}`, { cause: thrown });
    }
  }
  const release = await gatewayApiRelease(cluster, signal);
  if (release !== undefined) run.addFact("Gateway API", release);
}
