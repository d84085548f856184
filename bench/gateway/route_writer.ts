/**
 * `route_writer.ts KUBECONFIG RUN_ID COUNT CONCURRENCY watching|blind`: creates so many routes as the
 * gateway probes do, with their watch of routes open or without it, and prints how that went. The routes
 * stay.
 * @module
 */

import process from "node:process";
import { US_PER_MS } from "../../core/measure/recorder.ts";
import { Totals } from "../../core/measure/totals.ts";
import { measuring, openProbeSide } from "./probe_side.ts";
import { routesOf } from "./routes_of.ts";

/** What it prints. */
export interface WriterFigures {
  readonly created: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** User and system time of the process meanwhile. */
  readonly cpuSeconds: number;
  readonly create: { readonly p50Ms: number; readonly p99Ms: number };
}

const US_PER_SEC = 1e6;

interface Job {
  readonly kubeconfig: string;
  readonly runId: string;
  readonly count: number;
  readonly concurrency: number;
  readonly isBlind: boolean;
}

async function write(
  { kubeconfig, runId, count, concurrency, isBlind }: Job,
): Promise<WriterFigures> {
  const context = measuring();
  const { clock, recorder } = context;
  await using side = await openProbeSide(context, { kubeconfig, runId, isBlind });
  const routes = routesOf({ runId, count });
  const startMs = clock.now();
  const startCpu = process.cpuUsage();
  const written = await side.writes.createAll(context, routes, {
    concurrency,
    batch: count,
    pauseMs: 0,
  });
  const { user, system } = process.cpuUsage(startCpu);
  const seconds = (clock.now() - startMs) / 1_000;
  const totals = new Totals();
  for (const interval of recorder.rotate(clock.now())) totals.add(interval);
  const { service } = totals.operation("create")!;
  return {
    created: written.length,
    seconds,
    cpuSeconds: (user + system) / US_PER_SEC,
    create: {
      p50Ms: service.valueAt(0.5) / US_PER_MS,
      p99Ms: service.valueAt(0.99) / US_PER_MS,
    },
  };
}

if (import.meta.main) {
  const [kubeconfig = "", runId = "", count, concurrency, sight] = Deno.args;
  const figures = await write({
    kubeconfig,
    runId,
    count: Number(count),
    concurrency: Number(concurrency),
    isBlind: sight === "blind",
  });
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
}
