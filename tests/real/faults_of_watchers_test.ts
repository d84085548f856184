import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import {
  callEtcd,
  clusterOfFile,
  createNamespaces,
  eventually,
  restartApiServer,
} from "./cluster_state.ts";
import { type CommandRun, metricOf, operationOf, totalOf } from "./command_run.ts";
import { TokenUser } from "./minted_token.ts";
import { kubeconfigFor } from "./service_account.ts";
import {
  createIn,
  deleteIn,
  eventsOf,
  startWatcher,
  type Watcher,
  WATCHERS,
} from "./watcher_load.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });

const COLLECTIONS = [...new Set(WATCHERS.map(({ collection }) => collection))];

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), "gone", "revoked", "rights", "doomed", "full");
});

/** Every watcher, in turn, because each begins only when the machine has time for it. */
async function startAll(
  namespace: string,
  options: Parameters<typeof startWatcher>[2] = {},
): Promise<{ runs: readonly CommandRun[] } & AsyncDisposable> {
  await using running = new AsyncDisposableStack();
  const runs = await Promise.all(
    WATCHERS.map(async (watcher) =>
      running.use(await startWatcher(plane(), { watcher, namespace }, options))
    ),
  );
  const handedOver = running.move();
  return { runs, [Symbol.asyncDispose]: () => handedOver.disposeAsync() };
}

async function changeAll(
  namespace: string,
  change: (collection: string) => Promise<unknown>,
): Promise<void> {
  await Promise.all(COLLECTIONS.map((collection) => change(collection(namespace))));
}

const create = (namespace: string, name: string) =>
  changeAll(namespace, (collection) => createIn(plane(), collection, name));
const remove = (namespace: string, name: string) =>
  changeAll(namespace, (collection) => deleteIn(plane(), collection, name));

/** Waits until each has been notified that often since it began. */
async function untilSeen(runs: readonly CommandRun[], events: number): Promise<void> {
  await eventually(`${events} events of each`, async () => {
    const seen = await Promise.all(runs.map((run, index) => eventsOf(run, WATCHERS[index]!)));
    return seen.every((count) => count >= events);
  });
}

/** Both servers anew, which have forgotten every resourceVersion from before, and etcd too. */
async function restartServers(): Promise<void> {
  await plane().stop("wardle", { graceMs: 0 });
  await restartApiServer(plane());
  await plane().restart("wardle", { graceMs: 0 });
  await eventually("flunders served", async () => {
    const { status } = await plane().request("admin", "/apis/wardle.example.com/v1alpha1/flunders");
    return status === 200;
  });
}

async function compact(): Promise<void> {
  const { header: { revision } } = await callEtcd(plane(), {
    call: "kv/put",
    body: { key: btoa("/other"), value: btoa("x") },
  });
  await callEtcd(plane(), { call: "kv/compaction", body: { revision, physical: true } });
}

/** Rights in one namespace for somebody who has none. */
async function grantWatching(namespace: string): Promise<string> {
  const apiGroup = "rbac.authorization.k8s.io";
  const rbac = `/apis/${apiGroup}/v1/namespaces/${namespace}`;
  const rules = WATCHERS.map(({ apiGroup: group, plural }) => ({
    apiGroups: [group],
    resources: [plural],
    verbs: ["get", "list", "watch"],
  }));
  const post = (path: string, body: unknown) =>
    plane().admin(`${rbac}/${path}`, { method: "POST", body });
  await post("roles", { metadata: { name: "r" }, rules });
  await post("rolebindings", {
    metadata: { name: "b" },
    roleRef: { apiGroup, kind: "Role", name: "r" },
    subjects: [{ apiGroup, kind: "User", name: "nobody" }],
  });
  return `${rbac}/rolebindings/b`;
}

Deno.test(
  "servers that are killed and have forgotten are survived with nothing missed; revoked tokens and rights are not",
  { ignore },
  async () => {
    const account = await TokenUser.of(plane(), "revoked");
    const binding = await grantWatching("rights");
    const token = account.mint({ endsInMs: 600_000 });
    for (const name of ["kept", "goes", "changes"]) await create("gone", name);
    await using well = await startAll("gone");
    // Long enough for both restarts on a busy machine.
    const args = ["--duration", "20s"];
    await using unknown = await startAll("revoked", {
      args: [...args, "--kubeconfig", "config"],
      files: { config: kubeconfigFor(plane(), token) },
    });
    await using forbidden = await startAll("rights", { args, user: "nobody" });
    await Promise.all(["gone", "revoked", "rights"].map((where) => create(where, "seen")));
    for (const { runs } of [well, unknown, forbidden]) await untilSeen(runs, 1);
    // Watches that are open stay so: the server asks at their beginning who they are.
    await account.revoke(plane());
    await plane().admin(binding, { method: "DELETE" });
    for (const { program } of well.runs) program.kill("SIGSTOP");
    await restartServers();
    await remove("gone", "goes");
    await remove("gone", "changes");
    for (const name of ["changes", "new"]) await create("gone", name);
    await compact();
    for (const { program } of well.runs) program.kill("SIGCONT");
    await assertNothingMissed(well.runs);
    for (const run of unknown.runs) await assertRefused(run, "unauthorized");
    for (const run of forbidden.runs) await assertRefused(run, "forbidden");
  },
);

async function assertNothingMissed(runs: readonly CommandRun[]): Promise<void> {
  await eventually("lists after the first", async () => {
    const relists = await Promise.all(runs.map((run) => metricOf(run, "relists_total")));
    return relists.every((count) => count >= 1);
  });
  await eventually("watches of flunder-watch", async () => {
    return await metricOf(runs.at(-1)!, "open_watches") === 1;
  });
  await create("gone", "the-end");
  await eventually(
    "the last row",
    () =>
      runs.slice(0, -1).every(({ notifications }) =>
        notifications.some(({ name }) => name === "the-end")
      ),
  );
  await eventually("the last event", async () => await metricOf(runs.at(-1)!, "events_total") >= 2);
  for (const [index, run] of runs.entries()) {
    run.program.kill("SIGINT");
    const { stderr } = await run.endsWith(130);
    const watcher = WATCHERS[index]!;
    if (watcher.isLogger) await assertAllTold(run, { watcher, stderr });
    else assertFleetWell(run.report);
  }
}

/** A logger's rows lead to what is there. */
async function assertAllTold(
  { report, notifications }: CommandRun,
  { watcher, stderr }: { watcher: Watcher; stderr: string },
): Promise<void> {
  assert.match(stderr, /the resourceVersion is too old, so they are listed anew/);
  const failures = failuresByReason(report, "watchFailures");
  assert.equal(failures.get("expired"), 1, [...failures].join());
  assert.equal(totalOf(report, "relists"), 1);
  const there = new Set<string>();
  for (const { op, name } of notifications) {
    if (op === "delete") there.delete(name);
    else there.add(name);
  }
  const { items } = await plane().admin<{ items: { metadata: { name: string } }[] }>(
    watcher.collection("gone"),
  );
  assert.deepEqual([...there].sort(), items.map(({ metadata: { name } }) => name).sort());
  const opsOf = (wanted: string) =>
    notifications.filter(({ name }) => name === wanted).map(({ op }) => op);
  assert.deepEqual(opsOf("goes"), ["create", "delete"]);
  // An object that was made anew under its name is a delete and an add, which may share a turn.
  assert.equal(opsOf("changes").at(-1), opsOf("changes").length === 3 ? "create" : "update");
  assertNotFailed(report);
}

/** What has changed while nobody watched is missed by design, and counted; nothing is lost. */
function assertFleetWell(report: Report): void {
  assert.equal(totalOf(report, "lostEvents"), 0);
  assert.ok(totalOf(report, "missedBetweenWatches") >= 3);
  assert.equal(totalOf(report, "watchErrors"), 1);
  assert.ok(report.findings.some(({ subject }) => /no event lost/.test(subject)));
  assertNotFailed(report);
}

/** Whether a process that was stopped, or a machine with much to do, was fit to measure is not asked. */
function assertNotFailed({ findings }: Report): void {
  assert.ok(findings.every(({ verdict }) => verdict !== "fail"), JSON.stringify(findings));
}

function failuresByReason({ summary }: Report, counter: string): ReadonlyMap<string, number> {
  const series = summary.counters.filter(({ name }) => name === counter);
  return new Map(series.map(({ tags, total }) => [tags?.["reason"] ?? "", total]));
}

/** Something was seen before, so that it is no want of figures that fails the run. */
async function assertRefused(run: CommandRun, reason: string): Promise<void> {
  await run.endsWith(3);
  const { report } = run;
  const [finding] = report.findings.filter(({ verdict }) => verdict === "fail");
  if (report.manifest.command === "flunder-watch") {
    assert.equal(finding?.subject, "list.failed.count <= 0");
    const { failures } = operationOf(report, "list");
    assert.ok((failures[reason as "forbidden"] ?? 0) > 0, JSON.stringify(failures));
  } else {
    assert.equal(finding?.subject, "watching at the end");
    const failures = failuresByReason(report, "watchFailures");
    assert.ok((failures.get(reason) ?? 0) > 0, [...failures].join());
    assert.ok(totalOf(report, "rows") > 0);
  }
}

Deno.test(
  "a namespace that is deleted under a watcher is seen to go, and its successor to come",
  { ignore },
  async () => {
    await using started = await startAll("doomed");
    const { runs } = started;
    await create("doomed", "one");
    await untilSeen(runs, 1);
    const path = "/api/v1/namespaces/doomed";
    await plane().admin(path, { method: "DELETE" });
    // The namespace's own ConfigMap goes too, but was no event before.
    await untilSeen(runs, 2);
    await eventually("the end of it", async () => {
      return (await plane().request("admin", path)).status === 404;
    });
    await createNamespaces(plane(), "doomed");
    await create("doomed", "two");
    await untilSeen(runs, 3);
    for (const [index, run] of runs.entries()) {
      run.program.kill("SIGINT");
      await run.endsWith(130);
      assertNotFailed(run.report);
      assert.equal(totalOf(run.report, "watchFailures") + totalOf(run.report, "watchErrors"), 0);
      if (WATCHERS[index]!.isLogger) {
        const rows = run.notifications.map(({ op, name }) => `${op} ${name}`);
        for (const row of ["create one", "delete one", "create two"]) {
          assert.ok(rows.includes(row), rows.join());
        }
      }
    }
  },
);

for (const watcher of WATCHERS.filter(({ isLogger }) => isLogger)) {
  Deno.test(`a CSV of ${watcher.command} on a full disk lacks rows, and the report none`, {
    ignore,
  }, async () => {
    // Without a header line, which would be the first thing that there is no room for.
    const args = ["--data-filename", "/dev/full", "--csv-dialect", "go", "--duration", "2s"];
    await using run = await startWatcher(plane(), { watcher, namespace: "full" }, { args });
    await createIn(plane(), watcher.collection("full"), "one");
    const { stderr } = await run.endsWell();
    const { report } = run;
    assert.equal(totalOf(report, "creates"), 1);
    const warning = report.warnings.find(({ code }) => code === "csv-incomplete");
    assert.match(warning?.message ?? "", /"\/dev\/full" lacks (\d+) of \1 rows \(No space left/);
    assert.ok(stderr.includes(`\nWARNING: ${warning!.message}`), stderr);
  });
}
