/**
 * What does a viewer of the live page cost the run? One run, in turn with one viewer and with none: how
 * much CPU time of its process a second with a viewer takes more than one without, and what comes over
 * the wire. The viewer is this process.
 * @module
 */

import { SystemClock } from "../core/load/clock.ts";
import { Scaletool } from "../tests/support/scaletool.ts";
import { median } from "./kube_cluster.ts";
import { note } from "./note.ts";
import { usageOf } from "./processes.ts";

const ROUNDS = 8;
const STRETCH_MS = 10_000;
/** Code that has run a few times is as fast as it gets. */
const WARM_MS = 10_000;

const RUN = [
  ...[
    "cmdriver",
    "--sandbox",
    "--lambda",
    "30",
    "--maxpop",
    "60",
    "--n",
    "1000000",
    "--with-logger",
  ],
  ...["--threshold", "create.response.p99 < 1s over 10s", "--metrics-addr", "127.0.0.1:0"],
];

const clock = new SystemClock();

export async function livePageCost(): Promise<Record<string, unknown>> {
  await using run = new Scaletool(RUN, { longestRunMs: 600_000 });
  const [, url = ""] = await run.line(/^live page at (\S+)\/#token=/m);
  await pass(WARM_MS);
  const viewer = new Viewer(url);
  await viewer.look(); // the history, and what is slow the first time
  viewer.bytes = 0;
  const [withViewer, without]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await cpuRatioOf(run, () => pass(STRETCH_MS)));
    withViewer.push(await cpuRatioOf(run, () => viewer.look()));
    note(`without ${without.at(-1)!.toFixed(4)} with ${withViewer.at(-1)!.toFixed(4)} of a core`);
  }
  return {
    rounds: ROUNDS,
    coreRatioWithout: median(without),
    coreRatioWith: median(withViewer),
    viewerCoreRatio: median(withViewer.map((ratio, index) => ratio - without[index]!)),
    bytesPerSec: Math.round(viewer.bytes / ROUNDS / (STRETCH_MS / 1_000)),
  };
}

function pass(ms: number): Promise<void> {
  return clock.sleepUntil(clock.now() + ms);
}

/** CPU time of the run's process as a share of the time that passes. */
async function cpuRatioOf({ pid }: Scaletool, action: () => Promise<void>): Promise<number> {
  const [fromMs, before] = [clock.now(), usageOf(pid)!.cpuMs];
  await action();
  return (usageOf(pid)!.cpuMs - before) / (clock.now() - fromMs);
}

/** Looks for a while, now and then, as one whose connection was lost goes on. */
class Viewer {
  bytes = 0;
  #lastEventId = "";

  constructor(readonly url: string) {}

  async look(): Promise<void> {
    const over = new AbortController();
    const ended = pass(STRETCH_MS).then(() => over.abort());
    try {
      const response = await fetch(`${this.url}/live/events`, {
        headers: { "last-event-id": this.#lastEventId },
        signal: over.signal,
      });
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        this.bytes += text.length;
        this.#lastEventId = /^id: (.*)$/m.exec(text)?.[1] ?? this.#lastEventId;
      }
    } catch (error) {
      if (!over.signal.aborted) throw error;
    }
    await ended;
  }
}
