import assert from "node:assert/strict";
import { assertNothingLeft, clusterOfFile, eventually, restartApiServer } from "./cluster_state.ts";
import { commandLine, hasPeer } from "../support/scaletool.ts";
import { gaugeOf, metricOf, startCommand, totalOf } from "./command_run.ts";
import { type RealSteve, requireSteve, startSteve } from "./steve.ts";

const { plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });
const ignore = !await requireSteve();

let steve: RealSteve;
Deno.test.beforeAll(async () => {
  if (!ignore) steve = await startSteve({ plane: plane() });
});
Deno.test.afterAll(async () => await steve?.[Symbol.asyncDispose]());

const DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/foos.example.com";

async function assertGone(runId: string): Promise<void> {
  await assertNothingLeft(plane(), { runId });
  assert.equal((await plane().request("admin", DEFINITION)).status, 404);
  const { status } = await plane().request("admin", "/api/v1/namespaces/test-configmaps");
  assert.equal(status, 404, "the namespace is gone, and not Terminating");
}

Deno.test(
  "200 watchers of a real Steve see events, resets by a changed CRD and a WAL",
  { ignore },
  async () => {
    await using run = startCommand(plane(), [
      ...["steve-watch", "--steve-url", steve.url, "--wal-source", `file:${steve.walFile}`],
      ...["--count", "200", "--duration", "45s", "--churn-rate", "2", "--run-id", "watched"],
      ...["--wal-period", "2s", "--slack", "3900ms", "--seed", "1"],
    ]);
    const { code, stderr } = await run.finished();
    // How fast Steve is on a busy machine is not asked here; what it must not lose is.
    assert.ok([0, 3, 4].includes(code), stderr);
    const { report } = run;
    const verdictOf = (name: string) =>
      report.findings.find(({ subject }) => subject === name)?.verdict;
    assert.equal(verdictOf("no event lost"), "pass");
    assert.equal(verdictOf("told once and in order"), "pass");
    assert.equal(verdictOf("WebSocket stability"), "pass");
    // On a machine that is too busy to tell it is inconclusive; without a change there is no reset.
    const changes = verdictOf("CRD changes shown by Steve");
    assert.notEqual(changes, "fail");
    assert.ok(totalOf(report, "toldEvents") > 1_000, "real events");
    const resubscribed = report.summary.distributions.find(({ name }) =>
      name === "resubscribeTime"
    );
    const count = resubscribed?.stats.count ?? 0;
    assert.ok(
      changes !== "pass" || count >= 200,
      `each watcher came back from a reset, not ${count}: ${stderr}`,
    );
    assert.ok(gaugeOf(report, "walBytes").max > 0);
    await assertGone("watched");
  },
);

Deno.test(
  "Ctrl-C ends the watchers and removes definition, namespace and objects",
  { ignore },
  async () => {
    await using run = startCommand(plane(), [
      ...["steve-watch", "--steve-url", steve.url, "--wal-source", "none", "--count", "20"],
      ...["--payload", "1000", "--run-id", "stopped"],
    ]);
    const configMaps = "/api/v1/namespaces/test-configmaps/configmaps";
    await eventually("churn", async () => {
      const { body } = await plane().request("admin", configMaps);
      return ((body as { items?: unknown[] }).items?.length ?? 0) > 3;
    });
    run.program.kill("SIGINT");
    await run.endsWith(130);
    await assertGone("stopped");
  },
);

const RESTARTS: readonly [what: string, restart: () => Promise<void>][] = [
  ["Steve", () => steve.restart({ graceMs: 0 })],
  ["API server", () => restartApiServer(plane())],
];

for (const [what, restart] of RESTARTS) {
  const runId = what.toLowerCase().replace(" ", "-");
  Deno.test(`watchers come back when the ${what} is killed and restarted`, { ignore }, async () => {
    await using run = startCommand(plane(), [
      ...["steve-watch", "--steve-url", steve.url, "--wal-source", "none", "--count", "20"],
      ...["--payload", "1000", "--churn-rate", "2", "--crd-period", "0", "--run-id", runId],
      ...["--duration", "45s", "--cool-down", "15s", "--slack", "3900ms"],
      ...["--metrics-addr", "127.0.0.1:0"],
    ]);
    await eventually("watchers", async () => await metricOf(run, "open_watchers") === 20);
    await eventually("notifications", async () => await metricOf(run, "messages_total") > 60);
    await restart();
    const { code, stderr } = await run.finished();
    assert.ok([0, 3, 4].includes(code), stderr);
    const stability = run.report.findings.find(({ subject }) => subject === "WebSocket stability");
    assert.equal(stability?.verdict, "pass", stability?.reason);
    await assertGone(runId);
  });
}

Deno.test("more watchers than this process may open sockets for are refused before any load", {
  ignore: ignore || !hasPeer("bash"),
}, async () => {
  const { command, args } = commandLine([
    ...["steve-watch", "--steve-url", steve.url, "--wal-source", "none", "--count", "2000"],
    ...["--kubeconfig", plane().kubeconfig("load"), "--run-id", "many"],
  ]);
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-c", 'ulimit -n 512; exec "$@"', "bash", command, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(code, 1);
  assert.match(
    new TextDecoder().decode(stderr),
    /^scaletool: Too many sockets .*; ulimit -n 2\d+/,
  );
  await assertGone("many");
});

const REFUSALS: readonly [what: string, args: string[], line: RegExp][] = [
  ["no Steve at the URL", ["--steve-url", "http://127.0.0.1:9"], /Cannot reach Steve at http/],
  [
    "an API server instead of a Steve",
    [],
    /^scaletool: Steve at https:.* does not let this user list ConfigMaps/m,
  ],
  ["a source of the WAL that is none", ["--wal-source", "disk"], /--wal-source must be/],
  ["a slack beyond the debounce time", ["--slack", "5s"], /--slack must be shorter/],
];

for (const [what, args, line] of REFUSALS) {
  Deno.test(`steve-watch refuses ${what} in one line`, { ignore }, async () => {
    const url = args.includes("--steve-url") ? [] : ["--steve-url", plane().server];
    const given = ["--insecure-skip-tls-verify", "--wal-source", "none", ...url, ...args];
    await using run = startCommand(plane(), ["steve-watch", ...given, "--run-id", "refused"]);
    const { code, stderr } = await run.finished();
    assert.ok(code === 1 || code === 2, stderr);
    assert.match(stderr, line);
    await assertGone("refused");
  });
}
