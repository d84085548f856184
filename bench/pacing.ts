/** 500-byte blocks every 10 ms on 50 streams of one connection for 30 s: how even do they arrive? @module */

import { BlockServerProcess } from "../tests/support/block_server.ts";
import { gaugeMean, runClient } from "./processes.ts";

export async function pacing(): Promise<Record<string, unknown>> {
  await using server = await BlockServerProcess.start();
  const client = await runClient(server, [
    ...["--connections", "1", "--threads", "50", "--block-size", "500", "--period", "10ms"],
    ...["--blocks-per-request", "500", "--warmup", "2s", "--duration", "30s"],
  ]);
  const { report: served } = await server.stop();
  const statsOf = (name: string) => {
    const stats = client.summary.distributions.find((one) => one.name === name)?.stats;
    return stats &&
      {
        count: stats.count,
        p50Ms: stats.p50,
        p90Ms: stats.p90,
        p99Ms: stats.p99,
        maxMs: stats.max,
      };
  };
  return {
    streams: 50,
    blockBytes: 500,
    periodMs: 10,
    gapError: statsOf("gapError"),
    blockLag: statsOf("blockLag"),
    clientCpuCores: gaugeMean(client, "cpuRatio"),
    serverCpuCores: gaugeMean(served, "cpuRatio"),
    validity: client.validity,
  };
}
