/** `scaletool ctl` and a load that several processes put on. */

import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { until } from "../support/living_process.ts";
import { Scaletool, scaletool, TempDir } from "../support/scaletool.ts";

/** How many seconds of each generator the run has written down since then. */
function secondsSince(log: string, fromMs: number): number[] {
  const counts = [0, 0];
  for (const line of log.split("\n").slice(0, -1)) {
    const { type, interval } = JSON.parse(line);
    if (type !== "interval" || interval.generator === undefined) continue;
    if (interval.startMs >= fromMs && interval.operations.length > 0) counts[interval.generator]!++;
  }
  return counts;
}

Deno.test("a rate is that of all generators together, of which each puts on its share", async () => {
  await using dir = new TempDir();
  const args = ["cmdriver", "--sandbox", "--rate", "constant:20/s", "--maxpop", "40"];
  await using program = new Scaletool(
    [...args, "--processes", "2", "--duration", "100s", "--out", "run"],
    { cwd: dir.path },
  );
  const secondsFrom = (fromMs: number, count: number) =>
    until(() => {
      try {
        const log = Deno.readTextFileSync(dir.file("run/run.jsonl"));
        return secondsSince(log, fromMs).every((seconds) => seconds >= count);
      } catch {
        return false;
      }
    }, `${count} seconds of each generator after ${fromMs} ms`);
  const ctl = (...words: string[]) => scaletool(["ctl", "run", ...words], { cwd: dir.path });
  await secondsFrom(0, 1);
  const { stdout } = await ctl("rate", "100", "-o", "json");
  const { now, sinceMs } = JSON.parse(stdout);
  assert.equal(now, "rate 20/s -> 100/s");
  await secondsFrom(sinceMs, 3);
  assert.equal((await ctl("stop")).code, 0);
  await program.finished();
  const { arrivals, end, generators }: Report = JSON.parse(
    Deno.readTextFileSync(dir.file("run/result.json")),
  );
  assert.equal(end?.reason, "stopped");
  // Were it the rate of each, it would be twice as much; did one alone heed it, far less.
  const ratio = arrivals!.achievedPerSec / arrivals!.targetPerSec;
  assert.ok(ratio > 0.85 && ratio < 1.2, `${ratio} of the arrivals that were asked for`);
  assert.equal(generators?.length, 2);
});
