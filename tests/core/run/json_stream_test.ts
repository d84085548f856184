import { loadStages } from "../../../core/measure/stage.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import { JsonStream } from "../../../core/run/json_stream.ts";
import { Run } from "../../../core/run/run.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { SAMPLE_MANIFEST, sampleReport } from "../../support/sample_report.ts";

function started(warmUpMs: number) {
  const clock = new FakeClock(5_000);
  const run = new Run({
    id: "test",
    clock,
    rng: createRng(1),
    stages: loadStages(warmUpMs),
    log: () => {},
  });
  const lines: string[] = [];
  const reader = { isBehind: false };
  const stream = new JsonStream({
    stdout: (text) => lines.push(...linesOf(text)),
    offer(text) {
      if (!reader.isBehind) lines.push(...linesOf(text));
      return !reader.isBehind;
    },
  });
  /** One second of the run with so many operations of 3 ms, and its event. */
  const second = async (count: number): Promise<Record<string, unknown>> => {
    for (let n = 0; n < count; n++) {
      const dueMs = clock.now();
      const sample = { op: "request", dueMs, sentMs: dueMs, doneMs: dueMs + 3 };
      run.recorder.record({ ...sample, outcome: { kind: "ok" } });
    }
    await clock.advance(1_000);
    run.rotate();
    stream.interval(run);
    return JSON.parse(lines.at(-1) ?? "");
  };
  return { run, stream, lines, second, reader };
}

const linesOf = (text: string) => text.match(/.*\n/g) ?? [];

Deno.test("intervals that the reader was too slow for are counted, in the stream and for the report", async () => {
  const { stream, lines, second, reader } = started(0);
  await second(1);
  reader.isBehind = true;
  for (let n = 0; n < 3; n++) await second(1);
  strictEqual(lines.length, 1);
  reader.isBehind = false;
  await second(1);
  await second(1);
  reader.isBehind = true;
  await second(1);
  stream.end(sampleReport());
  deepStrictEqual(
    lines.map((line) => JSON.parse(line)).map(({ event, intervals }) => intervals ?? event),
    ["interval", 3, "interval", "interval", 1, "end"],
  );
  strictEqual(stream.droppedCount, 4);
});

Deno.test("every event is one line", async () => {
  const { stream, lines, second } = started(0);
  stream.start({ ...SAMPLE_MANIFEST, labels: { note: "two\nlines" } });
  await second(1);
  stream.end(sampleReport());
  deepStrictEqual(lines.map((line) => line.indexOf("\n") === line.length - 1), [true, true, true]);
  deepStrictEqual(lines.map((line) => JSON.parse(line).event), ["start", "interval", "end"]);
});

Deno.test("the start has the manifest", () => {
  const { stream, lines } = started(0);
  stream.start(SAMPLE_MANIFEST);
  deepStrictEqual(JSON.parse(lines[0] ?? ""), { event: "start", manifest: SAMPLE_MANIFEST });
});

Deno.test("an interval is the last second alone", async () => {
  const { second } = started(0);
  await second(5);
  const event = await second(2);
  deepStrictEqual(
    [event.event, event.startMs, event.endMs, event.phase],
    ["interval", 1_000, 2_000, "measured"],
  );
  const [operation] = event.operations as Record<string, unknown>[];
  strictEqual(operation?.ok, 2);
  strictEqual(operation?.ratePerSec, 2);
});

Deno.test("an interval of the warm-up says so, and the first one after it does not", async () => {
  const { second } = started(2_000);
  const phases: unknown[] = [];
  for (let n = 0; n < 4; n++) phases.push((await second(1)).phase);
  deepStrictEqual(phases, ["warmup", "warmup", "measured", "measured"]);
});

Deno.test("an interval in which nothing was recorded is told with its time and its phase", async () => {
  const { second } = started(1_000);
  await second(0);
  const event = await second(0);
  deepStrictEqual([event.startMs, event.endMs, event.phase], [2_000, 2_000, "measured"]);
  deepStrictEqual(event.operations, []);
});

Deno.test("the end has the report without what would repeat the intervals and the start", () => {
  const { stream, lines } = started(0);
  const report = sampleReport();
  stream.end(report);
  const { event, runId, ...rest } = JSON.parse(lines[0] ?? "");
  deepStrictEqual([event, runId], ["end", report.manifest.runId]);
  const { series, percentileCurves, manifest, ...kept } = JSON.parse(JSON.stringify(report));
  ok(series && percentileCurves && manifest);
  deepStrictEqual(rest, kept);
});
