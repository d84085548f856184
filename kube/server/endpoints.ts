/**
 * At which addresses do the API servers of a cluster answer, past any load balancer? As the cluster
 * itself publishes it; no address is tried.
 * @module
 */

import * as z from "zod";
import { formatAddress } from "../../core/net/address.ts";
import type { CallOptions, Cluster } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import type { KubeObject } from "../object.ts";
import { ENDPOINT_SLICES, ENDPOINTS } from "../resource.ts";
import { isNotFound } from "../status_error.ts";
import { answerOf } from "./answer_of.ts";

/** The Service of the API server itself. */
const SERVICE = { namespace: "default", name: "kubernetes" };

/** To read what {@link apiServerEndpoints} reads. */
export const ENDPOINT_RIGHTS: readonly NeededRight[] = [
  {
    verb: "list",
    kind: ENDPOINT_SLICES,
    namespace: SERVICE.namespace,
    onlyFor: "connections past a load balancer",
  },
];

const Ports = z.array(z.object({
  name: z.string().nullish(),
  port: z.number().nullish(),
  protocol: z.string().nullish(),
}));
type Ports = z.infer<typeof Ports>;

/** Source: Kubernetes API, discovery.k8s.io/v1 EndpointSlice; only what is used here. */
const EndpointSlice = z.object({
  addressType: z.string(),
  endpoints: z.array(z.object({
    addresses: z.array(z.string()),
    conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
  })).nullish(),
  ports: Ports.nullish(),
});

/** Source: Kubernetes API, v1 Endpoints; only what is used here. */
const Endpoints = z.object({
  subsets: z.array(z.object({
    addresses: z.array(z.object({ ip: z.string() })).nullish(),
    ports: Ports.nullish(),
  })).nullish(),
});

/**
 * `https://10.0.0.1:6443`, `https://[fd00::1]:6443`, ...: sorted, each once; none where the cluster
 * publishes none. From EndpointSlices; where they are not served or empty from the older Endpoints.
 */
export async function apiServerEndpoints(
  cluster: Cluster,
  options: CallOptions = {},
): Promise<string[]> {
  const fromSlices = await urlsOfSlices(cluster, options);
  const urls = fromSlices.length > 0 ? fromSlices : await urlsOfEndpoints(cluster, options);
  return [...new Set(urls)].sort();
}

async function urlsOfSlices(cluster: Cluster, options: CallOptions): Promise<string[]> {
  const { namespace, name } = SERVICE;
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = await orUndefined(
    cluster.list(ENDPOINT_SLICES, { ...options, namespace, labelSelector }),
  );
  return (slices?.items ?? []).flatMap(urlsOfSlice);
}

function urlsOfSlice(object: KubeObject): string[] {
  const { addressType, endpoints, ports } = answerOf(EndpointSlice, object, {
    what: "EndpointSlice",
    call: "a list of EndpointSlices",
  });
  if (addressType !== "IPv4" && addressType !== "IPv6") return [];
  // An absent condition is to be taken as ready (EndpointConditions, field ready).
  const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready ?? true);
  return urls(ready.flatMap(({ addresses }) => addresses), ports ?? []);
}

async function urlsOfEndpoints(cluster: Cluster, options: CallOptions): Promise<string[]> {
  const object = await orUndefined(cluster.get(ENDPOINTS, SERVICE, options));
  const { subsets } = answerOf(Endpoints, object ?? {}, {
    what: "Endpoints",
    call: "GET endpoints kubernetes",
  });
  return (subsets ?? []).flatMap(({ addresses, ports }) =>
    urls((addresses ?? []).map(({ ip }) => ip), ports ?? [])
  );
}

/** On the TCP port named https, else the first TCP port; none without one. */
function urls(hostnames: readonly string[], ports: Ports): string[] {
  const tcp = ports.filter(({ protocol }) => (protocol ?? "TCP") === "TCP");
  const port = (tcp.find(({ name }) => name === "https") ?? tcp[0])?.port ?? undefined;
  if (port === undefined) return [];
  return hostnames.map((hostname) => `https://${formatAddress({ hostname, port })}`);
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}
