import assert from "node:assert/strict";
import { hasPeer } from "../support/scaletool.ts";
import { AdmissionWebhook, type Asked, BROKEN } from "./admission_webhook.ts";
import {
  assertNothingLeft,
  clusterOfFile,
  createNamespaces,
  eventually,
  untilThereAre,
} from "./cluster_state.ts";
import { type CommandRun, operationOf, shell } from "./command_run.ts";
import {
  assertCreatesFailed,
  cleaningCommands,
  DRIVER_LOADS,
  type DriverLoad,
  failuresOf,
  type Place,
  startLoad,
} from "./driver_load.ts";
import { TOKEN_MEMORY_MS, TokenUser } from "./minted_token.ts";
import { kubeconfigFor } from "./service_account.ts";
import { type Scenario, sideBySide } from "./side_by_side.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });
const hasKubectl = !ignore && hasPeer("kubectl");

let webhook: AdmissionWebhook;

Deno.test.beforeAll(async () => {
  if (ignore) return;
  webhook = new AdmissionWebhook(plane(), judge);
  const judged = REFUSALS.filter(({ isJudged = false }) => isJudged);
  const namespaces = judged.flatMap((refusal) =>
    refusal.drivers.map((driver) => placeOf(refusal, driver).name)
  );
  await webhook.register("judge", namespaces);
});

Deno.test.afterAll(async () => await webhook?.[Symbol.asyncDispose]());

function judge({ namespace, name, isDryRun }: Asked): string | undefined {
  // A run begins with a dry run, which would refuse what never succeeds.
  if (isDryRun) return undefined;
  if (namespace.startsWith("odd-")) return /[02468]$/.test(name) ? "even names are out" : undefined;
  if (namespace.startsWith("none-")) return "nobody is let in";
  if (namespace.startsWith("broken-")) return /[02468]$/.test(name) ? BROKEN : undefined;
  return undefined;
}

/** Something that the server begins to refuse under a driver. */
interface Refusal {
  /** Begins the namespace's name. */
  readonly id: string;
  readonly name: string;
  readonly drivers: readonly DriverLoad[];
  /** Whether the webhook is asked. */
  readonly isJudged?: boolean;
  readonly isKubectlNeeded?: boolean;
  /** In a namespace that is there. */
  readonly play: (place: Place) => Promise<void>;
}

const CONFIG_MAP_LOADS = DRIVER_LOADS.filter(({ plural }) => plural === "configmaps");

// The longest first, so that none of them is alone in the end.
const REFUSALS: readonly Refusal[] = [
  {
    id: "expired",
    name: "a token that ends mid-run fails it, and the printed command cleans up",
    drivers: DRIVER_LOADS,
    isKubectlNeeded: true,
    play: playExpiredToken,
  },
  {
    id: "quota",
    name: "a quota that is used up fails the run, which goes on and cleans up",
    // The API server asks its quotas about what it stores itself, not about aggregated APIs.
    drivers: CONFIG_MAP_LOADS,
    play: playQuota,
  },
  {
    id: "rights",
    name: "rights that are withdrawn fail the run, and the printed command cleans up",
    drivers: DRIVER_LOADS,
    isKubectlNeeded: true,
    play: playWithdrawnRights,
  },
  {
    id: "doomed",
    name: "a namespace that is deleted under a driver fails the run",
    drivers: DRIVER_LOADS,
    play: playDeletedNamespace,
  },
  {
    id: "odd",
    name: "an admission webhook that denies every other object fails the run",
    drivers: DRIVER_LOADS,
    isJudged: true,
    play: playDenials,
  },
  {
    id: "broken",
    name: "an admission webhook that is broken fails the run",
    drivers: CONFIG_MAP_LOADS,
    isJudged: true,
    play: playBrokenWebhook,
  },
  {
    id: "none",
    name: "a run of which every create is refused fails",
    drivers: DRIVER_LOADS,
    isJudged: true,
    play: playNothingSucceeds,
  },
];

function placeOf({ id }: Refusal, driver: DriverLoad): Place {
  return { name: `${id}-${driver.command}`, driver };
}

Deno.test("what a server refuses mid-run is counted, fails the run, and is cleaned up", {
  ignore,
}, async (test) => {
  const scenarios: Scenario[] = REFUSALS.flatMap((refusal) =>
    refusal.isKubectlNeeded && !hasKubectl ? [] : refusal.drivers.map((driver) => ({
      name: `${driver.command}: ${refusal.name}`,
      play: async () => {
        const place = placeOf(refusal, driver);
        await createNamespaces(plane(), place.name);
        await refusal.play(place);
      },
    }))
  );
  await sideBySide(test, scenarios);
});

async function untilAtWork({ name, driver: { collection } }: Place): Promise<void> {
  await untilThereAre(5, { plane: plane(), runId: name, collection });
}

/** The texts of what failed. */
function errorsOf({ writes }: CommandRun): string[] {
  return writes.map(({ error }) => error).filter((error) => error !== "");
}

async function playDeletedNamespace(place: Place): Promise<void> {
  await using run = startLoad(plane(), place, { seconds: 4 });
  await untilAtWork(place);
  await plane().admin(`/api/v1/namespaces/${place.name}`, { method: "DELETE" });
  await run.endsWith(3);
  assertCreatesFailed(run);
  const { failures } = operationOf(run.report, "create");
  assert.ok((failures["forbidden"] ?? 0) > 0, JSON.stringify(failures));
  // The namespace may be gone before the load is over.
  const others = Object.keys(failuresOf(run)).filter((reason) => reason !== "forbidden");
  assert.ok(others.every((reason) => reason === "not-found"), others.join());
  assert.ok(errorsOf(run).some((error) => /because it is being terminated/.test(error)));
  await assertNothingLeft(plane(), { runId: place.name });
}

async function playWithdrawnRights(place: Place): Promise<void> {
  const { name, driver: { apiGroup: group, plural } } = place;
  const apiGroup = "rbac.authorization.k8s.io";
  const rbac = `/apis/${apiGroup}/v1/namespaces/${name}`;
  const rules = [{ apiGroups: [group], resources: [plural], verbs: ["*"] }];
  const post = (path: string, body: unknown) =>
    plane().admin(`${rbac}/${path}`, { method: "POST", body });
  await post("roles", { metadata: { name: "r" }, rules });
  await post("rolebindings", {
    metadata: { name: "b" },
    roleRef: { apiGroup, kind: "Role", name: "r" },
    subjects: [{ apiGroup, kind: "User", name: "nobody" }],
  });
  await using run = startLoad(plane(), place, { seconds: 3, user: "nobody" });
  await untilAtWork(place);
  await plane().admin(`${rbac}/rolebindings/b`, { method: "DELETE" });
  const { stderr } = await run.endsWith(3);
  assertCreatesFailed(run);
  assert.deepEqual(Object.keys(failuresOf(run)), ["forbidden"]);
  await cleanUpAsPrinted(run, { place, stderr });
}

/** What the run could not delete itself, with the command that it printed for that. */
async function cleanUpAsPrinted(
  { report }: CommandRun,
  { place, stderr }: { place: Place; stderr: string },
): Promise<void> {
  const finding = report.findings.find(({ subject }) => subject === "cleanup");
  assert.equal(finding?.verdict, "fail");
  const commands = cleaningCommands(stderr);
  assert.equal(commands.length, 1, stderr);
  await shell(commands[0]!, plane().kubeconfig("admin"));
  await assertNothingLeft(plane(), { runId: place.name });
}

async function playExpiredToken(place: Place): Promise<void> {
  const user = await TokenUser.of(plane(), place.name);
  // Time enough for a busy machine to start the program in.
  const token = user.mint({ endsInMs: 5_000 });
  await using run = startLoad(plane(), place, {
    seconds: TOKEN_MEMORY_MS / 1_000 + 2,
    args: ["--kubeconfig", "config"],
    files: { config: kubeconfigFor(plane(), token) },
  });
  const { stderr } = await run.endsWith(3);
  assertCreatesFailed(run);
  assert.ok(operationOf(run.report, "create").ok > 0, "it was valid at first");
  // The server ends the connection along with a 401, and with it what it has not looked at.
  const { goaway: _, ...others } = failuresOf(run);
  assert.deepEqual(Object.keys(others), ["unauthorized"]);
  await cleanUpAsPrinted(run, { place, stderr });
}

async function playQuota(place: Place): Promise<void> {
  const namespace = `/api/v1/namespaces/${place.name}`;
  const first = `${namespace}/configmaps/kube-root-ca.crt`;
  await eventually(first, async () => (await plane().request("admin", first)).status === 200);
  const path = `${namespace}/resourcequotas`;
  const hard = { "count/configmaps": "13" };
  const body = { metadata: { name: "few" }, spec: { hard } };
  await plane().admin(path, { method: "POST", body });
  await eventually("the quota is counted", async () => {
    const { status } = await plane().admin<{ status: { used?: unknown } }>(`${path}/few`);
    return status.used !== undefined;
  });
  await using run = startLoad(plane(), place, { seconds: 4 });
  await run.endsWith(3);
  assertCreatesFailed(run);
  const { failures, ok } = operationOf(run.report, "create");
  // Creates that count against a quota at the same time may be answered 409 (resourcequota admission).
  const { conflict: _, ...others } = failures;
  assert.deepEqual(Object.keys(others), ["forbidden"]);
  assert.ok(ok > 12, "what is deleted makes room for more");
  assert.ok(errorsOf(run).some((error) => /exceeded quota: few/.test(error)));
  await assertNothingLeft(plane(), { runId: place.name });
}

async function playDenials(place: Place): Promise<void> {
  await using run = startLoad(plane(), place, { seconds: 2 });
  await run.endsWith(3);
  assertCreatesFailed(run);
  const creates = run.writes.filter(({ op }) => op === "create");
  for (const { name, error } of creates) {
    if (/[02468]$/.test(name)) assert.match(error, /judge\.example\.com.* even names are out/);
    else assert.equal(error, "");
  }
  assert.deepEqual(Object.keys(operationOf(run.report, "create").failures), ["http-400"]);
  await assertNothingLeft(plane(), { runId: place.name });
}

async function playBrokenWebhook(place: Place): Promise<void> {
  await using run = startLoad(plane(), place, { seconds: 2 });
  await run.endsWith(3);
  assertCreatesFailed(run);
  assert.deepEqual(Object.keys(operationOf(run.report, "create").failures), ["internal-error"]);
  await assertNothingLeft(plane(), { runId: place.name });
}

async function playNothingSucceeds(place: Place): Promise<void> {
  await using run = startLoad(plane(), place, { seconds: 1 });
  await run.endsWith(3);
  assertCreatesFailed(run);
  assert.equal(operationOf(run.report, "create").ok, 0);
  assert.ok(errorsOf(run).some((error) => /nobody is let in/.test(error)));
  await assertNothingLeft(plane(), { runId: place.name });
}
