import assert from "node:assert/strict";
import { CannotRunError } from "../../../../core/errors.ts";
import { OPERATOR_CONFIGS } from "../../../../kube/devworkspace/kinds.ts";
import {
  borrowConfig,
  borrowIgnoredEvents,
} from "../../../../probes/backup/configure/borrow_config.ts";
import { CONFIG, OPERATOR, operatorConfig, OperatorWorld } from "./operator_world.ts";

type Values = Parameters<OperatorWorld["options"]>[0];

async function borrow(world: OperatorWorld, values: Values = {}) {
  return await world.advance(borrowConfig(world.run, await world.options(values)));
}

/** Configurations of users; each is what it was after a run. */
const BEFORE: readonly (readonly [what: string, config: unknown])[] = [
  ["without a word on backups", { workspace: {} }],
  ["with other settings", {
    routing: { clusterHostSuffix: "x.test" },
    workspace: { pvcName: "p" },
  }],
  ["with backups off", {
    workspace: { backupCronJob: { enable: false, registry: { path: "old.test/u" } } },
  }],
  ["with backups on, of another kind", {
    workspace: {
      backupCronJob: {
        enable: true,
        schedule: "0 3 * * *",
        backoffLimit: 0,
        registry: { path: "old.test/u", authSecret: "old" },
        oras: { extraArgs: "--plain-http" },
      },
      ignoredUnrecoverableEvents: ["FailedMount"],
    },
  }],
];

for (const [what, before] of BEFORE) {
  for (const type of ["correct", "openshift-internal"] as const) {
    Deno.test(`a configuration ${what} is as it was after a run that is ${type}`, async () => {
      await using world = await OperatorWorld.with([operatorConfig(before)]);
      const asItWas = await world.config();
      await world.advance(
        borrowIgnoredEvents(world.run, {
          ...await world.options(),
          reasons: ["FailedScheduling"],
        }),
      );
      const { inForce } = await borrow(world, { "dwoc-config-type": type });
      assert.equal(inForce.enable, true);
      assert.equal(inForce.schedule, "*/1 * * * *");
      assert.notDeepEqual(await world.config(), asItWas);
      assert.deepEqual(await world.undo(), []);
      assert.deepEqual(await world.config(), asItWas);
      assert.deepEqual(await world.loans(), []);
    });
  }
}

Deno.test("what the flags leave open stays as the operator had it, or gets the server's defaults", async () => {
  await using world = await OperatorWorld.with([operatorConfig(BEFORE[3]![1])]);
  const { inForce } = await borrow(world);
  assert.deepEqual(inForce, {
    enable: true,
    schedule: "*/1 * * * *",
    backoffLimit: 0,
    registry: { path: "quay.io/me", authSecret: "quay-push-secret" },
    oras: { extraArgs: "--plain-http" },
  });
  await using bare = await OperatorWorld.with([operatorConfig({ workspace: {} })]);
  assert.equal((await borrow(bare)).inForce.backoffLimit, 1);
  await using limited = await OperatorWorld.with([operatorConfig({ workspace: {} })]);
  const { inForce: limit } = await borrow(limited, { "backup-backoff-limit": 3 });
  assert.equal(limit.backoffLimit, 3);
});

Deno.test("OpenShift's registry needs no Secret, and routes of the basic class", async () => {
  await using world = await OperatorWorld.with([operatorConfig(BEFORE[3]![1])]);
  const { inForce } = await borrow(world, { "dwoc-config-type": "openshift-internal" });
  assert.deepEqual(inForce.registry, {
    path: "image-registry.openshift-image-registry.svc:5000",
  });
  assert.deepEqual(inForce.oras, { extraArgs: "--insecure" });
  assert.deepEqual((await world.config() as { routing: unknown }).routing, {
    defaultRoutingClass: "basic",
  });
});

Deno.test("a configuration that is missing is made with every block, and goes again", async () => {
  await using world = await OperatorWorld.with();
  const { giveBack } = await borrow(world);
  const { workspace, ...blocks } = await world.config() as Record<string, unknown>;
  assert.deepEqual(blocks, { routing: {}, webhook: { replicas: 2 } });
  assert.ok(workspace);
  await world.advance(giveBack());
  assert.deepEqual((await world.config() as Record<string, unknown>)["workspace"], {});
  assert.deepEqual(await world.undo(), []);
  assert.equal(await world.config(), undefined);
});

Deno.test("a configuration without a workspace block is left alone, in one line that says what to do", async () => {
  for (const config of [{ routing: {} }, undefined]) {
    await using world = await OperatorWorld.with([operatorConfig(config)]);
    await assert.rejects(borrow(world), (thrown) => {
      assert.ok(thrown instanceof CannotRunError);
      assert.match(thrown.message, /has no config.workspace, which operators up to 0.43 need/);
      return true;
    });
    assert.deepEqual(world.writes().filter((call) => call.includes("operatorconfigs")), []);
  }
});

Deno.test("given back at the end of a run it is seen to be back, and undoing has nothing to do", async () => {
  await using world = await OperatorWorld.with([operatorConfig(BEFORE[2]![1])]);
  const before = await world.config();
  const { giveBack } = await borrow(world);
  await world.advance(giveBack());
  assert.deepEqual(await world.config(), before);
  const written = world.writes().length;
  assert.deepEqual(await world.undo(), []);
  const after = world.writes().slice(written).filter((call) => call.startsWith("PATCH"));
  assert.deepEqual(after.filter((call) => call.includes("operatorconfigs")), []);
});

Deno.test("what its owner changes meanwhile stays, and is told", async () => {
  await using world = await OperatorWorld.with([operatorConfig(BEFORE[2]![1])]);
  await borrow(world);
  const body = { config: { workspace: { backupCronJob: { schedule: "0 5 * * *" } } } };
  const options = { type: "merge", fieldManager: "somebody" } as const;
  await world.cluster.patch(OPERATOR_CONFIGS, CONFIG, { body, options });
  const [failed] = await world.undo();
  assert.match(String(failed?.error), /somebody else has changed .*schedule since/);
  const { workspace } = await world.config() as { workspace: { backupCronJob: unknown } };
  assert.deepEqual(workspace.backupCronJob, {
    enable: false,
    schedule: "0 5 * * *",
    backoffLimit: 1,
    registry: { path: "old.test/u" },
  });
});

Deno.test("a configuration that is changed back at once is no configuration", async () => {
  await using world = await OperatorWorld.with([operatorConfig({ workspace: {} })]);
  const line = `PATCH /apis/controller.devfile.io/v1alpha1/namespaces/${OPERATOR}`;
  world.cluster.after = async (call) => {
    if (!call.startsWith(line) || call.includes("dryRun")) return;
    world.cluster.after = () => {};
    const body = { config: { workspace: { backupCronJob: { enable: false } } } };
    const options = { type: "merge", fieldManager: "gitops" } as const;
    await world.cluster.patch(OPERATOR_CONFIGS, CONFIG, { body, options });
  };
  await assert.rejects(borrow(world), /changed back by somebody else at once$/);
});

Deno.test("events that are passed over already stay so, and only what is new is added", async () => {
  await using world = await OperatorWorld.with([operatorConfig(BEFORE[3]![1])]);
  const reasons = ["FailedScheduling", "FailedMount"];
  await world.advance(borrowIgnoredEvents(world.run, { ...await world.options(), reasons }));
  const { workspace } = await world.config() as { workspace: Record<string, unknown> };
  assert.deepEqual(workspace["ignoredUnrecoverableEvents"], ["FailedMount", "FailedScheduling"]);
});
