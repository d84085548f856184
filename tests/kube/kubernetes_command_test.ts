/** What every command that needs a cluster has by being one. @module */

import assert from "node:assert/strict";
import { RUN_FLAGS } from "../../core/command/run_flags.ts";
import { resolveSettings } from "../../core/command/settings.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import { defineKubernetesCommand } from "../../kube/kubernetes_command.ts";
import { KUBERNETES_REASONS } from "../../kube/status_error.ts";

function thresholdOf(reason: string, reasons?: readonly string[]) {
  const { name, flags } = defineKubernetesCommand({
    name: "maker",
    summary: "make",
    description: "Makes.",
    flags: RUN_FLAGS,
    examples: [],
    ...(reasons === undefined ? {} : { reasons }),
    run: () => Promise.resolve(EXIT_CODE.pass),
    needs: () => Promise.reject(new Error("not asked")),
  });
  const given = { threshold: [`x.failed{reason=${reason}}.count <= 0`] };
  const { values } = resolveSettings(flags, { command: name, flags: given, env: () => undefined });
  return values.threshold;
}

Deno.test("a Kubernetes command can be held to the reasons of an API server and to its own", () => {
  for (const reason of [...KUBERNETES_REASONS, "timeout", "http-418"]) {
    assert.deepEqual(thresholdOf(reason), [`x.failed{reason=${reason}}.count <= 0`]);
  }
  assert.deepEqual(thresholdOf("no-pvc", ["no-pvc"]), ["x.failed{reason=no-pvc}.count <= 0"]);
  for (const [reason, meant] of [["frobidden", "forbidden"], ["already-exist", "already-exists"]]) {
    assert.throws(() => thresholdOf(reason!), {
      name: "UsageError",
      message: new RegExp(`^--threshold: .*, not "${reason}" \\(did you mean "${meant}"\\?\\)$`),
    });
  }
});
