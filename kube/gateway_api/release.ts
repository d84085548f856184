/**
 * Which release of the Gateway API does a cluster have, and what is to be done where it does not serve a
 * kind?
 * Source: gateway-api, the annotations of its definitions (geps/gep-1324, release channels).
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import type { ClusterReader } from "../cluster.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, type KindName, resourceName } from "../resource.ts";
import { GATEWAY_GROUP, GATEWAYS } from "./kinds.ts";

const BUNDLE = "gateway.networking.k8s.io/bundle-version";
const CHANNEL = "gateway.networking.k8s.io/channel";
const INSTALL =
  "install it with: kubectl apply --server-side -f https://github.com/kubernetes-sigs/gateway-api/" +
  "releases/download/v1.5.1/standard-install.yaml";

/** A kind that the cluster does not serve. */
export interface UnservedKind {
  /** A sentence without its full stop. */
  readonly what: string;
  /** What to do, with the command. */
  readonly fix: string;
}

/** `v1.5.1 standard`; undefined: nobody says. */
export async function gatewayApiRelease(
  cluster: Pick<ClusterReader, "get">,
  signal: AbortSignal,
): Promise<string | undefined> {
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

/** What is to be said of a kind that is not served; undefined: it is none of the Gateway API. */
export async function unservedGatewayKind(
  cluster: Pick<ClusterReader, "get">,
  { apiVersion, kind }: KindName,
  signal: AbortSignal,
): Promise<UnservedKind | undefined> {
  if (!apiVersion.startsWith(`${GATEWAY_GROUP}/`)) return undefined;
  const release = await gatewayApiRelease(cluster, signal);
  const why = release === undefined ? "" : ` (installed is ${release}, which is too old)`;
  return { what: `The cluster does not serve ${kind} of ${apiVersion}${why}`, fix: INSTALL };
}
