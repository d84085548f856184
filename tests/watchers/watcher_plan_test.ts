import assert from "node:assert/strict";
import { UsageError } from "../../core/errors.ts";
import { parseThreshold } from "../../core/judge/threshold.ts";
import type { Invocation } from "../../core/command/command.ts";
import { parseCommandLine } from "../../core/command/command_line.ts";
import { CONFIG_MAPS, FLUNDERS } from "../../kube/resource.ts";
import { cmLoggerPlan, flunderLoggerPlan } from "../../watchers/logger_plan.ts";
import { WATCHER_COMMANDS } from "../../watchers/mod.ts";
import { flunderWatchPlan } from "../../watchers/flunder_watch_plan.ts";
import type { Given, WatcherPlan } from "../../watchers/watcher_plan.ts";
import { TempDir } from "../support/scaletool.ts";
import {
  added,
  listed,
  object,
  ScriptedCluster,
  type ScriptStep,
  SILENCE,
  watched,
} from "../support/scripted_cluster.ts";
import { testRun } from "./support.ts";

type PlanMaker = (values: never, given: Given) => WatcherPlan;
const PLAN_MAKERS: Readonly<Record<string, PlanMaker>> = {
  "cm-logger": cmLoggerPlan,
  "flunder-logger": flunderLoggerPlan,
  "flunder-watch": flunderWatchPlan,
};

/** The values of a command line. */
async function valuesOf(...args: readonly string[]): Promise<Record<string, unknown>> {
  return (await settingsOf(args)).values;
}

async function settingsOf(args: readonly string[]) {
  const request = await parseCommandLine(WATCHER_COMMANDS, {
    args,
    env: () => undefined,
    readTextFile: () => "",
  });
  assert.ok(request.kind === "run");
  return request.settings;
}

/** The plan that a command line leads to. */
async function planOf(...args: readonly string[]): Promise<WatcherPlan> {
  const [command = ""] = args;
  const { values, shown } = await settingsOf(args);
  const plan = PLAN_MAKERS[command]?.(values as never, { shown });
  assert.ok(plan !== undefined);
  return plan;
}

Deno.test("the watchers take the originals' spellings, one dash and all", async () => {
  const values = await valuesOf(
    "cm-logger",
    ...["-master", "https://10.0.0.1:6443", "-data-filname=/tmp/obj-log.csv", "-v=4"],
    ...["-threads", "2", "-no-compare", "-useProtobuf"],
  );
  assert.equal(values.server, "https://10.0.0.1:6443");
  assert.equal(values["data-filename"], "/tmp/obj-log.csv");
  assert.deepEqual(
    [values.v, values.threads, values["no-compare"], values.useProtobuf],
    [4, 2, true, true],
  );
});

Deno.test("only cm-logger serves metrics without being asked to, on loopback", async () => {
  const addresses = await Promise.all(
    WATCHER_COMMANDS.map(async ({ name }) => [name, (await valuesOf(name))["metrics-addr"]]),
  );
  assert.deepEqual(addresses, [
    ["cm-logger", "127.0.0.1:9101"],
    ["flunder-logger", undefined],
    ["flunder-watch", undefined],
  ]);
});

const PLANS: readonly {
  args: readonly string[];
  model: string;
  resource: typeof CONFIG_MAPS;
  namespaces: readonly (string | undefined)[];
  connections: number;
}[] = [
  {
    args: ["cm-logger"],
    model: "an informer of configmaps of all namespaces, a queue and 1 worker",
    resource: CONFIG_MAPS,
    namespaces: [undefined],
    connections: 1,
  },
  {
    args: ["flunder-logger", "-n", "a", "--namespace", "b", "-n", "a", "--threads", "2"],
    model: "an informer of flunders.wardle.example.com of a, b, a queue and 2 workers",
    resource: FLUNDERS,
    namespaces: ["a", "b"],
    connections: 1,
  },
  {
    args: ["flunder-watch", "-namespace", ""],
    model: "1 independent LIST and WATCH loop over flunders.wardle.example.com of all namespaces",
    resource: FLUNDERS,
    namespaces: [undefined],
    connections: 1,
  },
  {
    args: ["flunder-watch", "--watches", "101", "-n", "a", "-n", "b"],
    model: "202 independent LIST and WATCH loops over flunders.wardle.example.com of a, b",
    resource: FLUNDERS,
    namespaces: ["a", "b"],
    connections: 3,
  },
  {
    args: ["flunder-watch", "--watches", "101", "--conns", "7"],
    model:
      "101 independent LIST and WATCH loops over flunders.wardle.example.com of all namespaces",
    resource: FLUNDERS,
    namespaces: [undefined],
    connections: 7,
  },
];

for (const { args, model, resource, namespaces, connections } of PLANS) {
  Deno.test(`${args.join(" ")}: ${model}, over ${connections} connections`, async () => {
    const plan = await planOf(...args);
    assert.equal(plan.model, model);
    assert.equal(plan.connections, connections);
    const expected = namespaces.flatMap((namespace) =>
      ["list", "watch"].map((verb) => ({
        verb,
        resource,
        ...(namespace === undefined ? {} : { namespace }),
      }))
    );
    assert.deepEqual(plan.permissions, expected);
    for (const threshold of plan.defaultThresholds) parseThreshold(threshold);
    assert.deepEqual(plan.warnings, []);
  });
}

Deno.test("a watcher needs to list and watch where it watches", async () => {
  const needs = async (...args: string[]) => {
    const [command = ""] = args;
    const found = WATCHER_COMMANDS.find(({ name }) => name === command);
    const invocation = { command, ...await settingsOf(args) } as unknown as Invocation;
    return await found?.needs(invocation);
  };
  const right = { kind: CONFIG_MAPS, namespace: "a" };
  const common = { createsNamespaces: false, requestsPerSec: null };
  assert.deepEqual(await needs("cm-logger", "-n", "a"), {
    ...common,
    rights: [{ verb: "list", ...right }, { verb: "watch", ...right }],
    namespaces: ["a"],
    connections: 1,
    watches: 1,
    defaultThresholds: ["rows.total > 0"],
  });
  assert.deepEqual(await needs("flunder-watch", "--watches", "250"), {
    ...common,
    rights: ["list", "watch"].map((verb) => ({ verb, kind: FLUNDERS })),
    namespaces: [],
    connections: 3,
    watches: 250,
    defaultThresholds: ["events.total > 0", "list.failed.count <= 0", "watch.failed.count <= 0"],
  });
});

Deno.test("--useProtobuf is taken, and that it does nothing is said", async () => {
  for (const { name } of WATCHER_COMMANDS) {
    const { warnings } = await planOf(name, "--useProtobuf");
    assert.deepEqual(warnings.map(({ code }) => code), ["json-not-protobuf"]);
  }
});

Deno.test("flunder-logger --override-server changes the target and says who gets the credentials", async () => {
  const plan = await planOf("flunder-logger", "-override-server=host:443", "-insecure");
  assert.deepEqual(plan.warnings.map(({ code }) => code), ["credentials-to-override-server"]);
  const target = plan.retarget?.({ server: "https://x", caPem: "CA", insecure: false } as never);
  assert.deepEqual(target, { server: "https://host", insecure: true });
  await assert.rejects(() => planOf("flunder-logger", "--override-server", "ftp://x"), UsageError);
});

Deno.test("metrics have the names of the objects, and the old names when asked", async () => {
  const nameOf = async (...args: readonly string[]) =>
    /^# TYPE (\S+_updates\S*)/m.exec((await planOf(...args)).metrics?.() ?? "")?.[1];
  assert.equal(await nameOf("cm-logger"), "scaletest_configmaps_updates_total");
  assert.equal(await nameOf("cm-logger", "--compat-metrics"), "scaletest_configmaps_updates");
  assert.equal(await nameOf("flunder-logger"), "scaletest_flunders_updates_total");
});

/** Lets a logger's plan see one add; the rows of its file. */
async function rowsOf(...args: readonly string[]): Promise<string[]> {
  await using dir = new TempDir();
  const plan = await planOf(...args, "--data-filename", dir.file("{{.RunID}}.csv"));
  const test = testRun();
  const steps: ScriptStep[] = [
    listed(1, []),
    watched({ pauseMs: 50 }, added(object("a", { rv: 2 })), SILENCE),
  ];
  const work = plan.work(new ScriptedCluster(test.clock, steps), test);
  await test.clock.advance(100);
  assert.equal(test.run.hasBegun, true);
  test.run.stop("interrupted");
  await work;
  assert.equal(test.clock.sleeperCount, 0);
  assert.ok(test.lines.includes(`rows go to ${dir.file("test.csv")}`), test.lines.join());
  return Deno.readTextFileSync(dir.file("test.csv")).split("\n");
}

Deno.test("a logger begins the run, logs until it is stopped and names its file after the run", async () => {
  const time = "2026-01-01 00:00:00";
  const row = `${time}.050,create,"ns/a",2000-01-01 00:00:00,1,0,0,${time}.050,${time}.050`;
  const go = ["--csv-dialect", "go"];
  assert.deepEqual(await rowsOf("cm-logger", ...go), [`${row},3`, ""]);
  assert.deepEqual(await rowsOf("cm-logger", "--no-compare", ...go), [`${row},0`, ""]);
  assert.deepEqual(await rowsOf("flunder-logger", ...go), [row, ""]);
});

Deno.test("a logger that is stopped before anything was listed ends without an error", async () => {
  const plan = await planOf("cm-logger", "--data-filename", "");
  const test = testRun();
  const steps = [listed(1, [], { afterMs: 60_000 })];
  const work = plan.work(new ScriptedCluster(test.clock, steps), test);
  await test.clock.advance(100);
  test.run.stop("interrupted");
  await work;
  assert.equal(test.run.hasBegun, false);
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("flunder-watch begins the run and watches until it is stopped", async () => {
  const plan = await planOf("flunder-watch");
  const test = testRun();
  const work = plan.work(new ScriptedCluster(test.clock, [listed(1, []), watched(SILENCE)]), test);
  await test.clock.advance(100);
  assert.equal(test.run.hasBegun, true);
  test.run.stop("duration");
  await work;
});
