/**
 * The most memory that attached-routes has with 5,000 routes, all of them watched with what a
 * controller says of them, against a sandbox in a process of its own. Of the sources, or of the
 * executable that SCALETOOL_BIN names.
 * @module
 */

import { fileURLToPath } from "node:url";
import { START_GATEWAYS, START_NAMESPACE } from "../../sandbox/gateway/start_objects.ts";
import { commandLine, TempDir } from "../../tests/support/scaletool.ts";
import { gaugeMax, loadAverage, readReport, serviceTimes, totalOf } from "../kube_cluster.ts";
import { note } from "../note.ts";
import { costOf } from "../processes.ts";
import { Printing } from "./printing.ts";

const ROUTES = 5_000;
const REPEAT = 3;

export async function routeMemory(): Promise<Record<string, unknown>> {
  await using dir = new TempDir();
  const kubeconfig = dir.file("kubeconfig");
  const file = fileURLToPath(new URL("stand_in.ts", import.meta.url));
  await using standIn = new Printing(file, [kubeconfig]);
  await standIn.line();
  const out = dir.file("run");
  const { peakRssBytes, cpuMs } = await costOf([
    ...["gateway", "attached-routes", "--kubeconfig", kubeconfig, "--out", out, "--quiet"],
    ...["--gateways", `${START_NAMESPACE}/${START_GATEWAYS[0]}`],
    ...["--profile", "production", "--routes", String(ROUTES), "--repeat", String(REPEAT)],
  ]);
  const report = readReport(out, "it ended");
  // As SCALETOOL_BIN says; the sources take tens of MB more.
  const isExecutable = commandLine([]).command !== Deno.execPath();
  const program = isExecutable ? "the executable" : "the sources";
  note(`${program}: ${(peakRssBytes / 1e6).toFixed(0)} MB at most`);
  return {
    program,
    routes: ROUTES,
    peakRssBytes,
    cpuMs,
    acceptedRoutes: gaugeMax(report, "acceptedRoutes"),
    statusWrites: totalOf(report, "routeWrites"),
    create: serviceTimes(report, "create"),
    seconds: report.summary.measuredMs / 1_000,
    validity: report.validity.level,
    loadAverage: loadAverage(),
  };
}
