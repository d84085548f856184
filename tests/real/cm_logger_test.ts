import assert from "node:assert/strict";
import type { NotificationRow } from "../../kube/sample_log/notification_row.ts";
import { clusterOfFile, createNamespaces, eventually, restartApiServer } from "./cluster_state.ts";
import {
  type CommandRun,
  metricOf,
  metricsPage,
  startCommand,
  statsOf,
  totalOf,
} from "./command_run.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok", "wardle"] });

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), "seen", "again", "restart");
});

/** A cm-logger of one namespace, at work. */
async function startLogger(namespace: string, args: readonly string[] = []): Promise<CommandRun> {
  const run = startCommand(plane(), [
    ...["cm-logger", "-n", namespace, "--metrics-addr", "0", ...args],
  ]);
  await run.program.line(/rows go to/);
  return run;
}

/** Ends a logger when it has had its turn at everything up to now. */
async function endLogger(logger: CommandRun, { namespace }: { namespace: string }): Promise<void> {
  await createConfigMap(namespace, "the-end");
  const isSeen = () => logger.notifications.some(({ name }) => name === "the-end");
  await eventually("the last row", isSeen);
  logger.program.kill("SIGINT");
  await logger.endsWith(130);
}

function pathOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

async function createConfigMap(namespace: string, name: string): Promise<void> {
  await plane().admin(pathOf(namespace), { method: "POST", body: { metadata: { name } } });
}

async function deleteConfigMap(namespace: string, name: string): Promise<void> {
  await plane().admin(`${pathOf(namespace)}/${name}`, { method: "DELETE" });
}

Deno.test(
  "cm-logger notices every write of another process, and both files join",
  { ignore },
  async () => {
    await createConfigMap("seen", "before");
    await using logger = await startLogger("seen");
    await using driver = startCommand(plane(), [
      ...["cmdriverclosed", "--namespace", "seen", "--n", "60", "--updates", "2"],
      ...["--rate", "150", "--maxpop", "30", "--threads", "2"],
    ]);
    await eventually(
      "creates on the page",
      async () => await metricOf(logger, "creates_total") > 20,
    );
    assertMetricsPage(await metricsPage(logger));
    await driver.endsWell();
    await endLogger(logger, { namespace: "seen" });
    const { report, notifications } = logger;
    const ofDriver = notifications.filter(({ name }) => /-\d\d$/.test(name));
    const queued = (kind: "queuedAdds" | "queuedUpdates" | "queuedDeletes") =>
      ofDriver.reduce((sum, row) => sum + row[kind], 0);
    assert.deepEqual(
      [queued("queuedAdds"), queued("queuedUpdates"), queued("queuedDeletes")],
      [60, 120, 60],
    );
    assert.ok(ofDriver.every(({ diff, namespace }) => diff === 3 && namespace === "seen"));
    // What was there before has a row, but counts as nothing.
    assert.equal(notifications.filter(({ name }) => name === "before").length, 1);
    assert.equal(totalOf(report, "notifications"), 60 + 120 + 60 + 1);
    assert.equal(statsOf(report, "createLatency").count, 60);
    const updates = statsOf(report, "updateLatency");
    assert.ok(updates.count > 100 && updates.count <= 120, `${updates.count} updates`);
    assert.ok(updates.min >= 0, `${updates.min} ms`);
    await assertJoined({ driver, logger });
  },
);

/** In the text format of Prometheus, with the original's metrics beside our own. */
function assertMetricsPage(page: string): void {
  const lines = page.trimEnd().split("\n");
  const sample = /^[a-z_]\w*(\{(\w+="[^"\n]*",?)+\})? (-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|[+-]Inf)$/i;
  for (const line of lines) {
    if (!/^# (HELP|TYPE) [a-z_]\w* \S/.test(line)) assert.match(line, sample);
  }
  const families = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  assert.deepEqual(families, [...new Set(families)], "each family stands once");
  const name = "scaletest_configmaps_create_latency_seconds";
  const buckets = lines.flatMap((line) => {
    const [, le, count] = /_bucket\{logger="[0-9a-f.:]+",le="(.*)"\} (\d+)$/.exec(line) ?? [];
    return line.startsWith(name) && le !== undefined ? [{ le, count: Number(count) }] : [];
  });
  assert.deepEqual(buckets.map(({ le }) => le), [
    ...["-0.1", "0", "0.03125", "0.0625", "0.125", "0.25", "0.5", "1", "2", "4", "8", "+Inf"],
  ]);
  const counts = buckets.map(({ count }) => count);
  assert.deepEqual(counts, counts.toSorted((one, other) => one - other), "cumulative");
  assert.equal(counts[0], 0, "the clocks are the same one");
  assert.ok(counts.at(-1)! > 20);
  assert.match(page, /^scaletest_configmaps_resource_version\{.*\} \d+$/m);
}

async function assertJoined(
  { driver, logger }: { driver: CommandRun; logger: CommandRun },
): Promise<void> {
  const files = [
    driver.path(driver.fileWith("-driver.csv")),
    logger.path(logger.fileWith("-log.csv")),
  ];
  await using join = startCommand(plane(), ["report", "-o", "json", "--join", ...files]);
  const { stdout } = await join.endsWith(0);
  const { operations, verdict } = JSON.parse(stdout);
  assert.equal(verdict, "pass");
  assert.deepEqual(
    operations.map((one: Record<string, unknown>) => [one.op, one.ok, one.missing, one.failed]),
    [["create", 60, 0, 0], ["update", 120, 0, 0], ["delete", 60, 0, 0]],
  );
}

Deno.test(
  "objects that are deleted and created again at once are counted in full",
  { ignore },
  async () => {
    await using logger = await startLogger("again");
    const names = ["one", "two", "three", "four"];
    await Promise.all(names.map(async (name) => {
      await createConfigMap("again", name);
      for (let round = 0; round < 10; round++) {
        await deleteConfigMap("again", name);
        await createConfigMap("again", name);
      }
    }));
    await endLogger(logger, { namespace: "again" });
    for (const name of names) {
      const rows = logger.notifications.filter((row) => row.name === name);
      const sum = (kind: "queuedAdds" | "queuedUpdates" | "queuedDeletes") =>
        rows.reduce((total, row) => total + row[kind], 0);
      assert.deepEqual([sum("queuedAdds"), sum("queuedUpdates"), sum("queuedDeletes")], [
        11,
        0,
        10,
      ]);
      assert.notEqual(rows.at(-1)?.op, "delete", `${name} is there at the end`);
    }
  },
);

Deno.test(
  "a restart of the API server is survived and counted, and nothing is missed by it",
  { ignore },
  async () => {
    for (const name of ["kept", "goes"]) await createConfigMap("restart", name);
    await using logger = await startLogger("restart");
    await using driver = startCommand(plane(), [
      ...["cmdriver", "--namespace", "restart", "--lambda", "50", "--n", "50", "--ttl", "300ms"],
    ]);
    await driver.endsWell();
    await restartApiServer(plane());
    await deleteConfigMap("restart", "goes");
    for (const name of ["new-1", "new-2"]) await createConfigMap("restart", name);
    await eventually("a list after the first", async () => {
      return await metricOf(logger, "relists_total") >= 1;
    });
    await deleteConfigMap("restart", "new-1");
    await endLogger(logger, { namespace: "restart" });
    const { report, notifications } = logger;
    assert.ok(totalOf(report, "watchFailures") >= 1);
    assert.equal(totalOf(report, "lists"), 1 + totalOf(report, "relists"));
    assert.match(logger.program.stderr, /^watching configmaps: .*(next try in|listed anew)/m);
    const { items } = await plane().admin<{ items: { metadata: { name: string } }[] }>(
      pathOf("restart"),
    );
    assert.deepEqual(
      namesLeftBy(notifications),
      items.map(({ metadata: { name } }) => name).sort(),
    );
    const goes = notifications.filter(({ name }) => name === "goes").map(({ op }) => op);
    assert.deepEqual(goes, ["create", "delete"]);
    assert.equal(totalOf(report, "creates") - totalOf(report, "deletes"), 1 + 1 + 1 - 1 - 1);
  },
);

/** The objects that are there in the end, if the rows tell all. */
function namesLeftBy(rows: readonly NotificationRow[]): string[] {
  const there = new Set<string>();
  for (const { op, name } of rows) {
    if (op === "delete") there.delete(name);
    else there.add(name);
  }
  return [...there].sort();
}
