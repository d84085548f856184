/**
 * How exactly are times of one more route known, on top of 1,000, against a sandbox in a process of
 * its own? Beside the probe two observers look, each a process of nothing but fetch: one watches the
 * count, the other asks the data plane every ms. How far apart are they from what the probe tells? It
 * says itself of a data plane's time between which two questions it lies.
 * @module
 */

import { fileURLToPath } from "node:url";
import { columns, formatTable } from "../../core/report/table.ts";
import { TempDir, V8_FLAGS } from "../../tests/support/scaletool.ts";
import { loadAverage, noteAll, runProgram } from "../kube_cluster.ts";
import { expectedOf } from "../../probes/gateway/objects/route.ts";
import { START_GATEWAYS, START_NAMESPACE } from "../../sandbox/gateway/start_objects.ts";
import { Printing } from "./printing.ts";
import type { ResolutionFigures, TimedCount, TimedServing } from "./resolution_probe.ts";
import { furtherRoute } from "./routes_of.ts";

const ROUTES = 1_000;
const REPEAT = 200;
const LIMIT_SEC = 120;

export async function routeResolution(): Promise<Record<string, unknown>> {
  await using dir = new TempDir();
  const kubeconfig = dir.file("kubeconfig");
  await using standIn = new Printing(fileOf("stand_in.ts"), [kubeconfig]);
  const port = await standIn.line();
  const gateway = [START_NAMESPACE, START_GATEWAYS[0]];
  const further = furtherRoute();
  const question = [further.hostnames[0]!, expectedOf(further).path];
  await using counting = new Printing(fileOf("count_observer.ts"), [kubeconfig, ...gateway]);
  await using asking = new Printing(fileOf("serving_observer.ts"), [port, ...question]);
  for (const observer of [counting, asking]) await observer.line();
  const { counts, servings, bracketsMs } = await probed(kubeconfig, dir.path);
  const countsSeen: TimedCount[] = await told(counting);
  const servingsSeen: TimedServing[] = await told(asking);
  const result = {
    routes: ROUTES,
    repeat: REPEAT,
    counted: quantiles(countLags(counts, countsSeen).map(Math.abs)),
    served: quantiles(servingLags(servings, servingsSeen).map(Math.abs)),
    bracket: quantiles(bracketsMs),
    loadAverage: loadAverage(),
  };
  noteAll(tableOf(result));
  return result;
}

async function probed(kubeconfig: string, cwd: string): Promise<ResolutionFigures> {
  const args = [kubeconfig, String(ROUTES), String(REPEAT)];
  const { code, stdout, stderr } = await runProgram(
    [Deno.execPath(), "run", "-A", V8_FLAGS, fileOf("resolution_probe.ts"), ...args],
    { cwd, limitSec: LIMIT_SEC },
  );
  if (code !== 0) throw new Error(`the probe ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

/** What an observer has seen. */
async function told<T>(observer: Printing): Promise<T> {
  observer.end();
  return JSON.parse(await observer.line());
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** How much later each count came to the probe; negative: earlier. The observer has earlier ones, too. */
function countLags(probed: readonly TimedCount[], seen: readonly TimedCount[]): number[] {
  const late = seen.slice(seen.length - probed.length);
  return probed.map(({ count, atMs }, index) => {
    if (count !== late[index]?.count) throw new Error("the two watches were told different counts");
    return atMs - late[index].atMs;
  });
}

/** As above; a change that the observer missed counts as its distance to the nearest that it saw. */
function servingLags(probed: readonly TimedServing[], seen: readonly TimedServing[]): number[] {
  return probed.map(({ isServed, atMs }) =>
    seen.filter((other) => other.isServed === isServed)
      .map((other) => atMs - other.atMs)
      .reduce((least, lag) => Math.abs(lag) < Math.abs(least) ? lag : least, Infinity)
  );
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
  { counted, served, bracket, loadAverage }: {
    readonly counted: Quantiles;
    readonly served: Quantiles;
    readonly bracket: Quantiles;
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
    row("counted, from another watch", counted),
    row("served or gone, from another client", served),
    row("served or gone, between two questions", bracket),
  ]);
}
