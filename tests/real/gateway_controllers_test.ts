import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { resolveTarget, systemWorld } from "../../kube/config/target.ts";
import { type ClusterSession, connectCluster } from "../../kube/connect.ts";
import {
  CONTOUR_TRAITS,
  type GatewaySubject,
  type GatewayTraits,
  TRAEFIK_TRAITS,
} from "../conformance/gateway/subject.ts";
import { testGatewayConformance, testJoinedConformance } from "../conformance/gateway/suite.ts";
import { clusterValues } from "../kube/scripted_world.ts";
import { CONTOUR } from "./gateway/contour.ts";
import { gatewaysOfFile } from "./gateway/gateways_of_file.ts";
import { GATEWAY_NAMES, type GatewayKind } from "./gateway/kind.ts";
import { TRAEFIK } from "./gateway/traefik.ts";
import { listeningAddresses } from "./listeners.ts";

/** Traefik with its limits taken away: with them each wait takes 2 s, and nothing else is different. */
const UNLIMITED = { qps: 1_000, throttleMs: 10 };
const { ignore, plane, gateway } = await gatewaysOfFile({ traefik: UNLIMITED });
const clock = new SystemClock();

let session: ClusterSession | undefined;

Deno.test.beforeAll(async () => {
  if (ignore) return;
  const values = clusterValues({ kubeconfig: plane().kubeconfig("load") });
  session = await connectCluster({
    identity: { runId: "conformance", command: "test" },
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
  });
});

Deno.test.afterAll(() => session?.[Symbol.dispose]());

/** The subject is for the bodies of tests only. */
function subjectOf(kind: GatewayKind, traits: GatewayTraits): () => GatewaySubject {
  return () => {
    const real = gateway(kind.name);
    const { namespace, gateway: name, listener, listenerPort, address, port, backend } = real.state;
    return {
      cluster: session!.cluster,
      traits,
      controllerName: kind.controllerName,
      className: kind.name,
      gateway: { namespace, name },
      listener,
      listenerPort,
      address,
      port,
      backend,
      bodyOf: (port) => `port=${port} `,
      backendSpec: kind.backendSpec,
      restartController: (whileDown) => real.restartController({ whileDown }),
      async ask(path, { method, body, contentType } = {}) {
        const answer = await plane().request("load", path, {
          ...(method === undefined ? {} : { method }),
          ...(body === undefined ? {} : { body }),
          ...(contentType === undefined ? {} : { contentType }),
        });
        return { ...answer, text: JSON.stringify(answer.body) };
      },
    };
  };
}

const contour = subjectOf(CONTOUR, CONTOUR_TRAITS);
const traefik = subjectOf(TRAEFIK, TRAEFIK_TRAITS);

Deno.test("gateways listen on loopback addresses of their own only", { ignore }, () => {
  for (const name of GATEWAY_NAMES) {
    const { pids: { controller, dataPlane }, state: { address } } = gateway(name);
    const addresses = [controller, dataPlane].flatMap(listeningAddresses);
    assert.deepEqual(new Set(addresses), new Set([address]));
  }
});

testGatewayConformance(contour, { label: "contour", ignore });
testGatewayConformance(traefik, { label: "traefik", ignore });
testJoinedConformance(() => [contour(), traefik()], { label: "joined", ignore });
