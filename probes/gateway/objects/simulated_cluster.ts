/**
 * A cluster behind the routes that is only there as objects: Services without pods, their slices with
 * addresses that nobody has, and Nodes if they are asked for. Nothing is to be sent to them. Each
 * object goes by being deleted itself, whatever becomes of its namespace.
 * Source of the sizes and addresses: kgateway, test/e2e/features/loadtesting/vcluster_simulator.go.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import type { SimulatedSize } from "./profile.ts";
import type { BackendTarget } from "./route.ts";

/** Label and taint of a simulated Node. */
export const SIMULATED_LABEL = "scaletool.io/simulated";

/** Of each Service. */
export const SIMULATED_PORT = 80;
const TARGET_PORT = 8_080;
const ENDPOINTS_PER_SERVICE = 2;
/** Of the last part of an address: 0 and 255 may be a network and everybody in it. */
const HOSTS = 254;
const NETWORKS = 256;
/** From 10.244.0.1 to 10.255.255.254. */
const ADDRESSES = (NETWORKS - 244) * NETWORKS * HOSTS;

/** What all objects of a simulated cluster have. */
export interface SimulatedPlace {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Of one that is not called after its number, as its slice. */
interface Named {
  readonly name?: string;
}

/** @param index from 1 */
export function simulatedServiceName(index: number): string {
  return `sim-service-${padded(index)}`;
}

/** @param index from 1 */
export function simulatedNodeName(index: number): string {
  return `sim-node-${padded(index)}`;
}

function padded(index: number): string {
  return String(index).padStart(4, "0");
}

/** @param index of the route, from 1: the Services take turns */
export function simulatedBackend(
  index: number,
  { namespace, services }: { namespace: string } & Pick<SimulatedSize, "services">,
): BackendTarget {
  const service = simulatedServiceName((index - 1) % services + 1);
  return { kind: "backend", service, namespace, port: SIMULATED_PORT };
}

/** Without a selector: no controller writes slices for it. The server gives it an address. */
export function simulatedService(
  index: number,
  { namespace, labels, name = simulatedServiceName(index) }: SimulatedPlace & Named,
): KubeObject {
  return {
    metadata: { name, namespace, labels },
    spec: {
      type: "ClusterIP",
      ports: [{ name: "http", protocol: "TCP", port: SIMULATED_PORT, targetPort: TARGET_PORT }],
    },
  };
}

/**
 * Of the Service of the same number. Its endpoints are said to be ready: some controllers take those
 * of which nothing is said for ready, others do not.
 * @param place `servicesPerNode` absent: there are no simulated Nodes for them to be on
 */
export function simulatedSlice(
  index: number,
  { namespace, labels, name = simulatedServiceName(index), servicesPerNode }:
    & SimulatedPlace
    & Named
    & { readonly servicesPerNode?: number },
): KubeObject {
  const onNode = servicesPerNode === undefined
    ? {}
    : { nodeName: simulatedNodeName(Math.ceil(index / servicesPerNode)) };
  return {
    metadata: { name, namespace, labels: { ...labels, "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: simulatedEndpoints(index).map((endpoint) => ({ ...endpoint, ...onNode })),
    ports: [{ name: "http", protocol: "TCP", port: TARGET_PORT }],
  };
}

/**
 * Of the slice of this number, which have addresses that no other slice has. Numbers above those of
 * all slices make those that a slice is given later on; after 390,000 addresses come again.
 */
export function simulatedEndpoints(number: number) {
  const first = (number - 1) * ENDPOINTS_PER_SERVICE % ADDRESSES;
  return Array.from({ length: ENDPOINTS_PER_SERVICE }, (_, replica) => ({
    addresses: [endpointAddress(first + replica)],
    conditions: { ready: true },
  }));
}

/** 10.244.0.0/16, and the networks after it once that is full. @param index from 0 to 780,000 */
function endpointAddress(index: number): string {
  const network = Math.floor(index / HOSTS);
  return `10.${244 + Math.floor(network / NETWORKS)}.${network % NETWORKS}.${index % HOSTS + 1}`;
}

/**
 * Ready, but for nobody: cordoned and tainted, and without labels for architecture and system, so that
 * pods of DaemonSets which tolerate everything stay away. It is cluster-scoped, outlives its namespace,
 * and a cluster's node controller calls it unreachable after a while, since no kubelet renews it.
 * @param index from 1
 */
export function simulatedNode(index: number, labels: SimulatedPlace["labels"]): KubeObject {
  const name = simulatedNodeName(index);
  const resources = { cpu: "4", memory: "16Gi", pods: "110" };
  const own = { "kubernetes.io/hostname": name, [SIMULATED_LABEL]: "true" };
  return {
    metadata: { name, labels: { ...labels, ...own } },
    spec: {
      unschedulable: true,
      taints: [{ key: SIMULATED_LABEL, value: "true", effect: "NoSchedule" }],
    },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: "InternalIP", address: nodeAddress(index - 1) }],
      conditions: [{
        type: "Ready",
        status: "True",
        reason: "Simulated",
        message: "no machine is behind this node",
      }],
    },
  };
}

function nodeAddress(index: number): string {
  return `10.0.${Math.floor(index / HOSTS) % NETWORKS}.${index % HOSTS + 1}`;
}
