/**
 * What a probe that waits costs the Gateway that it measures: a real Traefik, asked every 5 ms for a
 * route that is not there, beside the same Traefik that nobody asks, in turn.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { columns, formatTable } from "../../core/report/table.ts";
import { Asker, type ConnectionKind } from "../../probes/gateway/answers/data_plane.ts";
import { StillNotSoError, untilServed } from "../../probes/gateway/answers/until_served.ts";
import { type RealGateway, startTraefik } from "../../tests/real/gateway/real_gateway.ts";
import { loadAverage, median, noteAll, onControlPlane } from "../kube_cluster.ts";
import { usageOf } from "../processes.ts";
import { measuring } from "./probe_side.ts";

const ROUNDS = 3;
const SECONDS = 10;

/** What a data plane went through in one stretch. */
interface Stretch {
  readonly requestsPerSec: number;
  readonly connectionsPerSec: number;
  /** CPU of the process, in cores. */
  readonly cpuCores: number;
  readonly loadAverage: number;
}

export async function routeOverhead(): Promise<Record<string, unknown>> {
  return await onControlPlane(async ({ plane }) => {
    await using gateway = await startTraefik(plane);
    const idle: Stretch[] = [];
    const fresh: Stretch[] = [];
    const kept: Stretch[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      idle.push(await stretch(gateway, undefined));
      fresh.push(await stretch(gateway, "fresh"));
      kept.push(await stretch(gateway, "kept"));
    }
    noteAll(tableOf({ idle, fresh, kept }));
    const cores = (stretches: readonly Stretch[]) =>
      median(stretches.map(({ cpuCores }) => cpuCores));
    return {
      dataPlane: "traefik",
      seconds: SECONDS,
      rounds: ROUNDS,
      idle,
      waitingFresh: fresh,
      waitingKept: kept,
      idleCores: cores(idle),
      waitingFreshCores: cores(fresh),
      waitingKeptCores: cores(kept),
    };
  }, { without: ["kcm"] });
}

async function stretch(
  gateway: RealGateway,
  connection: ConnectionKind | undefined,
): Promise<Stretch> {
  const clock = new SystemClock();
  const { pids: { dataPlane } } = gateway;
  const before = usageOf(dataPlane)!;
  const startMs = clock.now();
  const asked = connection === undefined
    ? await clock.sleepUntil(startMs + SECONDS * 1_000).then(() => NOTHING)
    : await wait(gateway, connection);
  const seconds = (clock.now() - startMs) / 1_000;
  return {
    requestsPerSec: asked.requests / seconds,
    connectionsPerSec: asked.connections / seconds,
    cpuCores: (usageOf(dataPlane)!.cpuMs - before.cpuMs) / 1_000 / seconds,
    loadAverage: loadAverage(),
  };
}

interface Asked {
  readonly requests: number;
  readonly connections: number;
}

const NOTHING: Asked = { requests: 0, connections: 0 };

/** As a probe waits, until it gives up. */
async function wait(
  { state: { name, address, port } }: RealGateway,
  connection: ConnectionKind,
): Promise<Asked> {
  const context = measuring();
  const { clock } = context;
  using asker = new Asker({ gateway: name, address, port }, { clock, connection });
  try {
    await untilServed(context, {
      what: "a route that is not there is served",
      asker,
      host: "nobody.example.com",
      path: "/",
      expected: { status: 200 },
      dueMs: clock.now(),
      timeoutMs: SECONDS * 1_000,
    });
  } catch (thrown) {
    if (!(thrown instanceof StillNotSoError)) throw thrown;
    return { requests: thrown.seen.asked, connections: asker.opened };
  }
  throw new Error("a route was served that is not there");
}

function tableOf(stretches: Readonly<Record<string, readonly Stretch[]>>): string[] {
  const titles = columns(
    ...["PROBE", ">ROUND", ">REQUESTS/S", ">CONNECTIONS/S", ">DATA PLANE CORES", ">LOAD"],
  );
  return formatTable(
    titles,
    Object.entries(stretches).flatMap(([name, rounds]) =>
      rounds.map((round, index) => [
        name,
        String(index + 1),
        round.requestsPerSec.toFixed(0),
        round.connectionsPerSec.toFixed(1),
        round.cpuCores.toFixed(4),
        round.loadAverage.toFixed(1),
      ])
    ),
  );
}
