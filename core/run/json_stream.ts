/**
 * `--json-stream`: what happens in a run as events, one JSON object a line, for programs that watch
 * it: `start` (the manifest), `interval` each second, `threshold` when one begins to fail or does not
 * fail any more, `change` when something was changed of the load, `stage` when one of several is over,
 * `end` (the report without its time series). To a reader that lags behind, intervals are not sent; once
 * it reads again, `dropped` says how many.
 * @module
 */

import type { Standing } from "../judge/standing.ts";
import type { Stage } from "../measure/stage.ts";
import { Totals } from "../measure/totals.ts";
import { summarize } from "../measure/summary.ts";
import type { Report, StageReport } from "../report/report.ts";
import type { Io } from "../command/command.ts";
import type { Manifest } from "../run_log/manifest.ts";
import type { RunLogRecord } from "../run_log/record.ts";
import type { Run } from "./run.ts";

/** Writes each event as a line to stdout. */
export class JsonStream {
  readonly #io: Pick<Io, "stdout" | "offer">;
  /** Intervals that were dropped since the last one that was not. */
  #missing = 0;
  #droppedCount = 0;

  constructor(io: Pick<Io, "stdout" | "offer">) {
    this.#io = io;
  }

  /** How many intervals the reader has not been sent. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  start(manifest: Manifest): void {
    this.#io.stdout(lineOf("start", { manifest }));
  }

  /** The last second of the run, each stage by itself; times in ms, counters as growth and per second. */
  interval(run: Run): void {
    const parts = run.lastParts;
    // What generators did not tell in time comes with the next one.
    if (parts.length === 0 && !run.hasGenerators) {
      this.#interval(new Totals(), { ...run.stageAt(), atMs: run.elapsedMs });
    }
    for (const { stage, totals } of parts) this.#interval(totals, { ...stage, atMs: 0 });
  }

  #interval(
    totals: Totals,
    { name, kind, atMs }: { name?: string; kind?: Stage["kind"]; atMs: number },
  ): void {
    // A second in which nothing was recorded has no bounds.
    const isEmpty = totals.startMs === Infinity;
    const { startMs, endMs } = isEmpty ? { startMs: atMs, endMs: atMs } : totals;
    const { operations, distributions, counters, gauges } = summarize(totals);
    const line = lineOf("interval", {
      startMs,
      endMs,
      phase: kind === "measured" ? "measured" : "warmup",
      stage: name ?? null,
      operations,
      distributions,
      counters,
      gauges,
    });
    if (this.#io.offer(this.#gap() + line)) {
      this.#missing = 0;
    } else {
      this.#missing++;
      this.#droppedCount++;
    }
  }

  /** @param atMs since the run's start */
  threshold({ state, finding, judgedMs }: Standing, atMs: number): void {
    const { subject, observed, limit, reason } = finding;
    const isFailing = state === "fails";
    this.#must("threshold", {
      threshold: subject,
      isFailing,
      observed,
      limit,
      reason,
      atMs,
      judgedMs,
    });
  }

  change({ type: _type, ...change }: Extract<RunLogRecord, { type: "change" }>): void {
    this.#must("change", change);
  }

  stage(stage: StageReport): void {
    this.#must("stage", stage);
  }

  end({ series: _series, percentileCurves: _curves, manifest, ...rest }: Report): void {
    this.#must("end", { runId: manifest.runId, ...rest });
  }

  /** Sends what no reader may miss. */
  #must(event: StreamEvent, data: object): void {
    this.#io.stdout(this.#gap() + lineOf(event, data));
    this.#missing = 0;
  }

  #gap(): string {
    return this.#missing === 0 ? "" : lineOf("dropped", { intervals: this.#missing });
  }
}

type StreamEvent = "start" | "interval" | "threshold" | "change" | "stage" | "dropped" | "end";

function lineOf(event: StreamEvent, data: object): string {
  return JSON.stringify({ event, ...data }) + "\n";
}
