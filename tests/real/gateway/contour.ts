/**
 * Contour v1.33.8 with Envoy v1.40.0 as its data plane: how they are started so that nothing listens
 * beyond one loopback address, and several of them run side by side.
 * @module
 */

import { join } from "node:path";
import { CannotRunError } from "../../../core/errors.ts";
import { sourcesOf } from "../go_command.ts";
import { CONTOUR_MODULE } from "../go_modules.ts";
import { ENVOY_WHEEL } from "../wheels.ts";
import type { GatewayKind, GatewayLayout, GatewaySite } from "./kind.ts";

/** What Contour adds to a listener's port to have the one that Envoy binds. */
const PORT_OFFSET = 8_000;
/** More than a test cluster needs; the client's own default is 5 a second. */
const DEFAULT_QPS = 200;

export const CONTOUR: GatewayKind = {
  name: "contour",
  controllerName: "projectcontour.io/gateway-controller",
  programs: { modules: [CONTOUR_MODULE], wheels: [ENVOY_WHEEL] },
  portCount: 5,
  ownDefinitions: async () => {
    const sources = await sourcesOf("github.com/projectcontour/contour", CONTOUR_MODULE.name);
    return [join(sources, "examples/contour/01-crds.yaml")];
  },
  layout,
  // A ClusterIP leads Contour to EndpointSlices, which may not hold loopback addresses.
  backendSpec: (address) => ({ type: "ExternalName", externalName: address }),
};

async function layout(site: GatewaySite): Promise<GatewayLayout> {
  const { address } = site;
  const [dataPlanePort, xdsPort, httpPort, , statsPort] = site.ports as Ports;
  writeConfig(site);
  await writeBootstrap(site, xdsPort);
  return {
    listenerPort: dataPlanePort - PORT_OFFSET,
    dataPlanePort,
    processes: [
      {
        name: "contour",
        command: site.program("contour"),
        args: contourArgs(site),
        healthUrl: `http://${address}:${httpPort}/healthz`,
      },
      {
        name: "envoy",
        command: site.program("envoy"),
        args: envoyArgs(site),
        healthUrl: `http://${address}:${statsPort}/ready`,
      },
    ],
    metricsUrls: {
      controller: `http://${address}:${httpPort}/metrics`,
      dataPlane: `http://${address}:${statsPort}/stats/prometheus`,
    },
  };
}

/** Of the data plane, xDS, metrics and health, profiles, and Envoy's metrics. */
type Ports = readonly [number, number, number, number, number];

function contourArgs(site: GatewaySite): string[] {
  const { address, ports } = site;
  const [, xdsPort, httpPort, debugPort, statsPort] = ports as Ports;
  const { qps = DEFAULT_QPS } = site.pace;
  return [
    "serve",
    `--kubeconfig=${site.kubeconfig}`,
    `--config-path=${configFile(site)}`,
    "--disable-leader-election",
    "--insecure",
    ...["tlsroutes", "tcproutes", "backendtlspolicies"].map((kind) => `--disable-feature=${kind}`),
    `--kubernetes-client-qps=${qps}`,
    `--kubernetes-client-burst=${2 * qps}`,
    ...listen("xds", address, xdsPort),
    ...listen("http", address, httpPort),
    ...listen("health", address, httpPort),
    ...listen("debug-http", address, debugPort),
    ...listen("stats", address, statsPort),
    // Without it a Gateway is Programmed and has no address.
    `--ingress-status-address=${address}`,
    `--envoy-service-http-address=${address}`,
    `--envoy-service-https-address=${address}`,
    "--envoy-http-access-log=/dev/null",
  ];
}

function envoyArgs(site: GatewaySite): string[] {
  return [
    // It takes no "=".
    ...["--config-path", bootstrapFile(site)],
    ...["--service-cluster", "contour"],
    ...["--service-node", "envoy"],
    ...["--concurrency", "1"],
    ...["--log-level", "warn"],
    // It takes a number and shared memory that all on the machine would share.
    "--disable-hot-restart",
  ];
}

function listen(what: string, address: string, port: number): string[] {
  return [`--${what}-address=${address}`, `--${what}-port=${port}`];
}

function writeConfig(site: GatewaySite): void {
  const config = {
    gateway: { gatewayRef: { namespace: site.namespace, name: site.gateway } },
    enableExternalNameService: true,
    // Otherwise Envoy's admin pages are at 127.0.0.1:9001, for one Contour on the machine. The 0 that
    // Contour's documentation names for "none" is taken for the default.
    network: { "admin-port": -1 },
  };
  // Every JSON is a YAML.
  Deno.writeTextFileSync(configFile(site), JSON.stringify(config));
}

/** What Envoy has to know to ask Contour for the rest. */
async function writeBootstrap(site: GatewaySite, xdsPort: number): Promise<void> {
  const { success, stderr } = await new Deno.Command(site.program("contour"), {
    args: [
      "bootstrap",
      bootstrapFile(site),
      // Relative to Envoy's working directory: the path of a socket has 107 bytes at most.
      "--admin-address=gateway/envoy.sock",
      ...listen("xds", site.address, xdsPort),
      `--namespace=${site.namespace}`,
    ],
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  const text = new TextDecoder().decode(stderr).trimEnd();
  throw new CannotRunError(`Cannot set up Envoy: contour bootstrap failed:\n${text}`);
}

function configFile({ dir }: GatewaySite): string {
  return dir.path("gateway/contour.yaml");
}

function bootstrapFile({ dir }: GatewaySite): string {
  return dir.path("gateway/envoy.json");
}
