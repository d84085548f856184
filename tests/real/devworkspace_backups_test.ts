/** When does the DevWorkspace Operator back up, when not, and what does it tell? */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { AdmissionWebhook } from "./admission_webhook.ts";
import { pass } from "./cluster_state.ts";
import { devWorkspaceOfFile } from "./devworkspace/devworkspace_of_file.ts";
import { OPERATOR } from "./devworkspace/operator.ts";
import {
  backUp,
  backUpEachSecond,
  envOf,
  GOOD,
  lastTick,
  patchBackup,
  type SeenJob,
  untilTicks,
  Workspaces,
} from "./devworkspace/workspaces.ts";

const { ignore, plane, operator } = await devWorkspaceOfFile();

const INVALID = "invalid.test/user";
const HANGING = "hang.test/user";
const WHOLE_SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
let namespaces = 0;

function test(name: string, body: (workspaces: Workspaces) => Promise<void>): void {
  Deno.test(name, { ignore }, async () => {
    await using workspaces = await Workspaces.in(plane(), `backups-${++namespaces}`);
    await body(workspaces);
  });
}

function hasEnded({ status }: SeenJob): boolean {
  return (status?.conditions ?? []).some(({ type }) => type === "Complete" || type === "Failed");
}

/** Lines of the operator's log that are errors, from that byte on. */
function errorsSince(bytes: number): string[] {
  return Deno.readTextFileSync(operator().logFile).slice(bytes).split("\n")
    .filter((line) => line.includes('"level":"error"'));
}

function logLength(): number {
  return Deno.readTextFileSync(operator().logFile).length;
}

test("a backup is one Job of its workspace, and the next one comes after another stop", async (workspaces) => {
  await workspaces.createStopped("a");
  await backUpEachSecond(plane());
  const [job] = await workspaces.untilJobs("a", 1);
  const { metadata, spec } = job!;
  const { devworkspaceId } = (await workspaces.get("a")).status!;
  assert.equal(metadata.generateName, "devworkspace-backup-");
  assert.deepEqual(metadata.labels, {
    "controller.devfile.io/backup-job": "true",
    "controller.devfile.io/devworkspace_id": devworkspaceId,
    "controller.devfile.io/devworkspace_name": "a",
  });
  const [{ kind, name, controller } = {}] = metadata.ownerReferences;
  assert.deepEqual({ kind, name, controller }, {
    kind: "DevWorkspace",
    name: "a",
    controller: true,
  });
  assert.deepEqual([spec.backoffLimit, spec.ttlSecondsAfterFinished], [1, 120]);
  const env = envOf(spec.template.spec.containers[0]!);
  assert.equal(env["DEVWORKSPACE_BACKUP_REGISTRY"], GOOD);
  // Both slashes are its own.
  assert.equal(env["BACKUP_SOURCE_PATH"], "/workspace//projects");

  const outcome = await workspaces.untilOutcome("a", "true");
  assert.match(outcome["finished-at"]!, WHOLE_SECOND);
  assert.equal(outcome.error, undefined);
  await untilTicks(plane(), 2);
  assert.equal((await workspaces.jobs("a")).length, 1);

  await workspaces.useAgain("a");
  await workspaces.untilJobs("a", 2);
});

test("a workspace that was stopped says since when, by its condition Started", async (workspaces) => {
  await workspaces.createStopped("a");
  const { conditions = [] } = (await workspaces.get("a")).status!;
  const started = conditions.find(({ type }) => type === "Started");
  assert.deepEqual([started?.status, started?.message], ["False", "Workspace is stopped"]);
});

test("a workspace that was never started is Stopped, and nobody is told that it has no backup", async (workspaces) => {
  await workspaces.create("a", { isStarted: false });
  await workspaces.create("ephemeral", { isStarted: false, storage: "ephemeral" });
  await workspaces.until("a", "Stopped");
  await workspaces.until("ephemeral", "Stopped");
  const before = logLength();
  await backUpEachSecond(plane());
  await untilTicks(plane(), 2);
  for (const name of ["a", "ephemeral"]) {
    assert.deepEqual(await workspaces.jobs(name), []);
    assert.deepEqual(await workspaces.outcome(name), {});
  }
  assert.match(errorsSince(before).join("\n"), /Failed to get PVC for DevWorkspace/);
});

test("a failed backup is told by the Job's words, and is made again at each tick, beside others", async (workspaces) => {
  await workspaces.createStopped("a");
  await backUpEachSecond(plane(), { path: INVALID });
  // The first one runs 15 s, with a second pod after 10 s, and has no other beside it.
  const outcome = await workspaces.untilOutcome("a", "false");
  const [first] = await workspaces.jobs("a");
  assert.equal(first!.status?.failed, 2);
  assert.match(outcome["finished-at"]!, WHOLE_SECOND);
  assert.equal(outcome.error, "Job has reached the specified backoff limit");
  const before = await workspaces.jobs("a");
  assert.ok(before.length <= 2, `${before.length} Jobs`);
  await untilTicks(plane(), 3);
  const running = (await workspaces.jobs("a")).filter((job) => !hasEnded(job));
  assert.ok(running.length >= 3, `${running.length} run at once`);
});

test("a backup that hangs is the only one", async (workspaces) => {
  await workspaces.createStopped("a");
  await backUpEachSecond(plane(), { path: HANGING });
  await workspaces.untilJobs("a", 1);
  await untilTicks(plane(), 3);
  assert.equal((await workspaces.jobs("a")).length, 1);
  assert.deepEqual(await workspaces.outcome("a"), {});
});

test("a schedule that cannot be read is taken, and ends the one before it", async () => {
  await backUpEachSecond(plane());
  await untilTicks(plane(), 1);
  for (const schedule of ["61 * * * *", "* * * * * *", "", "every now and then"]) {
    const before = logLength();
    assert.equal((await patchBackup(plane(), { schedule })).status, 200);
    await eventually(
      `a complaint about "${schedule}"`,
      () => errorsSince(before).some((line) => line.includes("Failed to add cronjob function")),
    );
  }
  const last = await lastTick(plane());
  await pass(2_500);
  assert.equal(await lastTick(plane()), last);
});

test("schedules that never come, or of another time zone, are taken without a word", async () => {
  const before = logLength();
  for (const schedule of ["0 0 31 2 *", "CRON_TZ=Europe/Rome 0 3 * * *", "@every 10s"]) {
    const since = logLength();
    await backUp(plane(), { enable: true, schedule, registry: { path: GOOD } });
    await eventually(
      "the schedule is taken",
      () =>
        Deno.readTextFileSync(operator().logFile).slice(since)
          .includes(`"Adding cronjob task","schedule":"${schedule}"`),
    );
  }
  assert.deepEqual(errorsSince(before), []);
});

test("without a registry not even disabled backups are taken", async () => {
  await backUp(plane(), null);
  const { status, body } = await patchBackup(plane(), { enable: false });
  assert.equal(status, 422);
  assert.match(JSON.stringify(body), /config\.workspace\.backupCronJob\.registry: Required value/);
});

test("a workspace whose first tick found no Secret is backed up after another stop only", async (workspaces) => {
  const secrets = `/api/v1/namespaces/${OPERATOR.namespace}/secrets`;
  const secret = {
    metadata: { name: "push" },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": btoa('{"auths":{}}') },
  };
  // Without the label the operator does not see it.
  await plane().admin(secrets, { method: "POST", body: secret });
  await workspaces.createStopped("a");
  await backUpEachSecond(plane(), { authSecret: "push" });
  await untilTicks(plane(), 1);

  const labels = { "controller.devfile.io/watch-secret": "true" };
  const body = { metadata: { labels } };
  await plane().admin(`${secrets}/push`, { method: "PATCH", body });
  await untilTicks(plane(), 2);
  await backUpEachSecond(plane(), { authSecret: "push" });
  await untilTicks(plane(), 1);
  assert.deepEqual(await workspaces.jobs("a"), []);
  assert.deepEqual(await workspaces.outcome("a"), {});

  await backUp(plane(), null);
  await workspaces.useAgain("a");
  await backUpEachSecond(plane(), { authSecret: "push" });
  await workspaces.untilJobs("a", 1);
  const copy = await plane().admin<{ metadata: Record<string, unknown> }>(
    `/api/v1/namespaces/${workspaces.namespace}/secrets/devworkspace-backup-registry-auth`,
  );
  assert.deepEqual(copy.metadata["labels"], labels);
  assert.equal(copy.metadata["ownerReferences"], undefined);
});

test("a workspace that is stopped during a tick is not backed up by any later one", async (workspaces) => {
  await workspaces.createStopped("early");
  await workspaces.create("late");
  await workspaces.until("late", "Running");
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<undefined>();
  await using webhook = new AdmissionWebhook(plane(), () => {
    asked.resolve();
    return released.promise;
  });
  await webhook.register("slow-tick", [workspaces.namespace]);
  // No second tick before the first has ended.
  await backUp(plane(), { enable: true, schedule: "@every 9s", registry: { path: GOOD } });
  await asked.promise;
  await workspaces.stop("late");
  // Its stop counts in whole seconds.
  await pass(1_000);
  released.resolve(undefined);
  await workspaces.untilOutcome("early", "true");

  await backUpEachSecond(plane());
  await untilTicks(plane(), 2);
  assert.deepEqual(await workspaces.jobs("late"), []);
  assert.deepEqual(await workspaces.outcome("late"), {});
});

test("while a backup runs each tick makes another one, if one has ended before", async (workspaces) => {
  await workspaces.createStopped("a");
  await backUpEachSecond(plane());
  await workspaces.untilOutcome("a", "true");
  await backUp(plane(), null);
  await workspaces.useAgain("a");
  await backUpEachSecond(plane(), { path: HANGING });
  await untilTicks(plane(), 3);
  const jobs = await workspaces.jobs("a");
  const running = jobs.filter((job) => !hasEnded(job));
  assert.ok(running.length >= 3, `${running.length} run at once`);
});

test("an outcome while the operator is away is not told, and costs another backup or all of them", async (workspaces) => {
  await workspaces.createStopped("again");
  await backUpEachSecond(plane());
  const first = await workspaces.untilOutcome("again", "true");
  await backUp(plane(), null);
  await workspaces.useAgain("again");
  await workspaces.createStopped("new");
  await backUpEachSecond(plane(), { path: INVALID, backoffLimit: 0 });
  await workspaces.untilJobs("again", 2);
  await workspaces.untilJobs("new", 1);
  await operator().stop(0);
  for (const name of ["again", "new"]) {
    await eventually(
      `the end of the backups of ${name}`,
      async () => (await workspaces.jobs(name)).every(hasEnded),
    );
  }
  const before = (await workspaces.jobs("again")).length;
  await operator().start();
  assert.deepEqual(await workspaces.outcome("again"), first);
  await workspaces.untilJobs("again", before + 1);
  await untilTicks(plane(), 2);
  assert.equal((await workspaces.jobs("new")).length, 1);
  assert.deepEqual(await workspaces.outcome("new"), {});
});

test("the last outcome goes back to an older one when the older Job is removed", async (workspaces) => {
  await workspaces.createStopped("a");
  await backUpEachSecond(plane(), { path: INVALID, backoffLimit: 0 });
  const [failed] = await workspaces.untilJobs("a", 1);
  await backUp(plane(), null);
  const failure = await workspaces.untilOutcome("a", "false");
  await backUpEachSecond(plane());
  const success = await workspaces.untilOutcome("a", "true");
  assert.ok(success["finished-at"]! > failure["finished-at"]!);
  await backUp(plane(), null);

  const path = `/apis/batch/v1/namespaces/${workspaces.namespace}/jobs/${failed!.metadata.name}`;
  // As 120 s later.
  const body = { spec: { ttlSecondsAfterFinished: 1 } };
  await plane().admin(path, { method: "PATCH", body });
  assert.deepEqual(await workspaces.untilOutcome("a", "false"), failure);
  const known = new Set((await workspaces.jobs("a")).map(({ metadata }) => metadata.name));
  await backUpEachSecond(plane());
  await eventually(
    "a backup too many",
    async () => (await workspaces.jobs("a")).some(({ metadata }) => !known.has(metadata.name)),
  );
  await workspaces.untilOutcome("a", "true");
});
