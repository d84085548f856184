/**
 * `--json-stream`: what happens in a run as events, one JSON object a line, for programs that watch
 * it: `start` (the manifest), `interval` each second, `end` (the report without its time series).
 * @module
 */

import { summarize } from "../measure/summary.ts";
import type { Report } from "../report/report.ts";
import type { Manifest } from "./manifest.ts";
import type { Run } from "./run.ts";

/** Writes events through a function that takes whole lines. */
export class JsonStream {
  constructor(readonly writeLine: (line: string) => void) {}

  start(manifest: Manifest): void {
    this.#write("start", { manifest });
  }

  /** The last second of the run; times in ms, counters as growth and per second. */
  interval(run: Run): void {
    // A second in which nothing was recorded has no bounds.
    const isEmpty = run.lastSecond.startMs === Infinity;
    const { startMs, endMs } = isEmpty
      ? { startMs: run.elapsedMs, endMs: run.elapsedMs }
      : run.lastSecond;
    const { operations, distributions, counters, gauges } = summarize(run.lastSecond);
    this.#write("interval", {
      startMs,
      endMs,
      phase: endMs <= run.warmUpMs ? "warmup" : "measured",
      operations,
      distributions,
      counters,
      gauges,
    });
  }

  end({ series: _series, percentileCurves: _curves, manifest, ...rest }: Report): void {
    this.#write("end", { runId: manifest.runId, ...rest });
  }

  #write(event: "start" | "interval" | "end", data: object): void {
    this.writeLine(JSON.stringify({ event, ...data }) + "\n");
  }
}
