/**
 * How exactly are times of one more route known, on top of 1,000, against a sandbox in a process of
 * its own? A data plane's time lies between two questions: how far apart they were. A count's is when
 * the watch told of it: how much later than a second watch, of nothing but fetch in another process.
 * @module
 */

import { fileURLToPath } from "node:url";
import { columns, formatTable } from "../../core/report/table.ts";
import { TempDir, V8_FLAGS } from "../../tests/support/scaletool.ts";
import { loadAverage, noteAll, runProgram } from "../kube_cluster.ts";
import type { ResolutionFigures, TimedCount } from "./resolution_probe.ts";
import { Printing } from "./printing.ts";
import { START_GATEWAYS, START_NAMESPACE } from "../../sandbox/gateway/start_objects.ts";

const ROUTES = 1_000;
const REPEAT = 200;
const LIMIT_SEC = 120;

export async function routeResolution(): Promise<Record<string, unknown>> {
  await using dir = new TempDir();
  const kubeconfig = dir.file("kubeconfig");
  await using standIn = new Printing(fileOf("stand_in.ts"), [kubeconfig]);
  await standIn.line();
  const gateway = [START_NAMESPACE, START_GATEWAYS[0]];
  await using observer = new Printing(fileOf("count_observer.ts"), [kubeconfig, ...gateway]);
  await observer.line();
  const { code, stdout, stderr } = await runProgram(
    [
      ...[Deno.execPath(), "run", "-A", V8_FLAGS, fileOf("resolution_probe.ts")],
      ...[kubeconfig, String(ROUTES), String(REPEAT)],
    ],
    { cwd: dir.path, limitSec: LIMIT_SEC },
  );
  if (code !== 0) throw new Error(`the probe ended with ${code}: ${stderr}`);
  const figures: ResolutionFigures = JSON.parse(stdout);
  observer.end();
  const observed: TimedCount[] = JSON.parse(await observer.line());
  const result = {
    routes: ROUTES,
    repeat: REPEAT,
    servedBracket: quantiles(figures.servedBracketsMs),
    goneBracket: quantiles(figures.goneBracketsMs),
    watchLag: quantiles(lags(figures.counts, observed)),
    loadAverage: loadAverage(),
  };
  noteAll(tableOf(result));
  return result;
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** How much later each count came to the probe; negative: earlier. Both have all since their starts. */
function lags(probed: readonly TimedCount[], observed: readonly TimedCount[]): number[] {
  const late = observed.slice(observed.length - probed.length);
  return probed.map(({ count, atMs }, index) => {
    if (count !== late[index]?.count) throw new Error("the two watches were told different counts");
    return atMs - late[index].atMs;
  });
}

interface Quantiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (ratio: number) => sorted[Math.floor(ratio * (sorted.length - 1))] ?? NaN;
  return { count: sorted.length, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1) };
}

function tableOf(
  { servedBracket, goneBracket, watchLag, loadAverage }: {
    readonly servedBracket: Quantiles;
    readonly goneBracket: Quantiles;
    readonly watchLag: Quantiles;
    readonly loadAverage: number;
  },
): string[] {
  const titles = columns(...["RESOLUTION", ">COUNT", ">P50 MS", ">P90", ">P99", ">MAX", ">LOAD"]);
  const row = (name: string, { count, p50Ms, p90Ms, p99Ms, maxMs }: Quantiles) => [
    name,
    String(count),
    ...[p50Ms, p90Ms, p99Ms, maxMs].map((ms) => ms.toFixed(2)),
    loadAverage.toFixed(1),
  ];
  return formatTable(titles, [
    row("served, between two questions", servedBracket),
    row("gone, between two questions", goneBracket),
    row("count, after another watch", watchLag),
  ]);
}
