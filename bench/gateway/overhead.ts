/**
 * What a probe that waits costs the Gateway that it measures: Contour with Envoy and Traefik, asked for
 * a route that is not there as often as attached-routes asks, beside the same when nobody asks, in turn.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { columns, formatTable } from "../../core/report/table.ts";
import {
  Asker,
  type AskerOptions,
  type ConnectionKind,
} from "../../probes/gateway/answers/data_plane.ts";
import {
  StillNotSoError,
  untilServed,
  type Wait,
} from "../../probes/gateway/answers/until_served.ts";
import { ATTACHED_ROUTES_FLAGS } from "../../probes/gateway/attached_routes/command.ts";
import type { GatewayName } from "../../tests/real/gateway/kind.ts";
import { pilotRoute } from "../../tests/real/gateway/objects.ts";
import type { GatewayPlane } from "../../tests/real/gateway/plane.ts";
import { RealGateway, requireGateways } from "../../tests/real/gateway/real_gateway.ts";
import { loadAverage, median, noteAll, onControlPlane } from "../kube_cluster.ts";
import { usageOf } from "../processes.ts";
import { measuring } from "./probe_side.ts";

const GATEWAYS: readonly GatewayName[] = ["contour", "traefik"];
const ROUNDS = 3;
const SECONDS = 5;
const LIMIT_MS = 30_000;
const INTERVAL_MS = ATTACHED_ROUTES_FLAGS.interval.defaultValue;

/** What the probe does meanwhile: nothing, or ask over connections of a kind. */
const ASKING = ["idle", "fresh", "kept"] as const;
type Asking = typeof ASKING[number];

/** What a gateway went through in one stretch. */
interface Stretch {
  readonly gateway: GatewayName;
  readonly asking: Asking;
  readonly requestsPerSec: number;
  readonly connectionsPerSec: number;
  /** CPU of the processes, in cores; of Traefik both are one. */
  readonly controllerCores: number;
  readonly dataPlaneCores: number;
  readonly loadAverage: number;
}

export async function routeOverhead(): Promise<Record<string, unknown>> {
  if (!await requireGateways(...GATEWAYS)) return { skipped: "no gateways on this machine" };
  return await onControlPlane(async ({ plane }) => {
    const stretches: Stretch[] = [];
    for (const name of GATEWAYS) {
      await using gateway = await RealGateway.start(plane, { name });
      await openPort(plane, gateway);
      for (let round = 0; round < ROUNDS; round++) {
        for (const asking of ASKING) stretches.push(await stretch(gateway, asking));
      }
    }
    const medians = GATEWAYS.flatMap((gateway) =>
      ASKING.map((asking) =>
        medianOf(stretches.filter((one) => one.gateway === gateway && one.asking === asking))
      )
    );
    noteAll(tableOf(medians));
    return { intervalMs: INTERVAL_MS, seconds: SECONDS, rounds: ROUNDS, medians, stretches };
  }, { without: ["kcm"] });
}

async function stretch(gateway: RealGateway, asking: Asking): Promise<Stretch> {
  const clock = new SystemClock();
  const { pids: { controller, dataPlane }, state: { name } } = gateway;
  const cpuMs = () => [usageOf(controller)!.cpuMs, usageOf(dataPlane)!.cpuMs] as const;
  const before = cpuMs();
  const startMs = clock.now();
  const asked = asking === "idle"
    ? await clock.sleepUntil(startMs + SECONDS * 1_000).then(() => NOTHING)
    : await wait(gateway, asking);
  const elapsedMs = clock.now() - startMs;
  const [controllerCores, dataPlaneCores] = cpuMs()
    .map((after, index) => (after - before[index]!) / elapsedMs);
  return {
    gateway: name,
    asking,
    requestsPerSec: asked.requests / elapsedMs * 1_000,
    connectionsPerSec: asked.connections / elapsedMs * 1_000,
    controllerCores: controllerCores!,
    dataPlaneCores: dataPlaneCores!,
    loadAverage: loadAverage(),
  };
}

interface Asked {
  readonly requests: number;
  readonly connections: number;
}

const NOTHING: Asked = { requests: 0, connections: 0 };

/** With a route that it serves: without any Contour has no port open, and questions cost nothing. */
async function openPort(plane: GatewayPlane, { state }: RealGateway): Promise<void> {
  const { namespace, backend } = state;
  const host = "pilot.example.com";
  const { path, body } = pilotRoute({ namespace, host, port: backend.ports[0] });
  await plane.admin(path, { method: "POST", body });
  const context = measuring();
  using asker = askerOf(state, { clock: context.clock, connection: "fresh" });
  await untilServed(context, waitOf({ asker, host, timeoutMs: LIMIT_MS }));
}

/** As a probe waits for a route that is not there, until it gives up. */
async function wait({ state }: RealGateway, connection: ConnectionKind): Promise<Asked> {
  const context = measuring();
  using asker = askerOf(state, { clock: context.clock, connection });
  try {
    const timeoutMs = SECONDS * 1_000;
    await untilServed(context, waitOf({ asker, host: "nobody.example.com", timeoutMs }));
  } catch (thrown) {
    if (!(thrown instanceof StillNotSoError)) throw thrown;
    return { requests: thrown.seen.asked, connections: asker.opened };
  }
  throw new Error("a route was served that is not there");
}

function askerOf({ name, address, port }: RealGateway["state"], options: AskerOptions): Asker {
  return new Asker({ gateway: name, address, port }, options);
}

function waitOf(asked: Pick<Wait, "asker" | "host" | "timeoutMs">): Wait {
  const dueMs = new SystemClock().now();
  const what = "a route is served";
  return { what, path: "/", expected: { status: 200 }, dueMs, intervalMs: INTERVAL_MS, ...asked };
}

function medianOf(rounds: readonly Stretch[]): Stretch {
  const of = (figure: (stretch: Stretch) => number) => median(rounds.map(figure));
  return {
    ...rounds[0]!,
    requestsPerSec: of(({ requestsPerSec }) => requestsPerSec),
    connectionsPerSec: of(({ connectionsPerSec }) => connectionsPerSec),
    controllerCores: of(({ controllerCores }) => controllerCores),
    dataPlaneCores: of(({ dataPlaneCores }) => dataPlaneCores),
    loadAverage: of(({ loadAverage }) => loadAverage),
  };
}

function tableOf(stretches: readonly Stretch[]): string[] {
  const titles = columns(
    ...["GATEWAY", "ASKED", ">REQUESTS/S", ">CONNECTIONS/S", ">CONTROLLER CORES"],
    ...[">DATA PLANE CORES", ">LOAD"],
  );
  return formatTable(
    titles,
    stretches.map((stretch) => [
      stretch.gateway,
      stretch.asking,
      stretch.requestsPerSec.toFixed(0),
      stretch.connectionsPerSec.toFixed(1),
      stretch.controllerCores.toFixed(3),
      stretch.dataPlaneCores.toFixed(3),
      stretch.loadAverage.toFixed(1),
    ]),
  );
}
