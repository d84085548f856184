import assert from "node:assert/strict";
import { hasPeer } from "../support/scaletool.ts";
import {
  assertNothingLeft,
  clusterOfFile,
  CONFIG_MAPS,
  createNamespaces,
  eventually,
  objectsOf,
} from "./cluster_state.ts";
import { type CommandRun, shell, startCommand } from "./command_run.ts";

const AUDIT_DIR = Deno.makeTempDirSync({ prefix: "scaletool-audit-" });
const AUDIT_LOG = `${AUDIT_DIR}/audit.log`;
Deno.writeTextFileSync(
  `${AUDIT_DIR}/policy.yaml`,
  `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  resources: [{group: "", resources: [configmaps]}]
  namespaces: [plan, pace]
- level: None
`,
);

const { ignore, plane } = await clusterOfFile({
  without: ["scheduler", "kwok", "wardle"],
  apiserverArgs: [
    `--audit-policy-file=${AUDIT_DIR}/policy.yaml`,
    `--audit-log-path=${AUDIT_LOG}`,
  ],
});

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), "plan", "pace", "stay", "kept");
});

Deno.test.afterAll(() => Deno.removeSync(AUDIT_DIR, { recursive: true }));

/** A cmdriverclosed whose run has the name of its namespace unless `args` say otherwise. */
function start(namespace: string, args: readonly string[]): CommandRun {
  const place = ["--namespace", namespace, "--run-id", namespace];
  return startCommand(plane(), ["cmdriverclosed", ...place, ...args]);
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent: string;
  readonly user: { readonly username: string };
}

/** What the API server says that it was asked, dry runs and looks left out. */
async function auditedWrites(runId: string, count: number): Promise<AuditEvent[]> {
  let events: AuditEvent[] = [];
  await eventually(`${count} writes of ${runId} in the audit log`, () => {
    events = Deno.readTextFileSync(AUDIT_LOG).trimEnd().split("\n")
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ verb, userAgent, requestURI }) =>
        userAgent.endsWith(` run/${runId}`) && ["create", "patch", "delete"].includes(verb) &&
        !requestURI.includes("dryRun")
      );
    return events.length >= count;
  });
  return events;
}

Deno.test(
  "each object is created, updated and deleted in this order, and named as scripts expect",
  { ignore },
  async () => {
    await using run = start("plan", [
      ...["--n", "10", "--threads", "4", "--updates", "2", "--rate", "0", "--maxpop", "6"],
      ...["--name-pad-length", "2", "--hack-create"],
    ]);
    await run.endsWell();
    const byName = Map.groupBy(run.writes, ({ name }) => name);
    // The last threads own one object more, so that 9 and 10 are missing.
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12];
    assert.deepEqual(
      [...byName.keys()].sort(),
      numbers.map((number) => `plan-${String(number).padStart(4, "0")}`),
    );
    for (const [name, rows] of byName) {
      const inOrder = rows.toSorted((one, other) => one.beforeMs - other.beforeMs);
      assert.deepEqual(inOrder.map(({ op }) => op), ["create", "update", "update", "delete"], name);
      assert.ok(rows.every(({ error, namespace }) => error === "" && namespace === "plan"));
    }
    const { operations } = run.report.summary;
    assert.deepEqual(operations.map(({ op, ok, total }) => [op, ok, total]), [
      ["create", 10, 10],
      ["update", 20, 20],
      ["delete", 10, 10],
    ]);
    await assertNothingLeft(plane(), { runId: "plan" });
    await assertAudited();
  },
);

/** What the server was sent in the run of the test above. */
async function assertAudited(): Promise<void> {
  const events = await auditedWrites("plan", 40);
  assert.equal(events.length, 40);
  for (const { userAgent, user } of events) {
    assert.match(userAgent, /^scaletool\/\d+\.\d+\.\d+ \(\w+\/\w+\) cmdriverclosed run\/plan$/);
    assert.equal(user.username, "load");
  }
  const path = "/api/v1/namespaces/plan/configmaps";
  const askedOf = (wanted: string) =>
    events.filter(({ verb }) => verb === wanted).map(({ requestURI }) => {
      const { pathname, searchParams } = new URL(requestURI, plane().server);
      const [r, i, manager] = ["r", "i", "fieldManager"].map((key) => searchParams.get(key));
      return [pathname, r, Number(i), manager] as const;
    }).sort(([one, , i], [other, , j]) => i - j || (one < other ? -1 : 1));
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12];
  const nameOf = (number: number) => `${path}/plan-${String(number).padStart(4, "0")}`;
  assert.deepEqual(askedOf("create"), numbers.map((i) => [path, "plan", i, null]));
  assert.deepEqual(
    askedOf("patch"),
    numbers.flatMap((number) => {
      const asked = [nameOf(number), null, 0, "cmdriverclosed"];
      return [asked, asked];
    }),
  );
  assert.deepEqual(
    askedOf("delete"),
    numbers.map((number) => [nameOf(number), null, 0, null]),
  );
}

Deno.test(
  "writes are due in the slots of the common rate, and creates name their field manager",
  { ignore },
  async () => {
    await using run = start("pace", [
      ...["--n", "24", "--updates", "0", "--threads", "2", "--rate", "50", "--maxpop", "10"],
    ]);
    await run.endsWell();
    const dues = run.writes.map(({ dueMs }) => dueMs!).sort((one, other) => one - other);
    assert.equal(dues.length, 48);
    const offsMs = dues.map((dueMs, slot) => Math.abs(dueMs - dues[0]! - slot * 20));
    assert.ok(Math.max(...offsMs) <= 2, `up to ${Math.max(...offsMs)} ms off the slot`);
    const events = await auditedWrites("pace", 48);
    const creates = events.filter(({ verb }) => verb === "create");
    assert.equal(creates.length, 24);
    for (const { requestURI } of creates) {
      assert.match(requestURI, /[?&]fieldManager=cmdriverclosed(&|$)/);
    }
  },
);

Deno.test(
  "--create-only leaves the updated objects, and says how to delete them",
  { ignore: ignore || !hasPeer("kubectl") },
  async () => {
    await using run = start("stay", [
      ...["--n", "6", "--create-only", "--updates", "1", "--rate", "0"],
      ...["--create-value-length", "5", "--update-value-length", "12"],
    ]);
    const { stderr } = await run.endsWell();
    const objects = await objectsOf(plane(), { runId: "stay", collection: CONFIG_MAPS });
    assert.deepEqual(objects.map(({ metadata }) => metadata.name).sort(), [
      ...["stay-1", "stay-2", "stay-3", "stay-4", "stay-5", "stay-6"],
    ]);
    for (const { data, metadata } of objects) {
      assert.deepEqual(data, { foo: "XXXXX", baz: "000000000001" });
      assert.deepEqual(Object.keys(metadata.annotations ?? {}).sort(), [
        "scaletest/createTimestamp",
        "scaletest/updateTimestamp",
      ]);
    }
    const command = /delete with: (kubectl delete configmaps .*)/.exec(stderr)?.[1];
    assert.ok(command !== undefined, stderr);
    assert.ok(run.report.warnings.some(({ message }) => message.includes(command)));
    await shell(command, plane().kubeconfig("admin"));
    await assertNothingLeft(plane(), { runId: "stay" });
  },
);

const KEEP_CASES = [
  { keep: "always", fails: false, kept: 5 },
  { keep: "on-failure", fails: false, kept: 0 },
  { keep: "on-failure", fails: true, kept: 4 },
  { keep: "never", fails: true, kept: 0 },
];

for (const { keep, fails, kept } of KEEP_CASES) {
  const how = fails ? "with a failed create" : "without a failure";
  Deno.test(`--keep ${keep} leaves ${kept} objects of a run ${how}`, { ignore }, async () => {
    const runId = `keep-${keep}-${fails}`;
    const collection = "/api/v1/namespaces/kept/configmaps";
    if (fails) {
      // One name is taken, and so one create fails.
      const body = { metadata: { name: `${runId}-3` }, data: { whose: "somebody else's" } };
      await plane().admin(collection, { method: "POST", body });
    }
    // The end comes before the first object is due to be deleted.
    await using run = startCommand(plane(), [
      ...["cmdriver", "--namespace", "kept", "--run-id", runId, "--keep", keep],
      ...["--rate", "20/s", "--n", "5", "--ttl", "1m", "--duration", "600ms"],
    ]);
    const { stderr } = await (fails ? run.endsWith(3) : run.endsWell());
    const left = await objectsOf(plane(), { runId, collection: CONFIG_MAPS });
    assert.equal(left.length, kept);
    assert.equal(/Left behind as asked; delete with: kubectl /i.test(stderr), kept > 0, stderr);
    if (!fails) return;
    const foreign = await plane().admin<{ data: unknown }>(`${collection}/${runId}-3`);
    assert.deepEqual(foreign.data, { whose: "somebody else's" });
  });
}
