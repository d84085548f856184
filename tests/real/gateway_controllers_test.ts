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
import { ControlPlane } from "./control_plane.ts";
import { CONTOUR } from "./gateway/contour.ts";
import type { GatewayKind } from "./gateway/kind.ts";
import {
  type RealGateway,
  requireGateways,
  startContour,
  startTraefik,
} from "./gateway/real_gateway.ts";
import { TRAEFIK } from "./gateway/traefik.ts";
import { listeningAddresses } from "./listeners.ts";

/** Traefik with its limits taken away: with them each wait takes 2 s, and nothing else is different. */
const UNLIMITED = { qps: 1_000, throttleMs: 10 };
const ignore = !await requireGateways("contour", "traefik");
const clock = new SystemClock();

let plane: ControlPlane | undefined;
let session: ClusterSession | undefined;
let contour: RealGateway | undefined;
let traefik: RealGateway | undefined;

Deno.test.beforeAll(async () => {
  if (ignore) return;
  plane = await ControlPlane.start({ without: ["kcm", "scheduler", "kwok", "wardle"] });
  contour = await startContour(plane);
  traefik = await startTraefik(plane, UNLIMITED);
  const values = clusterValues({ kubeconfig: plane.kubeconfig("load") });
  session = await connectCluster({
    identity: { runId: "conformance", command: "test" },
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
  });
});

Deno.test.afterAll(async () => {
  session?.[Symbol.dispose]();
  await plane?.[Symbol.asyncDispose]();
});

/** @param gateway for the bodies of tests only */
function subjectOf(
  gateway: () => RealGateway,
  { kind, traits }: { kind: GatewayKind; traits: GatewayTraits },
): () => GatewaySubject {
  return () => {
    const { namespace, gateway: name, listener, listenerPort, address, port, backend } =
      gateway().state;
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
      backendSpec: kind.backendSpec,
      restartController: (whileDown) =>
        gateway().restartController(whileDown === undefined ? {} : { whileDown }),
      async ask(path, { method, body, contentType } = {}) {
        const answer = await plane!.request("load", path, {
          ...(method === undefined ? {} : { method }),
          ...(body === undefined ? {} : { body }),
          ...(contentType === undefined ? {} : { contentType }),
        });
        return { ...answer, text: JSON.stringify(answer.body) };
      },
    };
  };
}

const contourSubject = subjectOf(() => contour!, { kind: CONTOUR, traits: CONTOUR_TRAITS });
const traefikSubject = subjectOf(() => traefik!, { kind: TRAEFIK, traits: TRAEFIK_TRAITS });

Deno.test("gateways listen on loopback addresses of their own only", { ignore }, () => {
  for (const gateway of [contour!, traefik!]) {
    const { controller, dataPlane } = gateway.pids;
    const addresses = [controller, dataPlane].flatMap(listeningAddresses);
    assert.deepEqual(new Set(addresses), new Set([gateway.state.address]));
  }
});

testGatewayConformance(contourSubject, { label: "contour", ignore });
testGatewayConformance(traefikSubject, { label: "traefik", ignore });
testJoinedConformance(() => [contourSubject(), traefikSubject()], { label: "joined", ignore });
