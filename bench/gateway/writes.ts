/**
 * 5,000 HTTPRoutes created by the writer of the gateway probes, with their watch of routes open and
 * without it, and by plain client-go, without any watch: in turn against one apiserver, because only
 * ratios survive a noisy machine.
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
  noteAll,
  onControlPlane,
  runProgram,
} from "../kube_cluster.ts";
import { inTurn, type Ratio, ratiosOf, ratioText } from "../ratios.ts";
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

/** As a probe writes, as the same without its watch of routes, and the yardstick. */
const PROGRAMS = ["watching", "blind", "client-go"] as const;
type Program = typeof PROGRAMS[number];

export async function routeWrites(): Promise<Record<string, unknown>> {
  return await onControlPlane(async (bench) => {
    await installDefinitions(bench.plane, { others: [], signal: undefined });
    const peer = await ClientGoPeer.build(bench);
    const run = (program: Program, round: number) => {
      const count = round === 0 ? WARM_UP_ROUTES : ROUTES;
      const of = { runId: `${program}-${round}`, count };
      if (program !== "client-go") return ownRound(bench, { ...of, program });
      return peer === undefined ? undefined : peerRound({ bench, peer }, of);
    };
    const rounds = await inTurn(PROGRAMS, { rounds: ROUNDS, run });
    const ratios = peer === undefined ? undefined : {
      watching: ratiosOf(COMPARED, rounds.watching, rounds["client-go"]),
      blind: ratiosOf(COMPARED, rounds.blind, rounds["client-go"]),
    };
    noteAll([...tableOf(rounds), ...ratioLines(ratios)]);
    return {
      ...{ routes: ROUTES, concurrency: CONCURRENCY, rounds: ROUNDS },
      ...{ programs: rounds, toClientGo: ratios ?? "no go" },
    };
  }, { without: ["kcm"] });
}

async function ownRound(
  bench: KubeBench,
  { runId, count, program }: Round & { readonly program: Program },
): Promise<Figures> {
  const args = [bench.kubeconfig, runId, String(count), String(CONCURRENCY), program];
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

const COMPARED = ["routesPerSec", "cpuMsPerRoute", "p50Ms", "p99Ms"] as const;
type Ratios = Readonly<Record<typeof COMPARED[number], Ratio>>;

function ratioLines(ratios: Readonly<Record<string, Ratios>> | undefined): string[] {
  return Object.entries(ratios ?? {}).map(([program, { routesPerSec }]) =>
    `${program}, routes a second: ${ratioText(routesPerSec)}`
  );
}

function tableOf(rounds: Readonly<Record<Program, readonly Figures[]>>): string[] {
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
  return formatTable(titles, PROGRAMS.flatMap((program) => rounds[program].map(row(program))));
}
