/**
 * A coordinator whose generators are streams of lines: `deno run coordinator_program.ts GENERATORS`.
 * Prints what it took of a core and of memory as JSON; making the lines is a part of that.
 * @module
 */

import process from "node:process";
import { GENERATOR_FLAGS } from "../core/command/generator_flags.ts";
import { RUN_FLAGS } from "../core/command/run_flags.ts";
import { resolveSettings } from "../core/command/settings.ts";
import type { GeneratorProcess } from "../core/generators/generator_process.ts";
import type { Told } from "../core/generators/line.ts";
import { lineTelling } from "../core/generators/line_telling.ts";
import type { Order } from "../core/generators/order.ts";
import { ProcessHost } from "../core/generators/process_host.ts";
import { SystemClock } from "../core/load/clock.ts";
import { createRng } from "../core/load/rng.ts";
import type { Interval } from "../core/measure/interval.ts";
import { Recorder } from "../core/measure/recorder.ts";
import { loadStages } from "../core/measure/stage.ts";
import { conduct } from "../core/run/conduct.ts";
import { recordingIo } from "../tests/support/recording_io.ts";
import { TempDir } from "../tests/support/scaletool.ts";

const DURATION_MS = 30_000;
/** What starting takes is no part of it. */
const SETTLE_MS = 5_000;
const RATE_PER_SEC = 200;
const LOOP_READINGS_PER_SEC = 52;

const clock = new SystemClock();

/** What one generator measures in a second: creates and deletes, and the readings of itself. */
function secondOf(index: number): Interval {
  const rng = createRng(index + 1);
  const recorder = new Recorder({ startMs: 0, stages: loadStages(0) });
  const times = () => 1 + 20 * -Math.log(1 - rng.next());
  for (let number = 0; number < RATE_PER_SEC; number++) {
    const dueMs = number * 1_000 / RATE_PER_SEC;
    for (const op of ["create", "delete"]) {
      const sentMs = dueMs + rng.next();
      recorder.record({ op, dueMs, sentMs, doneMs: sentMs + times(), outcome: { kind: "ok" } });
    }
    recorder.observeMs("schedulingLag", rng.next(), { atMs: dueMs });
  }
  for (let reading = 0; reading < LOOP_READINGS_PER_SEC; reading++) {
    recorder.observeMs("loopLag", 1 + times() / 10, { atMs: reading });
  }
  for (const name of ["cpuRatio", "rssBytes", "heapUsedBytes", "inFlight", "population"]) {
    recorder.gauge(name, rng.next(), { atMs: 1 });
  }
  return recorder.rotate(999.999)[0]!;
}

/** A generator that does what it is ordered, as far as lines tell. */
function lineStream(index: number): GeneratorProcess {
  const ended = Promise.withResolvers<{ isOrderly: boolean; why: string }>();
  const encoder = new TextEncoder();
  let tell: (told: Told) => void = () => {};
  let close = () => {};
  const stdout = new ReadableStream<Uint8Array>({
    start(controller) {
      tell = lineTelling(index, (text) => controller.enqueue(encoder.encode(text)));
      close = () => controller.close();
    },
  });
  tell({ type: "ready", clock: { offsetMs: 0, boundMs: 0 } });
  const second = secondOf(index);
  const load = async (atMs: number) => {
    const startMs = clock.now() + atMs - clock.wallNow().getTime();
    await clock.sleepUntil(startMs);
    tell({ type: "begun", atMs });
    for (let endMs = 1_000; endMs <= DURATION_MS; endMs += 1_000) {
      await clock.sleepUntil(startMs + endMs);
      const interval = { ...second, startMs: endMs - 1_000, endMs };
      tell({ type: "records", records: [{ type: "interval", interval }] });
    }
    tell({ type: "over", end: { reason: "duration", atMs: DURATION_MS } });
    close();
    ended.resolve({ isOrderly: true, why: "" });
  };
  return {
    pid: 0,
    stdout,
    stderr: new ReadableStream({ start: (controller) => controller.close() }),
    send(text) {
      const { what }: Order = JSON.parse(text);
      if (what.type === "begin") void load(what.atMs);
      return Promise.resolve();
    },
    hangUp: () => Promise.resolve(),
    kill: () => {},
    ended: ended.promise,
  };
}

async function main(generators: number): Promise<void> {
  await using dir = new TempDir();
  const flags = { out: [dir.file("run")], duration: [`${DURATION_MS}ms`], seed: ["1"] };
  let next = 0;
  const host = new ProcessHost({
    count: generators,
    command: ["bench"],
    settings: "",
    spawn: () => lineStream(next++),
  });
  const settings = resolveSettings({ ...RUN_FLAGS, ...GENERATOR_FLAGS }, {
    command: "bench",
    flags,
    env: () => undefined,
  });
  const running = conduct({
    command: "bench",
    ...settings,
    positionals: [],
    io: recordingIo().io,
    generators: host,
  }, {
    target: "lines",
    model: "open",
    targetRatePerSec: RATE_PER_SEC * generators,
    defaultThresholds: ["create.failed.count <= 0", "create.response.p99 < 1s over 10s"],
    mainOperation: "create",
    isDivisible: true,
    instrument: () => Promise.resolve(),
  });
  await clock.sleepUntil(clock.now() + SETTLE_MS);
  const before = { ...process.cpuUsage(), atMs: clock.now() };
  await clock.sleepUntil(clock.now() + DURATION_MS - 2 * SETTLE_MS);
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system - before.user - before.system) / 1_000;
  const coreRatio = cpuMs / (clock.now() - before.atMs);
  const exitCode = await running;
  const [, peakKiB = "0"] = /^VmHWM:\s+(\d+) kB$/m
    .exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
  Deno.stdout.writeSync(new TextEncoder().encode(
    JSON.stringify({
      generators,
      coreRatio: Number(coreRatio.toFixed(3)),
      peakRssMiB: Math.round(Number(peakKiB) / 1_024),
      logBytesPerSec: Math.round(
        Deno.statSync(dir.file("run/run.jsonl")).size * 1_000 / DURATION_MS,
      ),
      exitCode,
    }) + "\n",
  ));
}

await main(Number(Deno.args[0] ?? "50"));
Deno.exit(0);
