/** What the real DevWorkspace Operator alone can show: its log, and a tick that is held up. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { AdmissionWebhook } from "./admission_webhook.ts";
import { pass } from "./cluster_state.ts";
import { devWorkspaceOfFile } from "./devworkspace/devworkspace_of_file.ts";
import {
  backUp,
  backUpEachSecond,
  GOOD,
  lastTick,
  patchBackup,
  type SeenJob,
  untilTicks,
  Workspaces,
} from "./devworkspace/workspaces.ts";

const { ignore, plane, operator } = await devWorkspaceOfFile();

const INVALID = "invalid.test/user";
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
