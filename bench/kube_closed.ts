/**
 * Small ConfigMaps created and deleted as fast as it goes by 16 workers over 4 HTTP/2 connections:
 * cmdriverclosed, and plain client-go as the yardstick, in turn against one apiserver, because only
 * their ratio survives a noisy machine. On a small one the apiserver takes most of the CPU and decides
 * how fast it goes; what an operation costs its sender is the figure to watch.
 * @module
 */

import { columns, formatTable } from "../core/report/table.ts";
import { ClientGoPeer } from "./client_go_peer.ts";
import {
  type KubeBench,
  loadAverage,
  median,
  noteAll,
  onControlPlane,
  runCommand,
  serviceTimes,
} from "./kube_cluster.ts";
import { gaugeMean } from "./processes.ts";

const ROUNDS = 3;
/** 10 to 15 s a round on two cores. */
const OBJECTS = 10_000;
/** Before the first round, unmeasured: a fresh apiserver is slower. */
const WARM_UP_OBJECTS = 1_000;
const WORKERS = 16;
const CONNECTIONS = 4;
const POPULATION = 100;
const VALUE_BYTES = 100;
const LIMIT_SEC = 120;

/** One program in one round. */
interface Figures {
  readonly operations: number;
  readonly failed: number;
  readonly seconds: number;
  readonly objectsPerSec: number;
  readonly operationsPerSec: number;
  /** CPU time of the process while it wrote (getrusage(2), asked by itself). */
  readonly cpuMsPerOperation: number;
  /** CPU time of the whole process, start and report included (wait4(2), asked by its parent). */
  readonly processCpuMsPerOperation: number;
  readonly create: Times;
  readonly delete: Times;
  readonly loadAverage: number;
}

interface Times {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

export async function kubeClosed(): Promise<Record<string, unknown>> {
  return await onControlPlane(async (bench) => {
    const peer = await ClientGoPeer.build(bench);
    const own: Figures[] = [];
    const yardstick: Figures[] = [];
    let versions = {};
    for (let round = 0; round <= ROUNDS; round++) {
      const load = round === 0
        ? { objects: WARM_UP_OBJECTS, name: "warm-up" }
        : { objects: OBJECTS, name: `round-${round}` };
      const measured = await ownRound(bench, load);
      if (round > 0) own.push(measured);
      if (peer === undefined) continue;
      const compared = await peerRound(peer, load);
      if (round > 0) yardstick.push(compared.figures);
      versions = compared.versions;
    }
    noteAll(tableOf({ own, yardstick }));
    return {
      ...versions,
      objects: OBJECTS,
      workers: WORKERS,
      connections: CONNECTIONS,
      population: POPULATION,
      valueBytes: VALUE_BYTES,
      rounds: ROUNDS,
      scaletool: own,
      clientGo: peer === undefined ? "no go" : yardstick,
      scaletoolMedian: medians(own),
      ...(peer === undefined ? {} : {
        clientGoMedian: medians(yardstick),
        scaletoolToClientGo: ratios(own, yardstick),
      }),
    };
  });
}

interface RoundLoad {
  readonly objects: number;
  readonly name: string;
}

async function ownRound(bench: KubeBench, { objects, name }: RoundLoad): Promise<Figures> {
  const { report, cpuSec } = await runCommand(bench, {
    limitSec: LIMIT_SEC,
    args: [
      ...["cmdriverclosed", "--namespace", "default", "--rate", "0", "--updates", "0"],
      ...["--n", String(objects), "--maxpop", String(POPULATION)],
      ...["--threads", String(WORKERS), "--conns", String(CONNECTIONS)],
      ...["--create-value-length", String(VALUE_BYTES), "--run-id", `scaletool-${name}`],
    ],
  });
  const { operations, measuredMs } = report.summary;
  const cpuRatio = gaugeMean(report, "cpuRatio") ?? NaN;
  const sum = (field: "total" | "failed") => operations.reduce((all, one) => all + one[field], 0);
  return figuresOf({
    operations: sum("total"),
    failed: sum("failed"),
    seconds: measuredMs / 1_000,
    loadCpuSec: cpuRatio * measuredMs / 1_000,
    processCpuSec: cpuSec,
    create: serviceTimes(report, "create"),
    delete: serviceTimes(report, "delete"),
  });
}

async function peerRound(peer: ClientGoPeer, { objects, name }: RoundLoad) {
  const { figures, cpuSec } = await peer.run({
    n: objects,
    maxpop: POPULATION,
    workers: WORKERS,
    conns: CONNECTIONS,
    "value-length": VALUE_BYTES,
    "run-id": `client-go-${name}`,
  }, { limitSec: LIMIT_SEC });
  const { clientGo: clientGoVersion, connections: clientGoConnections } = figures;
  return {
    versions: { clientGoVersion, clientGoConnections },
    figures: figuresOf({ ...figures, loadCpuSec: figures.cpuSeconds, processCpuSec: cpuSec }),
  };
}

function figuresOf(
  { operations, failed, seconds, loadCpuSec, processCpuSec, create, delete: deleted }:
    & Pick<Figures, "operations" | "failed" | "seconds" | "create" | "delete">
    & { loadCpuSec: number; processCpuSec: number },
): Figures {
  return {
    operations,
    failed,
    seconds,
    objectsPerSec: operations / 2 / seconds,
    operationsPerSec: operations / seconds,
    cpuMsPerOperation: loadCpuSec * 1_000 / operations,
    processCpuMsPerOperation: processCpuSec * 1_000 / operations,
    create,
    delete: deleted,
    loadAverage: loadAverage(),
  };
}

/** What is compared. */
const FIGURES: Readonly<Record<string, (round: Figures) => number | null>> = {
  objectsPerSec: (round) => round.objectsPerSec,
  operationsPerSec: (round) => round.operationsPerSec,
  cpuMsPerOperation: (round) => round.cpuMsPerOperation,
  processCpuMsPerOperation: (round) => round.processCpuMsPerOperation,
  createP50Ms: (round) => round.create.p50Ms,
  createP99Ms: (round) => round.create.p99Ms,
  deleteP50Ms: (round) => round.delete.p50Ms,
  deleteP99Ms: (round) => round.delete.p99Ms,
};

/** Each figure's median over the rounds. */
function medians(rounds: readonly Figures[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(FIGURES).map(([name, of]) => [
      name,
      median(rounds.map((round) => of(round) ?? NaN)),
    ]),
  );
}

/**
 * scaletool by client-go: the median of the rounds' own ratios, because what else the machine does
 * changes less within a round than from one to the next.
 */
function ratios(own: readonly Figures[], yardstick: readonly Figures[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(FIGURES).map(([name, of]) => [
      name,
      median(own.map((round, index) => (of(round) ?? NaN) / (of(yardstick[index]!) ?? NaN))),
    ]),
  );
}

function tableOf(
  { own, yardstick }: { own: readonly Figures[]; yardstick: readonly Figures[] },
): string[] {
  const titles = columns(
    ...["PROGRAM", ">ROUND", ">OBJECTS/S", ">OPS/S", ">CPU MS/OP", ">PROCESS CPU MS/OP"],
    ...[">CREATE P50 MS", ">P99", ">DELETE P50 MS", ">P99", ">LOAD"],
  );
  const row = (program: string) => (round: Figures, index: number) => [
    program,
    String(index + 1),
    round.objectsPerSec.toFixed(0),
    round.operationsPerSec.toFixed(0),
    round.cpuMsPerOperation.toFixed(3),
    round.processCpuMsPerOperation.toFixed(3),
    ...[round.create, round.delete]
      .flatMap(({ p50Ms, p99Ms }) => [p50Ms?.toFixed(1) ?? "", p99Ms?.toFixed(1) ?? ""]),
    round.loadAverage.toFixed(1),
  ];
  return formatTable(titles, [
    ...own.map(row("scaletool")),
    ...yardstick.map(row("client-go")),
  ]);
}
