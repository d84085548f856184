import assert from "node:assert/strict";
import {
  assertNothingLeft,
  clusterOfFile,
  createNamespaces,
  eventually,
  FLUNDERS,
  originOf,
  untilThereAre,
} from "./cluster_state.ts";
import {
  type CommandRun,
  metricOf,
  operationOf,
  startCommand,
  statsOf,
  totalOf,
} from "./command_run.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), "driven", "logged", "watched", "broken");
});

/** A run of a command in a namespace, which is its name too. */
function start(namespace: string, command: string, args: readonly string[]): CommandRun {
  const place = ["--namespace", namespace, "--run-id", `${namespace}-${command}`];
  return startCommand(plane(), [command, ...place, ...args]);
}

Deno.test("flunder-driver creates and deletes empty Flunders", { ignore }, async () => {
  await using run = start("driven", "flunder-driver", [
    ...["--lambda", "50", "--n", "30", "--maxpop", "25", "--csv-dialect", "go"],
  ]);
  const runId = "driven-flunder-driver";
  const live = await untilThereAre(5, { plane: plane(), runId, collection: FLUNDERS });
  await run.endsWell();
  for (const { metadata, spec } of live) {
    assert.match(metadata.name, new RegExp(`^${runId}-\\d\\d$`));
    assert.deepEqual(spec, {});
    assert.equal(metadata.labels?.purpose, "scaletest");
    assert.equal(metadata.managedFields?.[0]?.manager, "flunder-driver");
    assert.deepEqual(Object.keys(metadata.annotations ?? {}), ["scaletest/createTimestamp"]);
  }
  assert.equal(run.writes.length, 60);
  assert.ok(run.writes.every(({ error }) => error === ""));
  assert.match(
    run.text(`${runId}-driver.parms`),
    /^KUBECONFIG=""\nLAMBDA=50\nN=30\nMAXPOP=25\nDATE/,
  );
  await assertNothingLeft(plane(), { runId });
});

Deno.test(
  "flunder-logger sees every write, through the API server and straight from the other one",
  { ignore },
  async () => {
    const flags = ["--metrics-addr", "0"];
    const aggregated = originOf(plane(), "wardle");
    const direct = [
      "--override-server",
      new URL(aggregated).host,
      "--insecure",
      "--run-id",
      "direct",
    ];
    await using through = start("logged", "flunder-logger", flags);
    await using straight = start("logged", "flunder-logger", [...flags, ...direct]);
    await Promise.all([through, straight].map((run) => run.program.line(/rows go to/)));
    await using driver = start("logged", "flunder-driver", [
      ...["--lambda", "100", "--n", "60", "--maxpop", "30"],
    ]);
    await driver.endsWell();
    for (const logger of [through, straight]) {
      logger.program.kill("SIGINT");
      await logger.endsWith(130);
      const csv = logger.text(logger.fileWith("-log.csv")).trimEnd().split("\n");
      assert.equal(
        csv[0],
        "dequeueTime,op,object,creationTimestamp,queuedAdds,queuedUpdates,queuedDeletes," +
          "firstEnqueue,lastEnqueue",
      );
      assert.equal(csv.length, 121);
      assert.equal(totalOf(logger.report, "creates"), 60);
      assert.equal(totalOf(logger.report, "deletes"), 60);
      const { count, min } = statsOf(logger.report, "createLatency");
      assert.equal(count, 60);
      assert.ok(min >= 0);
      await assertJoined({ driver, logger });
    }
    const codes = straight.report.warnings.map(({ code }) => code);
    assert.ok(codes.includes("credentials-to-override-server"), codes.join());
    assert.ok(codes.includes("insecure"), codes.join());
    assert.equal(straight.report.manifest.target, aggregated);
    assert.equal(through.report.manifest.target, plane().server);
  },
);

/** `report --join` of both files finds every write. */
async function assertJoined(
  { driver, logger }: { driver: CommandRun; logger: CommandRun },
): Promise<void> {
  await using join = startCommand(plane(), [
    ...["report", "-o", "json", "--join", driver.path(driver.fileWith("-driver.csv"))],
    logger.path(logger.fileWith("-log.csv")),
  ]);
  const { stdout } = await join.endsWith(0);
  const { operations, verdict } = JSON.parse(stdout);
  assert.equal(verdict, "pass");
  assert.deepEqual(
    operations.map((one: Record<string, unknown>) => [one.op, one.ok, one.notified, one.missing]),
    [["create", 60, 60, 0], ["delete", 60, 60, 0]],
  );
}

Deno.test("each of flunder-watch's watchers gets every event", { ignore }, async () => {
  await using watch = start("watched", "flunder-watch", [
    ...["--watches", "3", "--stagger", "50ms", "--conns", "2", "--metrics-addr", "0"],
  ]);
  await eventually("3 watches", async () => await metricOf(watch, "open_watches") === 3);
  await using driver = start("watched", "flunder-driver", [
    ...["--lambda", "100", "--n", "40", "--ttl", "100ms"],
  ]);
  await driver.endsWell();
  await eventually("all events", async () => await metricOf(watch, "events_total") >= 240);
  watch.program.kill("SIGTERM");
  await watch.endsWith(143);
  const { report } = watch;
  const events = report.summary.counters.filter(({ name }) => name === "events");
  assert.deepEqual(
    events.map(({ tags, total }) => [tags?.type, total]).sort(),
    [["added", 120], ["deleted", 120], ["modified", 0]],
  );
  assert.equal(operationOf(report, "list").ok, 3);
  assert.equal(operationOf(report, "watch").ok, 3);
  assert.ok(totalOf(report, "receivedBytes") > 240 * 300);
});

Deno.test(
  "flunder-watch survives a server that goes and comes again; its first list must succeed",
  { ignore },
  async () => {
    await using watch = start("broken", "flunder-watch", [
      ...["--watches", "2", "--metrics-addr", "0"],
    ]);
    await eventually("2 watches", async () => await metricOf(watch, "open_watches") === 2);
    await plane().stop("wardle", { graceMs: 0 });
    await watch.program.line(/a watcher: .*; it lists anew in /);
    await using late = start("broken", "flunder-watch", ["--run-id", "late"]);
    const { stderr } = await late.endsWith(1);
    assert.match(stderr, /^scaletool: Cannot list flunders\.wardle\.example\.com: [^\n]*\n$/);
    assert.deepEqual(late.runDirectories, []);
    await plane().restart("wardle");
    const isWatching = async () =>
      await metricOf(watch, "open_watches") === 2 &&
      await metricOf(watch, "relists_after_errors_total") >= 2;
    await eventually("2 watches again", isWatching);
    const path = "/apis/wardle.example.com/v1alpha1/namespaces/broken/flunders";
    await plane().admin(path, { method: "POST", body: { metadata: { name: "after" } } });
    await eventually("2 events", async () => await metricOf(watch, "events_total") >= 2);
    watch.program.kill("SIGINT");
    await watch.endsWith(130);
    const { report } = watch;
    assert.ok(totalOf(report, "watchErrors") >= 2, "both watches broke");
    assert.equal(totalOf(report, "lostEvents"), 0);
    const finding = report.findings.find(({ subject }) => /no event lost/.test(subject));
    assert.equal(finding?.verdict, "pass");
  },
);
