/** Moments of a run, made as a real one makes them, for tests of the live page. @module */

import { RunFigures } from "../../../../core/report/run_figures.ts";
import { SoFar } from "../../../../core/report/so_far.ts";
import { Recorder } from "../../../../core/measure/recorder.ts";
import { loadStages } from "../../../../core/measure/stage.ts";
import type { RunLogRecord } from "../../../../core/run_log/record.ts";
import type { Moment } from "../../../../core/run/live/moment.ts";
import type { RunStatus } from "../../../../core/run/steering.ts";
import { SAMPLE_MANIFEST } from "../../../support/sample_report.ts";

const MANIFEST = { ...SAMPLE_MANIFEST, warmUpMs: 0 };

/** A run of a request each 100 ms, which the test lets go on. */
export class GrowingRun {
  readonly figures = new RunFigures(MANIFEST);
  readonly #soFar = new SoFar(this.figures);
  readonly #recorder = new Recorder({ startMs: 0, stages: loadStages(0) });
  #second = 0;
  state: RunStatus["state"] = "running";
  /** What it can be asked for. */
  changes: RunStatus["changes"] = ["stop"];
  /** How often it was looked at. */
  looks = 0;

  log(...records: readonly RunLogRecord[]): void {
    for (const record of records) this.figures.take(record);
  }

  goOn(seconds = 1): void {
    for (; seconds > 0; seconds--) {
      const startMs = 1_000 * this.#second++;
      for (let dueMs = startMs; dueMs < startMs + 1_000; dueMs += 100) {
        const doneMs = dueMs + 1 + this.#second % 7;
        this.#recorder.record({
          op: "request",
          dueMs,
          sentMs: dueMs,
          doneMs,
          outcome: { kind: "ok" },
        });
        this.#recorder.count("receivedBytes", 1_000, { atMs: dueMs });
      }
      for (const interval of this.#recorder.rotate(startMs + 1_000)) {
        this.log({ type: "interval", interval });
      }
    }
  }

  look(): Moment {
    this.looks++;
    const { stretches } = this.figures;
    return {
      status: {
        runId: "r",
        command: "httperf",
        target: "https://127.0.0.1:8443",
        state: this.state,
        elapsedMs: 1_000 * this.#second,
        line: `${this.#second}s`,
        targetRatePerSec: 10,
        workers: null,
        changes: this.changes,
      },
      report: this.#soFar.report([]),
      stretchMs: stretches.stretchMs,
      stretches: stretches.stretches(),
      lastSecond: {
        rate: { perSec: 10, targetPerSec: 10 },
        inFlight: undefined,
        times: undefined,
        receivedBytesPerSec: undefined,
      },
      wholeMs: null,
      stage: null,
    };
  }
}
