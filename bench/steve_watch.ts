/**
 * What watching a Steve costs: 2,000 watchers on a real one, 10,000 on the stand-in in a process of
 * its own, and the reading of one message beside JSON.parse. All watchers are in one process; objects
 * are small, because it is the watchers that are measured.
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Report } from "../core/report/report.ts";
import { columns, formatTable } from "../core/report/table.ts";
import { requireSteve, startSteve } from "../tests/real/steve.ts";
import { TempDir } from "../tests/support/scaletool.ts";
import type { StandInFigures } from "./steve_stand_in.ts";
import { parseMessage } from "../watchers/steve/fleet/messages.ts";
import {
  gaugeMax,
  type KubeBench,
  loadAverage,
  noteAll,
  onControlPlane,
  runCommand,
} from "./kube_cluster.ts";
import { gaugeMean } from "./processes.ts";

const CONNECT_RATE = 500;
const DURATION_SEC = 70;
const STAND_IN = fileURLToPath(new URL("steve_stand_in.ts", import.meta.url));
const EVENTS = [
  ...["toldEvents", "lateEvents", "missedEvents", "lostEvents"],
  ...["maybeLateEvents", "maybeMissedEvents", "maybeLostEvents", "explainedEvents"],
];
const PARSE_ROUNDS = 200_000;
const OBJECT_BYTES = 1_000_000;

interface Figures {
  readonly watchers: number;
  readonly openWatchersMax: number | null;
  /** From when each watcher was to connect until its socket was open. */
  readonly connectResponseP99Ms: number | null;
  readonly connectFailed: number;
  readonly rssMaxBytes: number | null;
  /** Of one core, over the whole run. */
  readonly cpuCores: number | null;
  /** By subject: the verdict and, unless it is a pass, why. */
  readonly findings: Record<string, string>;
  /** Messages that came, to be held against what was sent. */
  readonly receivedMessages: number;
  /** What became of the events that had to be told: `told`, `missed`, ... */
  readonly events: Record<string, number>;
  readonly loopLagP99Ms: number | null;
  readonly loadAverage: number;
}

export async function steveReal(): Promise<Record<string, unknown>> {
  if (!await requireSteve()) return { skipped: "no Steve on this machine" };
  return await onControlPlane(async (bench) => {
    await using steve = await startSteve({ plane: bench.plane });
    return { steve: "v0.10.2", ...await watched(bench, { watchers: 2_000, url: steve.url }) };
  });
}

export async function steveSandbox(): Promise<Record<string, unknown>> {
  await using dir = new TempDir();
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", STAND_IN],
    stdout: "piped",
  }).spawn();
  try {
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const nextLine = async () => ((await lines.read()).value ?? "").trim();
    const url = await nextLine();
    const kubeconfig = dir.file("kubeconfig");
    Deno.writeTextFileSync(kubeconfig, kubeconfigOf(url));
    const figures = await watched({ kubeconfig, dir }, { watchers: 10_000, url });
    process.kill("SIGTERM");
    const standIn: StandInFigures = JSON.parse(await nextLine());
    return { ...figures, standIn };
  } finally {
    kill(process);
    await process.status;
  }
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // it has ended by itself
  }
}

export function steveMessages(): Promise<Record<string, unknown>> {
  const head = '{"name":"resource.changes","resourceType":"configmaps","revision":"985240",' +
    '"mode":"resource.changes","data":{"type":"subscribe","links":{}}}\n';
  const object = '{"name":"resource.create","resourceType":"configmaps","id":"ns/a",' +
    `"revision":"985240","data":{"id":"ns/a","data":{"k":"${"a".repeat(OBJECT_BYTES)}"}}}\n`;
  return Promise.resolve({
    changes: costs(head, PARSE_ROUNDS),
    object: { bytes: object.length, ...costs(object, PARSE_ROUNDS / 1_000) },
  });
}

async function watched(
  bench: Pick<KubeBench, "kubeconfig" | "dir">,
  { watchers, url }: { watchers: number; url: string },
): Promise<Record<string, unknown>> {
  const { report } = await runCommand(bench, {
    limitSec: DURATION_SEC + 120,
    args: [
      ...["steve-watch", "--steve-url", url, "--wal-source", "none", "--seed", "1"],
      ...["--count", String(watchers), "--connect-rate", String(CONNECT_RATE)],
      ...["--duration", `${DURATION_SEC}s`, "--churn-rate", "1", "--payload", "1000"],
      ...["--crd-period", "10s"],
    ],
  });
  const figures = figuresOf(report, watchers);
  noteAll(tableOf(figures));
  return { connectRatePerSec: CONNECT_RATE, durationSec: DURATION_SEC, ...figures };
}

function figuresOf(report: Report, watchers: number): Figures {
  const connect = report.summary.operations.find(({ op }) => op === "connect");
  return {
    watchers,
    openWatchersMax: gaugeMax(report, "openWatchers"),
    connectResponseP99Ms: connect?.response?.p99 ?? null,
    connectFailed: connect?.failed ?? 0,
    rssMaxBytes: gaugeMax(report, "rssBytes"),
    cpuCores: gaugeMean(report, "cpuRatio"),
    findings: Object.fromEntries(
      report.findings.map(({ subject, verdict, reason }) => [
        subject,
        [verdict, reason].filter((text) => text !== "").join(": "),
      ]),
    ),
    receivedMessages: totalOf(report, "messages"),
    events: Object.fromEntries(EVENTS.map((name) => [name, totalOf(report, name)])),
    loopLagP99Ms: worstLoopLagMs(report),
    loadAverage: loadAverage(),
  };
}

/** Of the thread that was the latest. */
function worstLoopLagMs({ summary }: Report): number | null {
  const lags = summary.distributions.filter(({ name }) => name === "loopLag");
  return lags.length === 0 ? null : Math.max(...lags.map(({ stats: { p99 } }) => p99 ?? 0));
}

/** Over all tags. */
function totalOf({ summary }: Report, name: string): number {
  return summary.counters.filter((one) => one.name === name)
    .reduce((sum, { total }) => sum + total, 0);
}

function tableOf({ watchers, connectResponseP99Ms, rssMaxBytes, cpuCores, ...rest }: Figures) {
  const titles = columns(">WATCHERS", ">OPEN", ">CONNECT P99 MS", ">RSS MAX MB", ">CORES", ">LOAD");
  return formatTable(titles, [[
    String(watchers),
    String(rest.openWatchersMax ?? ""),
    connectResponseP99Ms?.toFixed(1) ?? "",
    ((rssMaxBytes ?? NaN) / 1e6).toFixed(0),
    (cpuCores ?? NaN).toFixed(2),
    rest.loadAverage.toFixed(1),
  ]]);
}

/** Microseconds a message, ours and the whole of it parsed. */
function costs(text: string, rounds: number): Record<string, number> {
  const cost = (read: (text: string) => unknown) => {
    const startMs = performance.now();
    for (let round = 0; round < rounds; round++) read(text);
    return (performance.now() - startMs) * 1_000 / rounds;
  };
  cost(parseMessage); // once to warm up
  return { parseMessageUs: cost(parseMessage), jsonParseUs: cost(JSON.parse) };
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "stand-in",
    clusters: [{ name: "stand-in", cluster: { server } }],
    users: [{ name: "stand-in", user: {} }],
    contexts: [{ name: "stand-in", context: { cluster: "stand-in", user: "stand-in" } }],
  });
}
