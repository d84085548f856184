import assert from "node:assert/strict";
import type { Share } from "../../core/load/share.ts";
import { LevelSums } from "../../core/measure/level_sums.ts";
import { Totals } from "../../core/measure/totals.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MemoryCluster, type Write } from "../support/memory_cluster.ts";
import { TempDir } from "../support/scaletool.ts";
import {
  generate,
  type Generated,
  intervalsOf,
  NUMBERS_OF_GENERATORS,
  schedule,
} from "../support/shares.ts";
import { type DrivenOptions, driverPlan } from "./harness.ts";
import { observing } from "./observing.ts";

type Given = Parameters<typeof driverPlan>[0];

/** What so many generators did together, and to what cluster. */
interface Together {
  readonly generated: readonly Generated[];
  readonly cluster: MemoryCluster;
  /** Of the files that they wrote. */
  readonly files: readonly string[];
  /** `create configmaps scaletest/r1-001`, ...: the writes of objects, in order of their names. */
  readonly writes: readonly string[];
}

/** Not what asks only whether it would be taken. */
function isLoad({ call, options }: Write): boolean {
  const { query = {} } = options as { query?: Readonly<Record<string, string>> };
  return call.includes("configmaps") && query["dryRun"] === undefined;
}

async function drive(
  of: number,
  given: Given,
  { durationMs, ...options }: DrivenOptions & { durationMs?: number } = {},
): Promise<Together> {
  await using dir = new TempDir();
  const cwd = Deno.cwd();
  Deno.chdir(dir.path);
  try {
    const clock = new FakeClock(1_000);
    const cluster = new MemoryCluster();
    cluster.onCall = async (call) => {
      if (call.includes("configmaps")) await clock.sleepUntil(clock.now() + 20);
    };
    const generated = await generate(of, {
      clock,
      planOf: (_: Share) => driverPlan(given, { ...options, cluster }),
      ...(durationMs === undefined ? {} : { durationMs }),
    });
    const files = [...Deno.readDirSync(".")].map(({ name }) => name).sort();
    const writes = cluster.writes.filter(isLoad).map(({ call }) => call).sort();
    return { generated, cluster, files, writes };
  } finally {
    Deno.chdir(cwd);
  }
}

const LOADS: readonly (readonly [string, Given, DrivenOptions & { durationMs?: number }])[] = [
  ["cmdriver", { lambda: "20", n: "50", maxpop: "10" }, {}],
  ["cmdriver with a duration", { rate: "poisson:15/s", ttl: "1s", duration: "4s" }, {
    durationMs: 4_000,
  }],
  ["cmdriverclosed", { n: "23", threads: "7", rate: "50", updates: "2" }, {
    command: "cmdriverclosed",
  }],
  ["cmdriverclosed with fewer workers than generators", { n: "6", threads: "2", rate: "0" }, {
    command: "cmdriverclosed",
  }],
];

for (const [what, given, options] of LOADS) {
  Deno.test(`${what}: several generators together write what one alone does`, async () => {
    const alone = await drive(1, given, options);
    assert.ok(alone.writes.length > 5, `${alone.writes}`);
    for (const count of NUMBERS_OF_GENERATORS) {
      const { writes, generated } = await drive(count, given, options);
      assert.deepEqual(writes, alone.writes, `${count} generators`);
      const creates = writes.filter((call) => call.startsWith("create"));
      assert.equal(new Set(creates).size, creates.length, "nothing is made twice");
      assert.deepEqual(schedule(generated), schedule(alone.generated), `${count} generators`);
    }
  });
}

Deno.test("a generator without others leaves its labels, its file and its record as they were", async () => {
  const { cluster, files, generated: [one] } = await drive(1, LOADS[0]![1]);
  const create = cluster.writes.find((write) => isLoad(write) && write.body !== undefined);
  const { metadata: { labels } } = create!.body as { metadata: { labels: object } };
  assert.ok(!Object.hasOwn(labels, "scaletool.io/generator"));
  assert.deepEqual(files, ["r1-driver.csv", "r1-driver.parms"]);
  assert.deepEqual(one!.undos, [
    "deleting configmaps",
    "removing namespaces",
    "closing the run record",
  ]);
});

Deno.test("what several share is made once, and none of them undoes anything", async () => {
  const { cluster, generated } = await drive(3, LOADS[0]![1]);
  assert.deepEqual(generated.flatMap(({ undos }) => undos), []);
  const made = cluster.calls.filter((call) => /^create (leases|namespaces)/.test(call));
  assert.equal(new Set(made).size, made.length);
  assert.equal(made.length, 2);
  const trials = cluster.writes.filter(({ call }) => call.startsWith("create configmaps"))
    .filter((write) => !isLoad(write));
  assert.deepEqual(trials.map(({ call }) => call), ["create configmaps scaletest/r1-01"]);
});

Deno.test("each of several writes a file of its own, with the parameters beside it", async () => {
  const { files } = await drive(2, { ...LOADS[0]![1], datafile: "rows.{{.RunID}}.csv" });
  assert.deepEqual(files, [
    "r1-driver-g0.parms",
    "r1-driver-g1.parms",
    "rows.r1-g0.csv",
    "rows.r1-g1.csv",
  ]);
});

Deno.test("each of several watches what it writes by itself", async () => {
  const { startLogger, options } = observing();
  const { cluster } = await drive(2, { ...LOADS[0]![1], "with-logger": "true" }, { startLogger });
  const common = "app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1";
  const selectors = options.map(({ labelSelector }) => labelSelector).sort();
  assert.deepEqual(selectors, [
    `${common},scaletool.io/generator=0`,
    `${common},scaletool.io/generator=1`,
  ]);
  const labels = cluster.writes.flatMap(({ body }) =>
    (body as { metadata?: { labels?: Record<string, string> } } | undefined)?.metadata
      ?.labels?.["scaletool.io/generator"] ?? []
  );
  assert.deepEqual([...new Set(labels)].sort(), ["0", "1"]);
});

/** All that they measured, as whoever leads them has it. */
function merged(generated: readonly Generated[]): Totals {
  const totals = new Totals();
  const sums = new LevelSums(generated.length);
  for (const [generator, one] of generated.entries()) {
    for (const interval of intervalsOf(one)) {
      totals.add({ ...interval, generator });
      sums.add({ ...interval, generator }).forEach((sum) => totals.add(sum));
    }
    sums.end(generator).forEach((sum) => totals.add(sum));
  }
  return totals;
}

Deno.test("the population of several generators is that of the whole, and so is its target", async () => {
  const given = { rate: "10/s", n: "300", maxpop: "10" };
  const one = merged((await drive(1, given)).generated);
  for (const generators of [2, 5]) {
    const totals = merged((await drive(generators, given)).generated);
    assert.deepEqual(
      [totals.gauge("populationTarget")?.min, totals.gauge("populationTarget")?.max],
      [10, 10],
    );
    for (const name of ["population", "populationSteady"]) {
      const [expected, { sum, count }] = [one.gauge(name)!, totals.gauge(name)!];
      const meanOfOne = expected.sum / expected.count;
      assert.ok(Math.abs(sum / count - meanOfOne) < 0.02 * meanOfOne, `${name} ${sum / count}`);
    }
  }
});
