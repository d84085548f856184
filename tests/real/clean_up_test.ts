import assert from "node:assert/strict";
import { hasPeer } from "../support/scaletool.ts";
import {
  assertNothingLeft,
  clusterOfFile,
  CONFIG_MAPS,
  createNamespaces,
  eventually,
  FLUNDERS,
  objectsOf,
  untilThereAre,
} from "./cluster_state.ts";
import { type CommandRun, metricOf, shell, startCommand } from "./command_run.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });

/** Removing a namespace takes its controller 5 s, so scenarios run beside each other. */
const AT_ONCE = 4;

/** A run of a command whose namespace has to be made and removed, and how it is ended. */
interface Scenario {
  readonly name: string;
  /** Without --run-id and --namespace: both are the scenario's own. */
  readonly args: readonly string[];
  readonly collection?: string;
  /** Sent when so many objects are there. */
  readonly signal?: { readonly name: Deno.Signal; readonly objects: number };
  /** Those of a run that ends by itself depend on whether the machine was too busy to measure. */
  readonly codes: readonly number[];
}

const ENDLESS = ["--lambda", "40", "--maxpop", "20", "--duration", "1m"];

const SCENARIOS: readonly Scenario[] = [
  {
    name: "a cmdriver that ends by itself",
    args: ["cmdriver", "--lambda", "100", "--n", "20", "--maxpop", "10"],
    codes: [0, 4],
  },
  {
    name: "a cmdriver that is cut off by --duration",
    args: ["cmdriver", "--lambda", "100", "--ttl", "1m", "--duration", "1s"],
    codes: [0, 4],
  },
  {
    name: "a cmdriver that fails a threshold",
    args: [
      ...["cmdriver", "--lambda", "100", "--n", "20", "--maxpop", "10"],
      ...["--threshold", "create.ok.count > 1000"],
    ],
    codes: [3, 4],
  },
  {
    name: "a cmdriver that gets SIGINT while objects arrive",
    args: ["cmdriver", ...ENDLESS],
    signal: { name: "SIGINT", objects: 15 },
    codes: [130],
  },
  {
    name: "a cmdriver that gets SIGTERM while objects arrive",
    args: ["cmdriver", ...ENDLESS],
    signal: { name: "SIGTERM", objects: 15 },
    codes: [143],
  },
  {
    name: "a cmdriver that gets SIGINT while all objects live",
    args: ["cmdriver", "--lambda", "500", "--n", "600", "--ttl", "1m"],
    signal: { name: "SIGINT", objects: 600 },
    codes: [130],
  },
  {
    name: "a cmdriverclosed that ends by itself",
    args: ["cmdriverclosed", "--n", "40", "--rate", "0", "--threads", "3"],
    codes: [0, 4],
  },
  {
    name: "a cmdriverclosed that gets SIGINT between its writes",
    args: ["cmdriverclosed", "--n", "10000", "--threads", "4", "--maxpop", "50"],
    signal: { name: "SIGINT", objects: 40 },
    codes: [130],
  },
  {
    name: "a cmdriverclosed --create-only that gets SIGTERM",
    args: ["cmdriverclosed", "--n", "10000", "--create-only", "--updates", "0"],
    signal: { name: "SIGTERM", objects: 40 },
    codes: [143],
  },
  {
    name: "a flunder-driver that ends by itself",
    args: ["flunder-driver", "--lambda", "100", "--n", "20", "--maxpop", "10"],
    codes: [0, 4],
  },
  {
    name: "a flunder-driver that gets SIGINT while objects arrive",
    args: ["flunder-driver", ...ENDLESS],
    collection: FLUNDERS,
    signal: { name: "SIGINT", objects: 15 },
    codes: [130],
  },
];

Deno.test("nothing is left, its namespace included, of", { ignore }, async (t) => {
  const waiting = SCENARIOS.entries();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const [index, scenario] of waiting) {
      await t.step({
        name: scenario.name,
        fn: () => play(scenario, `end-${index}`),
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }
  }));
});

async function play(scenario: Scenario, runId: string): Promise<void> {
  const { args, signal, codes, collection = CONFIG_MAPS } = scenario;
  await using run = startCommand(plane(), [...args, "--namespace", runId, "--run-id", runId]);
  if (signal !== undefined) {
    const { objects } = signal;
    await untilThereAre(objects, { plane: plane(), runId, collection });
    run.program.kill(signal.name);
  }
  const { code, stdout, stderr } = await run.finished();
  assert.ok(codes.includes(code), `${stderr}\n${stdout}`);
  await assertNothingLeft(plane(), { runId });
  const { status } = await plane().request("admin", `/api/v1/namespaces/${runId}`);
  assert.equal(status, 404, "the namespace is gone");
  const { report } = run;
  assert.equal(report.exitCode, code);
  assert.deepEqual(report.findings.filter(({ subject }) => subject === "cleanup"), []);
  const creates = report.summary.operations.find(({ op }) => op === "create");
  assert.ok(creates !== undefined && creates.ok > 0, "the run put load on");
}

Deno.test(
  "SIGINT during set-up removes what was made so far, with exit code 130",
  { ignore },
  async () => {
    const held = "/api/v1/namespaces/held";
    const body = { metadata: { name: "held", finalizers: ["example.com/hold"] } };
    await plane().admin("/api/v1/namespaces", { method: "POST", body });
    await plane().admin(held, { method: "DELETE" });
    await using run = startCommand(plane(), [
      ...["cmdriver", "--namespace", "set-up", "--namespace", "held", "--run-id", "set-up"],
    ]);
    await run.program.line(/namespace "held" is being deleted: waiting/);
    // Both are made side by side.
    await eventually(
      "the other one is made",
      async () => (await plane().request("admin", "/api/v1/namespaces/set-up")).status === 200,
    );
    run.program.kill("SIGINT");
    const { stderr } = await run.endsWith(130);
    assert.doesNotMatch(stderr, /internal error/);
    await assertNothingLeft(plane(), { runId: "set-up" });
    await plane().admin(held, { method: "PATCH", body: { metadata: { finalizers: null } } });
  },
);

Deno.test("a namespace that was there before stays", { ignore }, async () => {
  await createNamespaces(plane(), "before");
  const place = ["--namespace", "before", "--run-id", "before"];
  await using run = startCommand(plane(), [
    ...["cmdriver", ...place, "--lambda", "100", "--n", "5", "--maxpop", "2"],
  ]);
  await run.endsWell();
  assert.equal((await plane().request("admin", "/api/v1/namespaces/before")).status, 200);
  await assertNothingLeft(plane(), { runId: "before" });
});

const kubectlIgnored = ignore || !hasPeer("kubectl");

Deno.test(
  "a second SIGINT cuts off the cleaning and prints the command that finishes it",
  { ignore: kubectlIgnored },
  async () => {
    await using run = startCommand(plane(), [
      ...["cmdriver", ...ENDLESS, "--namespace", "second", "--run-id", "second"],
    ]);
    await untilThereAre(10, { plane: plane(), runId: "second" });
    // Without its controller no namespace ever goes.
    plane().suspend("kcm");
    try {
      run.program.kill("SIGINT");
      await run.program.line(/namespace "second" is not gone yet/);
      run.program.kill("SIGINT");
      const { stderr } = await run.endsWith(130);
      const [, command] = /not cleaned: .*; finish with: (kubectl [^\n]*)/.exec(stderr) ?? [];
      assert.ok(command !== undefined, stderr);
      assert.ok(run.report.warnings.some(({ message }) => message.includes(command)));
      assert.equal(run.report.verdict, "fail");
      plane().resume("kcm");
      await shell(command, plane().kubeconfig("load"));
    } finally {
      plane().resume("kcm");
    }
    await assertNothingLeft(plane(), { runId: "second" });
  },
);

Deno.test(
  "a third SIGINT ends at once, after the commands were printed that clean up",
  { ignore: kubectlIgnored },
  async () => {
    await using run = startCommand(plane(), [
      ...["cmdriver", ...ENDLESS, "--namespace", "third", "--run-id", "third"],
      ...["--metrics-addr", "127.0.0.1:0"],
    ]);
    await untilThereAre(10, { plane: plane(), runId: "third" });
    plane().suspend("apiserver");
    try {
      await eventually("writes in flight", async () => await metricOf(run, "in_flight") >= 10);
      run.program.kill("SIGINT");
      await run.program.line(/SIGINT: stopping/);
      run.program.kill("SIGINT");
      await run.program.line(/SIGINT: cutting off[^]*finish then with[^]*finish then with/);
      run.program.kill("SIGINT");
      await run.endsWith(130);
    } finally {
      plane().resume("apiserver");
    }
    const left = await objectsOf(plane(), { runId: "third", collection: CONFIG_MAPS });
    assert.ok(left.length >= 10, "nothing was deleted");
    const commands = [...run.program.stderr.matchAll(/; finish then with: (kubectl [^\n]*)/g)];
    assert.equal(commands.length, 2);
    for (const [, command] of commands) await shell(command!, plane().kubeconfig("load"));
    await assertNothingLeft(plane(), { runId: "third" });
  },
);

const WATCHERS = ["cm-logger", "flunder-logger", "flunder-watch"];
const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143]] as const;

for (const [signal, code] of SIGNALS) {
  Deno.test(`watchers that get ${signal} report what they saw`, { ignore }, async () => {
    const runs: CommandRun[] = WATCHERS.map((command) =>
      startCommand(plane(), [command, "--metrics-addr", "0", "--run-id", command])
    );
    try {
      await Promise.all(runs.map(async (run) => {
        await run.program.line(/rows go to|metrics and profiles/);
        await eventually("a run log", () => run.runDirectories.length > 0);
      }));
      for (const run of runs) run.program.kill(signal);
      for (const run of runs) {
        await run.endsWith(code);
        assert.equal(run.report.end?.reason, code === 130 ? "interrupted" : "terminated");
      }
    } finally {
      for (const run of runs) await run[Symbol.asyncDispose]();
    }
  });
}
