/**
 * One conducted run for tests: a clock that only the test moves, what is written to stdout and
 * stderr, signals, and a run directory that is gone afterwards.
 * @module
 */

import assert from "node:assert/strict";
import { given } from "../../../core/given.ts";
import type { LoopLog } from "../../../core/measure/loop_log.ts";
import type { Report } from "../../../core/report/report.ts";
import type { Io, StopSignal } from "../../../core/command/command.ts";
import { conduct } from "../../../core/run/conduct.ts";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import type { Manifest } from "../../../core/run_log/manifest.ts";
import type { Delivery, Patience } from "../../../core/command/output.ts";
import type { Run } from "../../../core/run/run.ts";
import type { GeneratorHost } from "../../../core/generators/host.ts";
import { GENERATOR_FLAGS } from "../../../core/command/generator_flags.ts";
import type { Steering } from "../../../core/run/steering.ts";
import { CLEANUP_FLAGS, RUN_FLAGS } from "../../../core/command/run_flags.ts";
import { type GivenTexts, resolveSettings } from "../../../core/command/settings.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempDir } from "../../support/scaletool.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const MOST_SETTLINGS = 20_000;

/** A conducted run on a clock that only the test moves, and everything around it. */
export class Conducted implements AsyncDisposable {
  readonly clock = new FakeClock(1_000);
  readonly #dir = new TempDir();
  readonly path = this.#dir.file("run");
  stdout = "";
  stderr = "";
  /** Whether what is offered to stdout is dropped. */
  isReaderBehind = false;
  /** What becomes of stdout and stderr; the test may change it. */
  readonly delivery: Record<"stdout" | "stderr", Writable<Delivery>> = {
    stdout: { failure: undefined, isClosed: false },
    stderr: { failure: undefined, isClosed: false },
  };
  /** What was asked whenever it waited for the readers. */
  readonly patience: Patience[] = [];
  onSettling = () => {};
  #listener: ((signal: StopSignal) => void) | undefined;
  readonly exitCode: Promise<number>;
  /** Of the run. */
  steering!: Steering;
  isOver = false;

  constructor(
    plan: Partial<RunPlan>,
    flags: GivenTexts = {},
    { standIns = [], generators, onKey }: {
      standIns?: readonly LoopLog[];
      generators?: (clock: FakeClock) => GeneratorHost;
      onKey?: Io["onKey"];
    } = {},
  ) {
    const { values, shown } = resolveSettings({
      ...CLEANUP_FLAGS,
      ...GENERATOR_FLAGS,
      ...RUN_FLAGS,
    }, {
      command: "driver",
      flags: { out: [this.path], ...flags },
      env: () => undefined,
    });
    const io = { ...this.#io(), ...given({ onKey }) };
    const host = given({ generators: generators?.(this.clock) });
    const invocation = { command: "driver", values, shown, positionals: [], io, standIns, ...host };
    this.exitCode = conduct(invocation, {
      target: "https://127.0.0.1:6443",
      model: "closed, 1 worker",
      targetRatePerSec: null,
      defaultThresholds: ["request.failed.count <= 0"],
      mainOperation: "request",
      instrument: loadFor(100),
      ...plan,
    }, { clock: this.clock, onSteering: (steering) => this.steering = steering });
    // What it rejects with is looked at where it is awaited.
    this.exitCode.catch(() => {}).finally(() => this.isOver = true);
  }

  signal(signal: StopSignal): void {
    assert.ok(this.#listener !== undefined, `${signal} ends the process: nobody listens`);
    this.#listener(signal);
  }

  /** Lets things happen without time passing until this has been said. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (let turn = 0; turn < MOST_SETTLINGS; turn++) {
      const match = pattern.exec(this.stderr);
      if (match !== null) return match;
      await this.clock.settle();
    }
    assert.fail(`${pattern} was never said; stderr:\n${this.stderr}`);
  }

  get report(): Report {
    return JSON.parse(Deno.readTextFileSync(`${this.path}/result.json`));
  }

  get manifest(): Manifest {
    return JSON.parse(Deno.readTextFileSync(`${this.path}/manifest.json`));
  }

  /** The lines on stderr but those of the load itself. */
  get cleaningLines(): string[] {
    return this.stderr.split("\n").filter((line) => /clean|cutting/.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dir[Symbol.asyncDispose]();
    assert.equal(this.clock.sleeperCount, 0, "sleepers that outlived the run");
  }

  #io(): Io {
    return {
      stdout: (text) => this.stdout += text,
      offer: (text) => {
        if (this.isReaderBehind) return false;
        this.stdout += text;
        return true;
      },
      stderr: (text) => this.stderr += text,
      repaint: (line) => this.stderr += `\r${line}`,
      delivery: this.delivery,
      settled: (patience) => {
        this.patience.push(patience);
        this.onSettling();
        return Promise.resolve();
      },
      env: () => undefined,
      stdoutIsTerminal: false,
      stderrIsTerminal: false,
      columns: 100,
      color: false,
      onStopSignal: (listener) => {
        this.#listener = listener;
        return () => this.#listener = undefined;
      },
      reexec: () => Promise.reject(new Error("not here")),
      spawnGenerator: () => {
        throw new Error("not here");
      },
      spawnWorker: () => {
        throw new Error("not here");
      },
    };
  }
}

/** An instrument whose only request takes so long, and which stops at once when it is to. */
export function loadFor(
  ms: number,
  prepare: (run: Run) => void = () => {},
): RunPlan["instrument"] {
  return async (run) => {
    prepare(run);
    run.begin();
    const dueMs = run.clock.now();
    await run.clock.sleepUntil(dueMs + ms, run.stopping);
    const doneMs = run.clock.now();
    run.recorder.record({ op: "request", dueMs, sentMs: dueMs, doneMs, outcome: { kind: "ok" } });
  };
}
