import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseCommandLine } from "../../../../core/command/command_line.ts";
import { defineCommandGroup, type Invocation } from "../../../../core/command/command.ts";
import { EXIT_CODE } from "../../../../core/exit_code.ts";
import type { KubernetesCommand } from "../../../../kube/kubernetes_command.ts";
import { runCommand } from "../../../../probes/backup/run/command.ts";
import { suiteCommand } from "../../../../probes/backup/suite/command.ts";
import { recordingIo } from "../../../support/recording_io.ts";

/** Plans of the kinds that the field's scripts come with, as they are, with `backup run` itself. */
async function seenOf(plan: string | undefined, ...args: string[]) {
  const path = plan &&
    fileURLToPath(new URL(`../../../testdata/backup_plans/${plan}`, import.meta.url));
  const seen: Invocation[] = [];
  const watched: KubernetesCommand = {
    ...runCommand,
    run: (invocation) => {
      seen.push(invocation);
      return runCommand.run(invocation);
    },
  };
  const { io, output } = recordingIo();
  const texts = { summary: "", description: "", examples: [] };
  const group = defineCommandGroup({
    ...texts,
    name: "backup",
    subcommands: [watched, suiteCommand(watched)],
  });
  const request = await parseCommandLine([group], {
    args: ["backup", "suite", ...path === undefined ? [] : [path], "--dry-run", ...args],
    env: io.env,
    readTextFile: io.readTextFile,
  });
  assert.ok(request.kind === "run");
  const { command, fullName, settings, positionals } = request;
  const code = await command.run({ command: fullName, ...settings, positionals, io });
  const values = seen.map((one) => one.values as Readonly<Record<string, unknown>>);
  return { code, values, ...output };
}

Deno.test("a smoke plan is a correct and an incorrect configuration for 50 workspaces", async () => {
  const { code, values } = await seenOf("smoke.json", "--registry-path", "quay.io/me");
  assert.equal(code, EXIT_CODE.pass);
  assert.deepEqual(
    values.map((one) => [one["dwoc-config-type"], one["max-devworkspaces"], one["registry-path"]]),
    [["correct", 50, "quay.io/me"], ["incorrect", 50, "quay.io/me"]],
  );
  for (const one of values) {
    assert.equal(one["separate-namespaces"], true);
    assert.equal(one["delete-devworkspace-after-ready"], false);
    assert.equal(one["devworkspace-ready-timeout-seconds"], 900);
    assert.equal(one["backup-wait-minutes"], 15);
  }
});

Deno.test("a medium plan has quoted empty words, and tests that are not enabled", async () => {
  const { values } = await seenOf("medium.json", "--registry-path", "quay.io/me");
  assert.deepEqual(
    values.map((one) => [one["max-vus"], one["max-devworkspaces"], one["run-backup-test-hook"]]),
    [[200, 500, true]],
  );
});

Deno.test("without a plan there are 1,500 workspaces in one namespace, then in 1,500, and no backups", async () => {
  const { values } = await seenOf(undefined);
  assert.deepEqual(
    values.map((one) => [
      ...[one["max-devworkspaces"], one["separate-namespaces"], one["run-backup-test-hook"]],
    ]),
    [[1_500, false, false], [1_500, true, false]],
  );
});
