/**
 * 500-byte blocks every 10 ms for 30 s, on 50 streams of one connection and on 1,000 of ten: how even do
 * they arrive, and do all of them?
 * @module
 */

import type { Report } from "../core/report/report.ts";
import { BlockServerProcess } from "../tests/support/block_server.ts";
import { note } from "./note.ts";
import { gaugeMean, ratePerSec, runClient } from "./processes.ts";

const BLOCK_BYTES = 500;
const PERIOD_MS = 10;
const DURATION_SEC = 30;
const SHAPES = [{ connections: 1, streams: 50 }, { connections: 10, streams: 1_000 }];

export async function pacing(): Promise<Record<string, unknown>> {
  const shapes = [];
  for (const shape of SHAPES) {
    shapes.push(await paced(shape));
    note(JSON.stringify(shapes.at(-1)));
  }
  return { blockBytes: BLOCK_BYTES, periodMs: PERIOD_MS, durationSec: DURATION_SEC, shapes };
}

async function paced({ connections, streams }: typeof SHAPES[number]) {
  await using server = await BlockServerProcess.start();
  const client = await runClient(server, [
    ...["--connections", String(connections), "--threads", String(streams)],
    ...["--block-size", String(BLOCK_BYTES), "--period", `${PERIOD_MS}ms`],
    ...["--blocks-per-request", "500", "--warmup", "2s", "--duration", `${DURATION_SEC}s`],
  ]);
  const { report: served } = await server.stop();
  return {
    connections,
    streams,
    gapError: statsOf(client, "gapError"),
    blockLag: statsOf(client, "blockLag"),
    // 1: every stream had each of its blocks.
    receivedRatio: ratePerSec(client, "receivedBytes") /
      (streams * BLOCK_BYTES * 1_000 / PERIOD_MS),
    clientCpuCores: gaugeMean(client, "cpuRatio"),
    serverCpuCores: gaugeMean(served, "cpuRatio"),
    validity: client.validity,
  };
}

function statsOf({ summary }: Report, name: string) {
  const stats = summary.distributions.find((one) => one.name === name)?.stats;
  return stats && {
    count: stats.count,
    p50Ms: stats.p50,
    p90Ms: stats.p90,
    p99Ms: stats.p99,
    maxMs: stats.max,
  };
}
