/**
 * 5,000 HTTPRoutes created by the writer of the gateway probes, with their watch of routes open, and
 * the same by plain client-go, without any watch, in turn against one apiserver, because only their
 * ratio survives a noisy machine.
 * @module
 */

import { fileURLToPath } from "node:url";
import { columns, formatTable } from "../../core/report/table.ts";
import { HTTP_ROUTES } from "../../kube/gateway_api/kinds.ts";
import { installDefinitions } from "../../tests/real/gateway/definitions.ts";
import { V8_FLAGS } from "../../tests/support/scaletool.ts";
import { ClientGoPeer } from "../client_go_peer.ts";
import {
  type KubeBench,
  loadAverage,
  median,
  noteAll,
  onControlPlane,
  runProgram,
} from "../kube_cluster.ts";
import type { WriterFigures } from "./route_writer.ts";
import { routesOf } from "./routes_of.ts";

const ROUNDS = 3;
const ROUTES = 5_000;
/** Before the first round, unmeasured: a fresh apiserver is slower. */
const WARM_UP_ROUTES = 500;
/** As attached-routes writes unless told otherwise. */
const CONCURRENCY = 10;
const LIMIT_SEC = 120;
const WRITER = fileURLToPath(new URL("route_writer.ts", import.meta.url));

/** One program in one round. */
interface Figures {
  readonly created: number;
  readonly routesPerSec: number;
  /** CPU time of the process while it wrote (getrusage(2), asked by itself). */
  readonly cpuMsPerRoute: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly loadAverage: number;
}

interface Round {
  readonly runId: string;
  readonly count: number;
}

export async function routeWrites(): Promise<Record<string, unknown>> {
  return await onControlPlane(async (bench) => {
    await installDefinitions(bench.plane, { files: [], signal: undefined });
    const peer = await ClientGoPeer.build(bench);
    const own: Figures[] = [];
    const yardstick: Figures[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const count = round === 0 ? WARM_UP_ROUTES : ROUTES;
      const measureOwn = async () =>
        own.push(await ownRound(bench, { runId: `own-${round}`, count }));
      const measurePeer = async () => {
        if (peer === undefined) return;
        yardstick.push(await peerRound({ bench, peer }, { runId: `peer-${round}`, count }));
      };
      // The apiserver has more objects for the second: they take turns at that.
      const turns = round % 2 === 0 ? [measurePeer, measureOwn] : [measureOwn, measurePeer];
      for (const measure of turns) await measure();
    }
    own.shift();
    yardstick.shift();
    noteAll(tableOf({ own, yardstick }));
    return {
      routes: ROUTES,
      concurrency: CONCURRENCY,
      rounds: ROUNDS,
      scaletool: own,
      clientGo: peer === undefined ? "no go" : yardstick,
      ...(peer === undefined ? {} : { scaletoolToClientGo: ratios(own, yardstick) }),
    };
  }, { without: ["kcm"] });
}

async function ownRound(bench: KubeBench, { runId, count }: Round): Promise<Figures> {
  const args = [bench.kubeconfig, runId, String(count), String(CONCURRENCY)];
  const { code, stdout, stderr } = await runProgram(
    [Deno.execPath(), "run", "-A", V8_FLAGS, WRITER, ...args],
    { cwd: bench.dir.path, limitSec: LIMIT_SEC },
  );
  if (code !== 0) throw new Error(`the writer ended with ${code}: ${stderr}`);
  const { created, seconds, cpuSeconds, create }: WriterFigures = JSON.parse(stdout);
  return figuresOf({ created, seconds, cpuSeconds, ...create });
}

async function peerRound(
  { bench, peer }: { bench: KubeBench; peer: ClientGoPeer },
  { runId, count }: Round,
): Promise<Figures> {
  const { group, version, plural, kind } = HTTP_ROUTES;
  const objects = bench.dir.file(`${runId}.jsonl`);
  const lines = routesOf({ runId, count }).map((route) =>
    JSON.stringify({ apiVersion: `${group}/${version}`, kind, ...route })
  );
  Deno.writeTextFileSync(objects, lines.map((line) => `${line}\n`).join(""));
  const { figures } = await peer.run({
    objects,
    resource: `${plural}.${version}.${group}`,
    workers: CONCURRENCY,
    conns: 1,
  }, { limitSec: LIMIT_SEC });
  const { operations, failed, seconds, cpuSeconds, create } = figures;
  return figuresOf({ created: operations - failed, seconds, cpuSeconds, ...create });
}

function figuresOf(
  { created, seconds, cpuSeconds, p50Ms, p99Ms }:
    & Pick<Figures, "created" | "p50Ms" | "p99Ms">
    & Pick<WriterFigures, "seconds" | "cpuSeconds">,
): Figures {
  return {
    created,
    routesPerSec: created / seconds,
    cpuMsPerRoute: cpuSeconds * 1_000 / created,
    p50Ms,
    p99Ms,
    loadAverage: loadAverage(),
  };
}

/** scaletool by client-go: the median of the rounds' own ratios. */
function ratios(own: readonly Figures[], yardstick: readonly Figures[]): Record<string, number> {
  const names = ["routesPerSec", "cpuMsPerRoute", "p50Ms", "p99Ms"] as const;
  return Object.fromEntries(
    names.map((name) => [
      name,
      median(own.map((round, index) => round[name] / yardstick[index]![name])),
    ]),
  );
}

function tableOf(
  { own, yardstick }: { own: readonly Figures[]; yardstick: readonly Figures[] },
): string[] {
  const titles = columns(
    ...["PROGRAM", ">ROUND", ">CREATED", ">ROUTES/S", ">CPU MS/ROUTE", ">P50 MS", ">P99", ">LOAD"],
  );
  const row = (program: string) => (round: Figures, index: number) => [
    program,
    String(index + 1),
    String(round.created),
    round.routesPerSec.toFixed(0),
    round.cpuMsPerRoute.toFixed(3),
    round.p50Ms.toFixed(1),
    round.p99Ms.toFixed(1),
    round.loadAverage.toFixed(1),
  ];
  return formatTable(titles, [...own.map(row("scaletool")), ...yardstick.map(row("client-go"))]);
}
