/**
 * Unpaced 1 MiB blocks, both ends in processes of their own: scaletool at both ends, and Go's net/http
 * at both ends as the yardstick, in turn in one run, because only their ratio survives a noisy machine.
 * @module
 */

import { BlockServerProcess } from "../tests/support/block_server.ts";
import { BusyProcesses } from "./busy_processes.ts";
import { GoPeer } from "./go_peer.ts";
import { note } from "./note.ts";
import { gaugeMean, ratePerSec, runClient, usageOf } from "./processes.ts";
import { inTurn, type Ratio, ratiosOf } from "./ratios.ts";

const DURATION_SEC = 4;
const ROUNDS = 3;
/** Ours is compiled while it runs: on a share of a core that takes as long as the measurement. */
const WARM_UP_SEC = 3;
/** The original go_httperf reads bodies in pieces of 1 KiB; larger ones show what Go can do. */
const READ_BYTES = { original: 1_024, go: 65_536 } as const;
const PROGRAMS = ["own", "original", "go"] as const;
const FIGURES = ["megabytesPerSec", "cpuMsPerMegabyte"] as const;

export interface Shape {
  readonly connections: number;
  readonly threads: number;
  /** Of ours, at each end; Go takes what it likes. */
  readonly workers: number;
  /** Other processes that want the processors at the same time. */
  readonly busyProcesses: number;
}

const SHAPES: readonly Shape[] = [
  { connections: 1, threads: 1, workers: 1, busyProcesses: 0 },
  { connections: 2, threads: 4, workers: 1, busyProcesses: 0 },
  { connections: 2, threads: 4, workers: 2, busyProcesses: 0 },
  { connections: 4, threads: 8, workers: 2, busyProcesses: 0 },
  { connections: 1, threads: 1, workers: 1, busyProcesses: 8 },
  { connections: 2, threads: 4, workers: 1, busyProcesses: 8 },
];

interface Figures {
  readonly megabytesPerSec: number;
  /** Of both ends; of our client the start and the report are not in it. */
  readonly cpuMsPerMegabyte: number;
  readonly limitedBy?: string;
}

export async function throughput(): Promise<Record<string, unknown>> {
  await using go = await GoPeer.build();
  const shapes = [];
  for (const shape of SHAPES) shapes.push(await measured(shape, go));
  return {
    blockBytes: 1_048_576,
    durationSec: DURATION_SEC,
    rounds: ROUNDS,
    goPeer: go === undefined ? "no go" : "net/http",
    shapes,
  };
}

/** One shape, round by round. */
export async function measured(shape: Shape, go: GoPeer | undefined) {
  await using _busy = new BusyProcesses(shape.busyProcesses);
  const figures = await inTurn<typeof PROGRAMS[number], Figures>(PROGRAMS, {
    rounds: ROUNDS,
    run: (program) =>
      program === "own" ? ownFigures(shape) : go?.fetch({
        ...shape,
        readBytes: READ_BYTES[program],
        durationSec: DURATION_SEC,
      }),
  });
  const ratios = (yardstick: Figures[]): Record<typeof FIGURES[number], Ratio> | undefined =>
    go && ratiosOf(FIGURES, figures.own, yardstick);
  const result = {
    ...shape,
    scaletool: figures.own,
    goOriginalReads: figures.original,
    goLargeReads: figures.go,
    ratiosToOriginalReads: ratios(figures.original),
    ratiosToLargeReads: ratios(figures.go),
  };
  const speeds = PROGRAMS.map((program) => `${program} ${speedsOf(figures[program])}`);
  note(`${JSON.stringify(shape)}: MB/s ${speeds.join(", ")}`);
  note(`  of Go's with reads of 64 KiB: ${JSON.stringify(result.ratiosToLargeReads)}`);
  return result;
}

async function ownFigures({ connections, threads, workers }: Shape): Promise<Figures> {
  await using server = await BlockServerProcess.start(["--workers", String(workers)]);
  const { pid } = server.program;
  const idleCpuMs = usageOf(pid)?.cpuMs ?? NaN;
  const client = await runClient(server, [
    ...["--connections", String(connections), "--threads", String(threads)],
    ...["--workers", String(workers), "--block-size", "1MiB", "--period", "0"],
    ...["--blocks-per-request", "300"],
    ...["--warmup", `${WARM_UP_SEC}s`, "--duration", `${DURATION_SEC}s`],
  ]);
  const serverCpuMs = (usageOf(pid)?.cpuMs ?? NaN) - idleCpuMs;
  const clientCores = gaugeMean(client, "cpuRatio") ?? NaN;
  const serverCores = serverCpuMs / ((WARM_UP_SEC + DURATION_SEC) * 1_000);
  const megabytesPerSec = ratePerSec(client, "receivedBytes") / 1e6;
  return {
    megabytesPerSec,
    cpuMsPerMegabyte: (clientCores + serverCores) * 1_000 / megabytesPerSec,
    limitedBy: limitOf(clientCores, serverCores, workers),
  };
}

/** What kept it from going faster, from both ends' CPU use. */
function limitOf(clientCpu: number, serverCpu: number, workers: number): string {
  const cores = navigator.hardwareConcurrency;
  if (clientCpu + serverCpu > 0.9 * cores) {
    return `the machine: both ends use ${(clientCpu + serverCpu).toFixed(2)} of ${cores} cores`;
  }
  const [end, cpu] = clientCpu > serverCpu ? ["client", clientCpu] : ["server", serverCpu];
  if (cpu > 0.85 * workers) return `the ${end}'s ${workers} thread(s): ${cpu.toFixed(2)} cores`;
  return `neither end's CPU (client ${clientCpu.toFixed(2)}, server ${
    serverCpu.toFixed(2)
  } cores): waiting for each other`;
}

function speedsOf(figures: readonly Figures[]): string {
  return figures.map(({ megabytesPerSec }) => megabytesPerSec.toFixed(0)).join("/") || "-";
}
