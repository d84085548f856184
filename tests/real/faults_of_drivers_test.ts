import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { hasPeer } from "../support/scaletool.ts";
import {
  assertNothingLeft,
  clusterOfFile,
  createNamespaces,
  pass,
  restartApiServer,
  untilThereAre,
} from "./cluster_state.ts";
import { ApiRequests } from "./api_requests.ts";
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
import { ANSWER_FILE, CALLS_FILE, pluginAnswer, pluginKubeconfig } from "./exec_plugin_config.ts";
import { TOKEN_MEMORY_MS, TokenUser } from "./minted_token.ts";
import { sideBySide } from "./side_by_side.ts";

const clock = new SystemClock();
const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });

/** Every driver at once, in namespaces of its own, with as many objects as show that it is at work. */
async function startEach(
  fault: string,
  options: (place: Place) => Parameters<typeof startLoad>[2],
): Promise<{ places: readonly Place[]; runs: readonly CommandRun[] } & AsyncDisposable> {
  const places = DRIVER_LOADS.map((driver) => ({ name: `${fault}-${driver.command}`, driver }));
  await createNamespaces(plane(), ...places.map(({ name }) => name));
  await using running = new AsyncDisposableStack();
  const runs = places.map((place) => running.use(startLoad(plane(), place, options(place))));
  await Promise.all(places.map(untilAtWork));
  const handedOver = running.move();
  return { places, runs, [Symbol.asyncDispose]: () => handedOver.disposeAsync() };
}

async function untilAtWork({ name, driver: { collection } }: Place): Promise<void> {
  await untilThereAre(5, { plane: plane(), runId: name, collection });
}

interface PluginCase {
  readonly name: string;
  readonly command: DriverLoad["command"];
  /** Whether the plugin says when its token ends, or the server has to. */
  readonly saysWhen: boolean;
}

const PLUGIN_CASES: readonly PluginCase[] = [
  {
    name: "a token that ends mid-run is renewed by its plugin before",
    command: "cmdriver",
    saysWhen: true,
  },
  {
    name: "a token that is refused mid-run is renewed by its plugin then",
    command: "flunder-driver",
    saysWhen: false,
  },
];

async function playRenewal({ command, saysWhen }: PluginCase): Promise<void> {
  const driver = DRIVER_LOADS.find((load) => load.command === command)!;
  const place = { name: `renewed-${command}`, driver };
  await createNamespaces(plane(), place.name);
  const user = await TokenUser.of(plane(), place.name);
  const endsInMs = 5_000;
  const [first, second] = [user.mint({ endsInMs }), user.mint({ endsInMs: 600_000 })];
  const expires = new Date(clock.wallNow().getTime() + endsInMs);
  await using run = startLoad(plane(), place, {
    seconds: TOKEN_MEMORY_MS / 1_000 + 2,
    args: ["--kubeconfig", "config"],
    files: {
      config: pluginKubeconfig(plane()),
      [ANSWER_FILE]: pluginAnswer({ token: first, ...(saysWhen ? { expires } : {}) }),
    },
  });
  await untilAtWork(place);
  Deno.writeTextFileSync(run.path(ANSWER_FILE), pluginAnswer({ token: second }));
  await run.endsWell();
  assert.deepEqual(failuresOf(run), {});
  const calls = run.text(CALLS_FILE).length;
  assert.ok(saysWhen ? calls >= 2 : calls === 2, `${calls} calls`);
  using requests = new ApiRequests(plane().server, Deno.readTextFileSync(plane().caFile));
  const path = `/api/v1/namespaces/${place.name}/configmaps`;
  assert.equal((await requests.send(path, { token: first })).status, 401);
  assert.equal((await requests.send(path, { token: second })).status, 200);
  await assertNothingLeft(plane(), { runId: place.name });
}

async function playFullCsv(driver: DriverLoad): Promise<void> {
  const place = { name: `csv-${driver.command}`, driver };
  await createNamespaces(plane(), place.name);
  // Without a header line, which would be the first thing that there is no room for.
  const args = ["--datafile", "/dev/full", "--csv-dialect", "go"];
  await using run = startLoad(plane(), place, { seconds: 2, args });
  const { stdout, stderr } = await run.endsWell();
  const { summary, warnings } = run.report;
  const writes = summary.operations.reduce((sum, { total }) => sum + total, 0);
  assert.ok(writes > 40, `${writes} writes`);
  const lost = `/dev/full lacks ${writes} of ${writes} rows (No space left on device`;
  const warning = warnings.find(({ code }) => code === "csv-incomplete");
  assert.ok(warning?.message.startsWith(lost), warning?.message);
  assert.match(stdout, /^WARNING csv-incomplete: /m);
  assert.ok(stderr.includes(`\nWARNING: ${lost}`), stderr);
  await assertNothingLeft(plane(), { runId: place.name });
}

async function playFullDisk(driver: DriverLoad): Promise<void> {
  const place = { name: `full-${driver.command}`, driver };
  await createNamespaces(plane(), place.name);
  await using run = startLoad(plane(), place, { seconds: 2, largestFileKiB: 16 });
  const { stdout, stderr } = await run.endsWith(1);
  assert.match(stderr, /^scaletool: Cannot write all of "scaletool-runs\/.*": /m);
  assert.match(stdout, /^(PASS|INCONCLUSIVE)\b/m);
  assert.match(stdout, /^create +service +[1-9]/m);
  await assertNothingLeft(plane(), { runId: place.name });
}

Deno.test("credentials that end and disks that fill up mid-run do not end a run", {
  ignore,
}, async (test) => {
  await sideBySide(test, [
    ...PLUGIN_CASES.map((one) => ({
      name: `${one.command}: ${one.name}`,
      play: () => playRenewal(one),
    })),
    ...DRIVER_LOADS.map((driver) => ({
      name: `${driver.command}: a CSV on a full disk lacks rows, and the report none`,
      play: () => playFullCsv(driver),
    })),
    ...DRIVER_LOADS.map((driver) => ({
      name: `${driver.command}: a disk that takes no report makes no pass`,
      play: () => playFullDisk(driver),
    })),
  ]);
});

Deno.test(
  "a store that stands still for 5 s delays no arrival, and the response time shows it",
  { ignore },
  async () => {
    const oneAtATime = ["--threads", "1", "--n", "120"];
    await using started = await startEach("stall", ({ driver: { command } }) => ({
      seconds: 10,
      args: command === "cmdriverclosed" ? oneAtATime : [],
    }));
    plane().suspend("etcd");
    let resumedMs = Infinity;
    try {
      await pass(5_000);
    } finally {
      resumedMs = clock.wallNow().getTime();
      plane().resume("etcd");
    }
    for (const [index, run] of started.runs.entries()) {
      const { name, driver: { command } } = started.places[index]!;
      await run.endsWell();
      assert.deepEqual(failuresOf(run), {});
      if (command === "cmdriverclosed") assertHeldUp(run, resumedMs);
      else assertUndelayed(run, resumedMs);
      assertResponsesShow(run, resumedMs);
      await assertNothingLeft(plane(), { runId: name });
    }
  },
);

/** Writes that were due before the store went on, and answered after it. */
function waitingAt(resumedMs: number, { writes }: CommandRun) {
  return writes.filter(({ dueMs, afterMs }) => dueMs! < resumedMs && afterMs >= resumedMs);
}

/** An open load goes on to send, so that many creates wait in the server and hardly any here. */
function assertUndelayed(run: CommandRun, resumedMs: number): void {
  const creates = waitingAt(resumedMs, run).filter(({ op }) => op === "create");
  const sent = creates.filter(({ beforeMs }) => beforeMs < resumedMs).length;
  // 5 s at 40/s, by chance fewer.
  assert.ok(sent >= 100, `${sent} creates were sent into the stall`);
  assert.ok(creates.length - sent < sent / 4, `${creates.length - sent} were held up`);
}

/** A closed load of one writer stops: a single write waits, and only the due times of the others tell. */
function assertHeldUp(run: CommandRun, resumedMs: number): void {
  const waiting = waitingAt(resumedMs, run);
  assert.equal(waiting.filter(({ beforeMs }) => beforeMs < resumedMs).length, 1);
  assert.ok(waiting.length > 100, `${waiting.length} were due in the stall`);
}

/** The longest response is no shorter than that of the create that waited longest. */
function assertResponsesShow(run: CommandRun, resumedMs: number): void {
  const creates = waitingAt(resumedMs, run).filter(({ op }) => op === "create");
  const longestMs = Math.max(...creates.map(({ dueMs, afterMs }) => afterMs - dueMs!));
  const { response } = operationOf(run.report, "create");
  // Rows have whole ms, histograms three digits.
  assert.ok(response!.max > 0.99 * longestMs - 2, `${response!.max} of ${longestMs} ms`);
}

/** What a server that goes away and comes again may fail writes with. */
const OUTAGE_REASONS: ReadonlySet<string> = new Set([
  ...["connection-refused", "connection-reset", "connection-closed", "goaway", "truncated"],
  // It listens before it knows who may do what, and which aggregated servers there are.
  ...["forbidden", "service-unavailable"],
  // Updates and deletes of what could not be created.
  "not-found",
]);

Deno.test(
  "an API server that is killed and comes again fails the run by reason, and the load goes on",
  { ignore },
  async () => {
    await using started = await startEach("killed", () => ({ seconds: 15 }));
    await restartApiServer(plane());
    for (const [index, run] of started.runs.entries()) {
      const { name } = started.places[index]!;
      const { stderr } = await run.endsWith(3);
      assertCreatesFailed(run);
      const failures = failuresOf(run);
      const reasons = Object.keys(failures);
      assert.ok(reasons.some((reason) => reason.startsWith("connection-")), reasons.join());
      assert.deepEqual(reasons.filter((reason) => !OUTAGE_REASONS.has(reason)), []);
      const creates = run.writes.filter(({ op }) => op === "create");
      const lastFailed = creates.findLastIndex(({ error }) => error !== "");
      assert.ok(lastFailed < creates.length - 20, "the load goes on");
      assert.deepEqual(cleaningCommands(stderr), []);
      await assertNothingLeft(plane(), { runId: name });
    }
  },
);

Deno.test(
  "an API server that goes for good fails the run in time, and the printed command cleans up",
  { ignore: ignore || !hasPeer("kubectl") },
  async () => {
    const place = { name: "outage", driver: DRIVER_LOADS[0]! };
    await createNamespaces(plane(), place.name);
    const args = ["--ttl", "1m", "--cleanup-timeout", "2s"];
    await using run = startLoad(plane(), place, { seconds: 3, args });
    await untilAtWork(place);
    await plane().stop("apiserver", { graceMs: 0 });
    let stderr: string;
    try {
      ({ stderr } = await run.endsWith(3));
    } finally {
      await plane().restart("apiserver", { graceMs: 0 });
    }
    assertCreatesFailed(run);
    assert.equal(run.report.end?.reason, "duration");
    assert.match(stderr, /not done within 2s \(--cleanup-timeout\)|not tried|cut off/);
    const commands = cleaningCommands(stderr);
    assert.ok(commands.length >= 1, stderr);
    for (const command of commands) await shell(command, plane().kubeconfig("admin"));
    await assertNothingLeft(plane(), { runId: place.name });
  },
);
