import { loadStages } from "../../../core/measure/stage.ts";
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import type { Outcome } from "../../../core/measure/sample.ts";
import { Progress, progressLine, type ProgressOptions } from "../../../core/run/progress.ts";
import { Run } from "../../../core/run/run.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const OK: Outcome = { kind: "ok" };
const CLOSED: ProgressOptions = { op: "request", targetRatePerSec: null, durationMs: null };

function started(warmUpMs = 0): { clock: FakeClock; run: Run } {
  const clock = new FakeClock(5_000);
  return {
    clock,
    run: new Run({
      id: "test",
      clock,
      rng: createRng(1),
      stages: loadStages(warmUpMs),
      log: () => {},
    }),
  };
}

/** An operation that is due now and takes so long. */
function operation(run: Run, { outcome = OK, ms = 2, op = "request" } = {}): void {
  const dueMs = run.clock.now();
  run.recorder.record({ op, dueMs, sentMs: dueMs, doneMs: dueMs + ms, outcome });
}

interface LineCase {
  readonly what: string;
  readonly options?: Partial<ProgressOptions>;
  readonly warmUpMs?: number;
  /** What happens at the beginning of each second. */
  readonly seconds: readonly ((run: Run) => void)[];
  readonly line: string;
}

const nothing = () => {};

const LINES: readonly LineCase[] = [
  { what: "nothing at all", seconds: [nothing], line: "1s  request 0/s" },
  {
    what: "a duration",
    options: { durationMs: 30_000 },
    seconds: [nothing, nothing],
    line: "2s of 30s  request 0/s",
  },
  {
    what: "what a load shows beside it",
    options: { liveText: (second) => `ping ${second.counter("pings")}` },
    seconds: [(run) => run.recorder.count("pings", 7, { atMs: run.clock.now() })],
    line: "1s  request 0/s  ping 7",
  },
  {
    what: "nothing beside it",
    options: { liveText: () => "" },
    seconds: [nothing],
    line: "1s  request 0/s",
  },
  {
    what: "a warm-up that goes on",
    options: { durationMs: 30_000 },
    warmUpMs: 10_000,
    seconds: [(run) => operation(run)],
    line: "1s of 40s  warming up  request 1/s  p50 2ms p99 2ms",
  },
  {
    what: "a warm-up that has ended",
    options: { durationMs: 30_000 },
    warmUpMs: 1_000,
    seconds: [(run) => operation(run), (run) => operation(run)],
    line: "2s of 31s  request 1/s  p50 2ms p99 2ms",
  },
  {
    what: "a target",
    options: { targetRatePerSec: 2.5 },
    seconds: [(run) => [1, 2, 3].forEach((ms) => operation(run, { ms }))],
    line: "1s  request 3/s (target 2.5/s)  p50 2ms p99 3ms",
  },
  {
    what: "the last second alone",
    seconds: [
      (run) => [1, 2, 3].forEach(() => operation(run, { ms: 900 })),
      (run) => operation(run, { ms: 4 }),
    ],
    line: "2s  request 1/s  p50 4ms p99 4ms",
  },
  {
    what: "another operation than the shown one",
    options: { op: "connect" },
    seconds: [(run) => operation(run)],
    line: "1s  connect 0/s",
  },
  {
    what: "the last reading of what is in flight, and bytes",
    seconds: [(run) => {
      const at = { atMs: run.clock.now() };
      run.recorder.gauge("inFlight", 3, at);
      run.recorder.gauge("inFlight", 7, at);
      run.recorder.count("receivedBytes", 1_000_000, { ...at, tags: { connection: "0" } });
      run.recorder.count("receivedBytes", 500_000, { ...at, tags: { connection: "1" } });
    }],
    line: "1s  request 0/s  in flight 7  1.5 MB/s",
  },
  {
    what: "failures of the whole run, and of every operation, but no cancelled ones",
    seconds: [
      (run) => {
        operation(run, { outcome: { kind: "failed", reason: "http-503" } });
        operation(run, { op: "connect", outcome: { kind: "failed", reason: "tls" } });
      },
      (run) => {
        operation(run, { outcome: { kind: "failed", reason: "http-503" } });
        operation(run, { outcome: { kind: "cancelled" } });
        operation(run, { outcome: { kind: "dropped" } });
      },
    ],
    line: "2s  request 1/s  3 failed: http-503 2, tls 1",
  },
];

for (const { what, options, warmUpMs, seconds, line } of LINES) {
  Deno.test(`the live line of a run with ${what}: ${line}`, async () => {
    const { clock, run } = started(warmUpMs);
    for (const happens of seconds) {
      happens(run);
      await clock.advance(1_000);
      run.rotate();
    }
    strictEqual(progressLine(run, { ...CLOSED, ...options }), line);
  });
}

Deno.test("a load that tells how far it has come is quoted, beside its main operation when there is some", async () => {
  const { clock, run } = started();
  run.progressText = () => "40 of 50 backed up";
  const lines: string[] = [];
  for (const happens of [nothing, operation]) {
    happens(run);
    await clock.advance(1_000);
    run.rotate();
    lines.push(progressLine(run, CLOSED));
  }
  run.progressText = null;
  lines.push(progressLine(run, CLOSED));
  deepStrictEqual(lines, [
    "1s  40 of 50 backed up",
    "2s  40 of 50 backed up  request 1/s  p50 2ms p99 2ms",
    "2s  request 1/s  p50 2ms p99 2ms",
  ]);
});

Deno.test("the live line of a run that has just begun has no rate of a second that is not over", () => {
  strictEqual(progressLine(started().run, CLOSED), "0s  request 0/s");
});

type ProgressIo = Progress["io"];

/** Only keeps what is written to stderr. */
function written(options: Pick<ProgressIo, "stderrIsTerminal"> & Partial<ProgressIo>) {
  const texts: string[] = [];
  const io: ProgressIo = {
    stderr: (text) => texts.push(text),
    repaint: (line) => texts.push(`over: ${line}`),
    columns: 80,
    ...options,
  };
  return { io, texts };
}

Deno.test("without a terminal there is one plain line every 10 s", async () => {
  const { clock, run } = started();
  const { io, texts } = written({ stderrIsTerminal: false });
  const progress = new Progress(run, io, CLOSED);
  for (let second = 0; second < 25; second++) {
    await clock.advance(1_000);
    run.rotate();
    progress.tick();
  }
  progress.close();
  deepStrictEqual(texts, ["10s  request 0/s\n", "20s  request 0/s\n"]);
});

Deno.test("a terminal has one line that is rewritten, and gone at the end", async () => {
  const { clock, run } = started();
  const { io, texts } = written({ stderrIsTerminal: true });
  const progress = new Progress(run, io, CLOSED);
  for (let second = 0; second < 2; second++) {
    await clock.advance(1_000);
    run.rotate();
    progress.tick();
  }
  progress.close();
  progress.close();
  deepStrictEqual(texts, [
    "over: 1s  request 0/s",
    "over: 2s  request 0/s",
    "over: ",
  ]);
});

Deno.test("a line that stays is written where the live one was", async () => {
  const { clock, run } = started();
  const { io, texts } = written({ stderrIsTerminal: true });
  const progress = new Progress(run, io, CLOSED);
  progress.say("serving");
  await clock.advance(1_000);
  run.rotate();
  progress.tick();
  progress.say("stopping");
  progress.close();
  deepStrictEqual(texts, ["serving\n", "over: 1s  request 0/s", "over: ", "stopping\n"]);
});

Deno.test("a line that quotes somebody stays one line without control characters", () => {
  const { io, texts } = written({ stderrIsTerminal: false });
  new Progress(started().run, io, CLOSED).say("WARNING: the server says no\u001b[1m\nPASS\u0007");
  deepStrictEqual(texts, ["WARNING: the server says no\u{fffd}[1m PASS\u{fffd}\n"]);
});

Deno.test("the live line never reaches the last column of the terminal, where it would wrap", async () => {
  const { clock, run } = started();
  const { io, texts } = written({ stderrIsTerminal: true, columns: 12 });
  await clock.advance(1_000);
  run.rotate();
  new Progress(run, io, CLOSED).tick();
  deepStrictEqual(texts, ["over: 1s  request"]);
});

Deno.test("who reads along with a simulation is shown a line every 10 s of their own time", () => {
  const { clock, run } = started();
  let passedMs = 0;
  const lines: string[] = [];
  const io = {
    stderr: (text: string) => void lines.push(text),
    repaint: () => {},
    stderrIsTerminal: false,
    columns: 80,
  };
  const progress = new Progress(run, io, CLOSED, () => passedMs);
  for (let second = 1; second <= 100; second++) {
    clock.stall(1_000);
    passedMs += 200;
    progress.tick();
  }
  strictEqual(lines.length, 2);
  strictEqual(lines[0], "50s  request 0/s\n");
});
