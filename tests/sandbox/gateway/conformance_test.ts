import { SystemClock } from "../../../core/load/clock.ts";
import { resolveTarget, systemWorld } from "../../../kube/config/target.ts";
import { type ClusterSession, connectCluster } from "../../../kube/connect.ts";
import { SANDBOX_USER } from "../../../sandbox/authentication.ts";
import { CONTROLLER_NAME, MANAGER } from "../../../sandbox/gateway/options.ts";
import {
  CLASS,
  LISTENER,
  START_BACKEND,
  START_GATEWAYS,
  START_NAMESPACE,
} from "../../../sandbox/gateway/start_objects.ts";
import type { GatewaySubject, GatewayTraits } from "../../conformance/gateway/subject.ts";
import { testGatewayConformance } from "../../conformance/gateway/suite.ts";
import { clusterValues } from "../../kube/scripted_world.ts";
import { GatewayCluster } from "../../support/gateway_cluster.ts";

/** Where real ones differ it is like Contour, but for twins, closed ports and Gateways of its class. */
const TRAITS: GatewayTraits = {
  manager: MANAGER,
  twin: "accepted",
  noEndpoints: { refs: "True/ResolvedRefs", outcome: 503 },
  deadBackend: 503,
  noRoutes: 404,
  unknownHost: "",
  withoutController: 200,
  statusLeads: false,
  failsOnNewPort: false,
  countsOtherHosts: true,
  shufflesConditions: false,
  takesAnyGateway: true,
};

let cluster: GatewayCluster | undefined;
let session: ClusterSession | undefined;

Deno.test.beforeAll(async () => {
  cluster = await GatewayCluster.start();
  const clock = new SystemClock();
  const values = clusterValues({ kubeconfig: cluster.kubeconfig });
  session = await connectCluster({
    identity: { runId: "conformance", command: "test" },
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
  });
});

Deno.test.afterAll(async () => {
  session?.[Symbol.dispose]();
  await cluster?.[Symbol.asyncDispose]();
});

function subject(): GatewaySubject {
  const { api, implementation } = cluster!;
  const port = implementation.ports[0]!;
  return {
    cluster: session!.cluster,
    traits: TRAITS,
    controllerName: CONTROLLER_NAME,
    className: CLASS,
    gateway: { namespace: START_NAMESPACE, name: START_GATEWAYS[0] },
    listener: LISTENER,
    listenerPort: port,
    address: "127.0.0.1",
    port,
    backend: START_BACKEND,
    bodyOf: (port) => `port=${port} `,
    backendSpec: (address) => ({ type: "ExternalName", externalName: address }),
    restartController: (whileDown) => implementation.restartController(whileDown),
    async ask(path, { method = "GET", body, contentType = "application/json" } = {}) {
      const response = await api.handle({
        method,
        path,
        headers: new Headers({ "content-type": contentType }),
        body: body === undefined ? "" : JSON.stringify(body),
        user: SANDBOX_USER,
        signal: new AbortController().signal,
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
  };
}

testGatewayConformance(subject, { label: "stand-in", connects: false });
