import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { createRng } from "../../../core/load/rng.ts";
import type { RawRequest } from "../../../kube/cluster.ts";
import { followLog, type LogLine } from "../../../kube/generators/follow_log.ts";
import type { BodyLine } from "../../../kube/http/body_lines.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { status } from "../../support/scripted_cluster.ts";

type Step = string | { readonly unended: string } | Error | "silence" | (() => void);

/** Answers each reading from a script, and notes what it was asked. */
class ScriptedLog {
  readonly paths: string[] = [];
  readonly #readings: (readonly Step[])[];

  constructor(...readings: (readonly Step[])[]) {
    this.#readings = readings;
  }

  async *lines({ path, signal }: RawRequest): AsyncGenerator<BodyLine> {
    this.paths.push(path);
    for (const step of this.#readings.shift() ?? ["silence"]) {
      if (step === "silence") {
        await new Promise((_, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason))
        );
      } else if (typeof step === "function") step();
      else if (step instanceof Error) throw step;
      else if (typeof step === "string") yield { text: step, bytes: step.length, isUnended: false };
      else yield { text: step.unended, bytes: step.unended.length, isUnended: true };
    }
  }
}

/** Follows it until all of the script has happened. */
async function followed(log: ScriptedLog, { endsAfter = Infinity, ms = 60_000 } = {}) {
  const clock = new FakeClock();
  const over = new AbortController();
  const lines: LogLine[] = [];
  const gaps: string[] = [];
  const failures: string[] = [];
  const end = followLog(log, { namespace: "ns", name: "pod-0" }, {
    container: "c",
    clock,
    rng: createRng(1),
    signal: over.signal,
    hasEnded: () => log.paths.length >= endsAfter,
    onLine: (line) => lines.push(line),
    onGap: (why) => gaps.push(why),
    onFailure: (why) => failures.push(why),
  });
  await clock.advance(ms);
  over.abort();
  return { end: await end, lines, gaps, failures };
}

const at = (time: string, text: string) => `2026-01-01T00:00:${time}Z ${text}`;
const BROKEN = new OperationFailedError("connection-reset", "reset");

Deno.test("a log is read to its end once the container has ended", async () => {
  const log = new ScriptedLog([at("01.000000001", "a"), at("01.000000002", "b")]);
  const { end, lines } = await followed(log, { endsAfter: 0 });
  assert.equal(end, "ended");
  assert.deepEqual(lines.map(({ text }) => text), ["a", "b"]);
  assert.equal(
    log.paths[0],
    "/api/v1/namespaces/ns/pods/pod-0/log?container=c&follow=true&timestamps=true",
  );
});

Deno.test("after a cut it is read on from the second of the last line, whose lines come again", async () => {
  const log = new ScriptedLog(
    [at("01.1", "a"), at("01.2", "b"), BROKEN],
    [at("01.1", "a"), at("01.2", "b"), at("01.3", "c")],
    [at("01.3", "c")],
  );
  const { end, lines, gaps, failures } = await followed(log, { endsAfter: 2 });
  assert.equal(end, "ended");
  assert.match(log.paths[1]!, /&sinceTime=2026-01-01T00%3A00%3A01Z$/);
  assert.deepEqual(
    lines.map(({ text, isAgain }) => text + (isAgain ? " again" : "")),
    ["a", "b", "a again", "b again", "c", "c again"],
  );
  assert.deepEqual(gaps, []);
  assert.deepEqual(failures, ["reset"]);
});

Deno.test("an end in good order is no end while the container runs", async () => {
  const log = new ScriptedLog([at("01.1", "a")], [at("01.1", "a"), at("02.0", "b")], [
    at("02.0", "b"),
  ]);
  const { end, lines } = await followed(log, { endsAfter: 2 });
  assert.equal(end, "ended");
  assert.deepEqual(lines.filter(({ isAgain }) => !isAgain).map(({ text }) => text), ["a", "b"]);
});

Deno.test("a log without the last line that was read has been rotated: a gap", async () => {
  const log = new ScriptedLog([at("01.1", "a"), BROKEN], [at("09.0", "z")], []);
  const { gaps, lines } = await followed(log, { endsAfter: 2 });
  assert.deepEqual(gaps, ["the log was rotated while it could not be read"]);
  assert.deepEqual(lines.map(({ isAgain }) => isAgain), [false, false]);
});

Deno.test("half a line at a cut is left to the next reading; at the end it is a line", async () => {
  const log = new ScriptedLog(
    [at("01.1", "a"), { unended: at("01.2", "hal") }],
    [at("01.1", "a"), at("01.2", "half"), { unended: at("01.3", "last") }],
  );
  const { lines } = await followed(log, { endsAfter: 2 });
  assert.deepEqual(lines.filter(({ isAgain }) => !isAgain).map(({ text }) => text), [
    "a",
    "half",
    "last",
  ]);
});

Deno.test("a log of which nothing is heard is asked for anew", async () => {
  const log = new ScriptedLog([at("01.1", "a"), "silence"], [at("01.1", "a"), "silence"]);
  const { end, failures } = await followed(log, { ms: 31_000 });
  assert.equal(log.paths.length, 2);
  assert.equal(end, "cut");
  assert.deepEqual(failures, []);
});

Deno.test("of a pod that is gone there is no log", async () => {
  const log = new ScriptedLog([at("01.1", "a"), BROKEN], [status(404, { reason: "NotFound" })]);
  const { end } = await followed(log);
  assert.equal(end, "gone");
});

Deno.test("lines of other zones are put in order by their time", async () => {
  const log = new ScriptedLog(
    ["2026-01-01T02:00:01.5+02:00 a", BROKEN],
    ["2026-01-01T00:00:01.4Z 0", "2026-01-01T00:00:01.6Z b"],
    [],
  );
  const { lines, gaps } = await followed(log, { endsAfter: 2 });
  assert.deepEqual(lines.map(({ isAgain }) => isAgain), [false, true, false]);
  assert.deepEqual(gaps, []);
});
