/** A driver's load on several stages of one run, each at a level of its own. */
import { WHOLE } from "../../core/load/share.ts";
import { runStage } from "../../core/run/run_stage.ts";
import assert from "node:assert/strict";
import { ladderOf } from "../../core/command/given_ladder.ts";
import { driverUse, rungsOf, tidyUpRung } from "../../drivers/drive.ts";
import { DriverFiles } from "../../drivers/driver_files.ts";
import { RunObjects } from "../../drivers/run_objects.ts";
import { Footprint } from "../../kube/owned/footprint.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { parseOperationRows } from "../../kube/sample_log/operation_row.ts";
import { Conducted } from "../core/run/conducted.ts";
import { MemoryCluster } from "../support/memory_cluster.ts";
import { TempDir } from "../support/scaletool.ts";
import { SlotServer } from "../support/slot_server.ts";
import { Driven, driverOf } from "./harness.ts";

const COMMANDS = [
  ["cmdriver", { lambda: "1", maxpop: "20" }, "lambda"],
  ["cmdriverclosed", { rate: "0", updates: "0", maxpop: "20" }, "threads"],
] as const;

/** Two rungs of 4 s each; what was measured and written. */
async function climbed(command: typeof COMMANDS[number][0], given: Record<string, string>) {
  await using dir = new TempDir();
  const cluster = new MemoryCluster();
  const { driver, values, identity } = driverOf(command, {
    "run-id": "r1",
    seed: "7",
    datafile: dir.file("rows.csv"),
    ...given,
  });
  const left: number[] = [];
  await using conducted = new Conducted({
    isStaged: true,
    instrument: async (run, say) => {
      cluster.onCall = () => run.clock.sleepUntil(run.clock.now() + 10);
      const namespaces = values.namespace;
      const footprint = await Footprint.lay(run, cluster, {
        identity,
        namespaces,
        createsNamespaces: true,
        kinds: [CONFIG_MAPS],
        say,
      });
      const ready = {
        driver,
        values,
        identity,
        resource: CONFIG_MAPS,
        say,
        session: { cluster, flow: { reset() {} }, servers: [], target: { server: "" } },
        files: new DriverFiles({ values, identity, share: WHOLE, parms: () => [] }),
        owned: footprint.objects(CONFIG_MAPS),
        objects: new RunObjects({ ...driver, identity, namespaces, resource: CONFIG_MAPS }),
      };
      const rung = rungsOf(ready, { settleMs: 0, stageDurationMs: 4_000 });
      for (const level of [5, 10]) {
        const common = { kind: "measured", level, targetRatePerSec: null } as const;
        const spec = { ...common, name: `level=${level}`, durationMs: 4_000 };
        await runStage(run, spec, (stage) => rung(stage, level));
        await tidyUpRung(run, ready);
        left.push(cluster.keys(CONFIG_MAPS).length);
      }
    },
  }, { seed: ["7"] });
  await conducted.clock.advance(60_000);
  await conducted.exitCode;
  const rows = [...parseOperationRows(Deno.readTextFileSync(dir.file("rows.csv")))];
  return { report: conducted.report, rows, left };
}

for (const [command, given, level] of COMMANDS) {
  Deno.test(`${command} climbs by ${level}: each stage has its load, its objects and its population`, async () => {
    const { report, rows, left } = await climbed(command, given);
    const stages = report.stages.map(({ name, summary }) => {
      const op = (name: string) => summary.operations.find(({ op }) => op === name);
      const gauge = summary.gauges.find(({ name }) => name === "populationTarget");
      return { name, creates: op("create")?.ok ?? 0, target: gauge?.max };
    });
    assert.deepEqual(stages.map(({ name }) => name), ["level=5", "level=10"]);
    const [first, second] = stages.map(({ creates }) => creates) as [number, number];
    assert.ok(first > 10 && second > 1.5 * first, `${first} and ${second} creates`);
    assert.deepEqual(stages.map(({ target }) => target), [20, 20]);
    const made = rows.filter(({ op }) => op === "create").map(({ name }) => name);
    assert.equal(new Set(made).size, made.length);
    assert.deepEqual(left, [0, 0]);
  });
}

Deno.test("at a level an open driver lives by that level's rate, a closed one has as many workers", () => {
  const { driver } = driverOf("cmdriver", { lambda: "1", maxpop: "20", rate: "5/s" });
  const at = driver.at(40, { durationMs: 10_000 });
  assert.deepEqual(
    [at.model, at.targetRatePerSec, at.targetPopulation, at.steadyAfterMs],
    ["open, poisson:40/s, each object lives 500ms", 40, 20, 500],
  );
  const closed = driverOf("cmdriverclosed", { n: "30" }).driver.at(4, { durationMs: 10_000 });
  assert.match(closed.model, /^closed, 4 workers, 90 writes/);
});

/** Every call takes its turn at a server that can answer 40 a second: 20 objects come and go. */
async function climbedBy(command: typeof COMMANDS[number][0], given: Record<string, string>) {
  const cluster = new MemoryCluster();
  await using run = new Driven({ settle: "1s", "stage-duration": "10s", ...given }, {
    command,
    cluster,
  });
  const server = new SlotServer(run.clock, { slots: 2, serviceMs: 50 });
  const never = new AbortController().signal;
  cluster.onCall = () => server.answer(never);
  const exitCode = await run.finish();
  const { ladder, manifest, stages } = run.conducted.report;
  return { exitCode, ladder, manifest, stages, left: cluster.keys(CONFIG_MAPS) };
}

Deno.test("a ladder of cmdriver stops at the first rate that the server does not keep up with", async () => {
  const { exitCode, ladder, manifest, stages, left } = await climbedBy("cmdriver", {
    ladder: "5,10,40,80",
    maxpop: "20",
  });
  assert.equal(exitCode, 0);
  assert.deepEqual(ladder?.rungs.map(({ stage }) => stage), ["lambda=5", "lambda=10", "lambda=40"]);
  assert.deepEqual([ladder?.lastGood, ladder?.firstBad], [10, 40]);
  assert.match(ladder?.because ?? "", /^not healthy: answers keep up with arrivals does not hold/);
  assert.equal(manifest.model, "open, poisson:5/s, each object lives 4s, then more arrivals/s");
  const { n, lambda, ttl } = manifest.flags;
  assert.deepEqual([n, lambda, ttl], [undefined, undefined, undefined]);
  const judged = stages.filter(({ kind }) => kind === "measured");
  assert.deepEqual(judged.map(({ targetRatePerSec }) => targetRatePerSec), [5, 10, 40]);
  assert.deepEqual(left, []);
});

Deno.test("cmdriverclosed finds how many workers it takes until writes are slow", async () => {
  const { exitCode, ladder } = await climbedBy("cmdriverclosed", {
    "find-max": "true",
    threshold: "create.response.p95 < 120ms",
    maxpop: "1",
  });
  assert.equal(exitCode, 0);
  // Two at a time in 50 ms each: five wait for 125 ms.
  assert.deepEqual([ladder?.lastGood, ladder?.firstBad], [4, 5]);
});

Deno.test("what says otherwise how much load there is does not go with a ladder", () => {
  const refused = (flags: Record<string, string>) => {
    const { driver, ...invocation } = driverOf("cmdriver", { ladder: "5,10", ...flags });
    return () => ladderOf(invocation, driver.climbs);
  };
  assert.throws(refused({ rate: "poisson:5/s" }), {
    message: "--rate does not go with --ladder: --lambda climbs",
  });
  assert.throws(refused({ n: "10" }), {
    message: "--n does not go with --ladder: a rung lasts for --settle and --stage-duration",
  });
});

Deno.test("a target that dies after a rung does not hold up the ladder: it ends, with what was climbed", async () => {
  const cluster = new MemoryCluster();
  await using run = new Driven({
    ...{ ladder: "5,10,20", settle: "0s", "stage-duration": "2s", ttl: "10s" },
    ...{ class: "healthy: create.failed.count <= 0", "cleanup-timeout": "20s" },
  }, { command: "cmdriver", cluster });
  const startMs = run.clock.now();
  cluster.onCall = () =>
    run.clock.now() >= startMs + 2_000 ? new Promise(() => {}) : Promise.resolve();
  assert.equal(await run.finish(), 3); // what it made is still there
  const { stages, ladder, warnings, end } = run.conducted.report;
  assert.deepEqual(stages.map((stage) => [stage.name, stage.class?.name]), [
    ["lambda=5", "healthy"],
  ]);
  assert.equal(ladder?.lastGood, 5);
  assert.ok(warnings.some(({ code }) => code === "rung-not-cleaned"), JSON.stringify(warnings));
  assert.equal(end?.reason, "limit");
});

Deno.test("a ladder removes what a rung leaves: it cannot be kept as well", () => {
  const { driver, ...invocation } = driverOf("cmdriver", { ladder: "5,10", keep: "always" });
  assert.throws(() => driverUse(driver, invocation), /--keep always does not go with a ladder/);
});
