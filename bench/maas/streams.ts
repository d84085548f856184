/**
 * 1,000 streams at a time for half a minute: how much memory do they take, and how far is the time of
 * a first token from when the model server wrote it, by its own clock? The latter with few streams, too,
 * where nothing waits for a CPU, and beside a Go client, which tells what this machine lets anybody see.
 * @module
 */

import { columns, formatTable } from "../../core/report/table.ts";
import { TempDir } from "../../tests/support/scaletool.ts";
import { distributionOf, gaugeMax, loadAverage, noteAll } from "../kube_cluster.ts";
import { gaugeMean } from "../processes.ts";
import { GoChat, type GoStreamFigures } from "./go_chat.ts";
import { ownChat, TOKEN_BYTES } from "./own_chat.ts";

const SECONDS = 30;
const MAX_TOKENS = 50;
const MODEL_TIMES = { ttftMs: 100, gapMs: 100 };
const STREAMS = [10, 100, 1_000] as const;
/** A whole answer's time, so that they are evenly spread over it; at once, each waits for all others. */
const COME_IN_MS = MODEL_TIMES.ttftMs + (MAX_TOKENS - 1) * MODEL_TIMES.gapMs;

export async function chatStreams(): Promise<Record<string, unknown>> {
  await using dir = new TempDir();
  const go = await GoChat.build(dir);
  if (go === undefined) return { skipped: "no go toolchain" };
  const stretches = [];
  for (const streams of STREAMS) {
    stretches.push({ ...await ownStreams(dir, { go, streams }), go: await goStreams(go, streams) });
  }
  noteAll(tableOf(stretches));
  return { seconds: SECONDS, maxTokens: MAX_TOKENS, ...MODEL_TIMES, stretches };
}

type Stretch = Awaited<ReturnType<typeof ownStreams>> & { readonly go: GoStreamFigures };

/** What a client can see of it on this machine: the same with Go's net/http. */
async function goStreams(go: GoChat, streams: number): Promise<GoStreamFigures> {
  await using model = await go.serve();
  return await go.stream({
    "url": model.origin + model.path(MODEL_TIMES),
    "users": streams,
    "come-in": `${COME_IN_MS}ms`,
    "token-bytes": TOKEN_BYTES,
    "max-tokens": MAX_TOKENS,
    "duration": `${SECONDS}s`,
  }, { limitSec: 2 * SECONDS });
}

async function ownStreams(dir: TempDir, { go, streams }: { go: GoChat; streams: number }) {
  await using model = await go.serve();
  const { figures, report, peakBytes } = await ownChat(dir, {
    origin: model.origin,
    path: model.path(MODEL_TIMES),
    users: streams,
    seconds: SECONDS,
    comeInMs: COME_IN_MS,
    isStream: true,
    maxTokens: MAX_TOKENS,
    tellsFirstTokens: true,
  });
  const { before, after } = figures.clocks!;
  const offsetMs = (before.offsetMs + after.offsetMs) / 2;
  const sentNs: Record<string, number[]> = await (await fetch(`${model.origin}/sent`)).json();
  const latesMs = Object.entries(figures.firstTokensMs).flatMap(([user, timesMs]) =>
    timesMs.map((atMs, index) => atMs + offsetMs - sentNs[user]![index]! / 1e6)
  ).toSorted((one, other) => one - other);
  const at = (share: number) => latesMs[Math.floor(share * (latesMs.length - 1))] ?? null;
  const chat = report.summary.operations.find(({ op }) => op === "chat");
  return {
    streams,
    ok: chat?.ok ?? 0,
    failed: chat?.failed ?? 0,
    inFlightMax: gaugeMax(report, "inFlight"),
    rssMaxBytes: gaugeMax(report, "rssBytes"),
    peakBytes,
    cpuCores: gaugeMean(report, "cpuRatio"),
    firstTokenLate: { count: latesMs.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
    timeToFirstToken: distributionOf(report, "timeToFirstToken"),
    interTokenLatency: distributionOf(report, "interTokenLatency"),
    /** How well the two clocks were compared, and how far they went apart meanwhile. */
    clocks: {
      errorMs: Math.max(before.errorMs, after.errorMs),
      driftMs: after.offsetMs - before.offsetMs,
    },
    validity: report.validity,
    loadAverage: loadAverage(),
  };
}

function tableOf(stretches: readonly Stretch[]): string[] {
  const titles = columns(
    ...[">STREAMS", ">OK", ">FAILED", ">RSS MAX MB", ">CPU CORES", ">LATE P50 MS", ">LATE P99 MS"],
    ...[">GO P50 MS", ">GO P99 MS", ">LOAD"],
  );
  return formatTable(
    titles,
    stretches.map((stretch) => [
      String(stretch.streams),
      String(stretch.ok),
      String(stretch.failed),
      ((stretch.rssMaxBytes ?? NaN) / 1e6).toFixed(0),
      (stretch.cpuCores ?? NaN).toFixed(2),
      stretch.firstTokenLate.p50Ms?.toFixed(2) ?? "",
      stretch.firstTokenLate.p99Ms?.toFixed(2) ?? "",
      stretch.go.p50Ms.toFixed(2),
      stretch.go.p99Ms.toFixed(2),
      stretch.loadAverage.toFixed(1),
    ]),
  );
}
