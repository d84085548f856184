/**
 * Traefik v3.7.15, controller and data plane in one process: how it is started so that nothing
 * listens beyond one loopback address.
 * @module
 */

import { TRAEFIK_WHEEL } from "../wheels.ts";
import type { GatewayKind, GatewayLayout, GatewaySite } from "./kind.ts";

export const TRAEFIK: GatewayKind = {
  name: "traefik",
  controllerName: "traefik.io/gateway-controller",
  programs: { modules: [], wheels: [TRAEFIK_WHEEL] },
  portCount: 2,
  ownDefinitions: () => Promise.resolve([]),
  layout: (site) => Promise.resolve(layout(site)),
  // It connects to the Service's own address, which somebody must listen on.
  backendSpec: (address) => ({ clusterIP: address }),
};

function layout(site: GatewaySite): GatewayLayout {
  const { address, ports, kubeconfig, pace } = site;
  const [port, adminPort] = ports as readonly [number, number];
  const provider = "--providers.kubernetesgateway";
  const { throttleMs, qps } = pace;
  const adminUrl = `http://${address}:${adminPort}`;
  const args = [
    // It takes no path of a kubeconfig as a flag.
    `KUBECONFIG=${kubeconfig}`,
    site.program("traefik"),
    provider,
    `${provider}.statusaddress.ip=${address}`,
    `${provider}.nativelbbydefault`,
    ...(qps === undefined ? [] : [`${provider}.qps=${qps}`, `${provider}.burst=${2 * qps}`]),
    ...(throttleMs === undefined ? [] : [`--providers.providersthrottleduration=${throttleMs}ms`]),
    `--entrypoints.web.address=${address}:${port}`,
    `--entrypoints.traefik.address=${address}:${adminPort}`,
    "--ping",
    "--api.insecure",
    "--metrics.prometheus",
    "--global.checknewversion=false",
    "--global.sendanonymoususage=false",
    "--log.level=INFO",
  ];
  const metricsUrl = `${adminUrl}/metrics`;
  return {
    listenerPort: port,
    dataPlanePort: port,
    processes: [{ name: "traefik", command: "env", args, healthUrl: `${adminUrl}/ping` }],
    metricsUrls: { controller: metricsUrl, dataPlane: metricsUrl },
  };
}
