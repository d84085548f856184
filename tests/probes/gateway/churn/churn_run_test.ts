import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../../core/exit_code.ts";
import { componentsOf, failuresIn, interrupted, measuredIn, okOf } from "../reported.ts";
import { ON_SANDBOX, used } from "../used.ts";

const SHORT = [
  ...["churn", ...ON_SANDBOX, "--routes", "10", "--checkpoints", "3"],
  ...["--checkpoint-period", "500ms", "--cycle-period", "200ms", "--endpoint-churn-rate", "10/s"],
];

Deno.test("the stable route answers at each checkpoint and between them, while routes and endpoints come and go", async () => {
  const { report, stderr } = await used([...SHORT, "--joined", "--restart-command", "true"]);
  assert.deepEqual(failuresIn(report), [], stderr);
  for (const gateway of ["gateways/sandbox", "gateways/other"]) {
    for (const connection of ["fresh", "kept"]) {
      assert.equal(okOf(report, "checkpoint", { gateway, connection }), 3);
      assert.ok(okOf(report, "request", { gateway, connection }) > 20);
    }
    assert.ok(okOf(report, "served", { gateway }) >= 2);
    assert.equal(okOf(report, "recovery", { gateway }), 1);
  }
  assert.equal(okOf(report, "restart"), 1);
  assert.ok(okOf(report, "updateEndpoints") > 3);
  const { measures, facts } = report.manifest;
  assert.deepEqual(measuredIn(report).filter((name) => !measures.includes(name)), []);
  assert.equal(facts.restart, "true");
  assert.match(facts["gateways/sandbox answers a route to a Service that is not there"], /^500/);
  assert.match(facts["gateways/sandbox answers a route to a Service without endpoints"], /^503/);
});

Deno.test("without a restart the report says that none was tried", async () => {
  const { report, stderr } = await used([...SHORT, "--simulate", "none"]);
  assert.deepEqual(failuresIn(report), [], stderr);
  assert.equal(report.manifest.facts.restart, "none was tried");
  assert.ok(!measuredIn(report).includes("restart"));
});

Deno.test("routes that are gone for a while fail the run with when that was, and the data plane is accused", async () => {
  const { code, report, stderr } = await used([
    ...[...SHORT, "--checkpoint-period", "1500ms", "--sandbox-fault", "restart-gap"],
  ]);
  assert.equal(code, EXIT_CODE.failed, stderr);
  assert.ok(failuresIn(report).includes("request.failed.count <= 0"));
  assert.deepEqual(componentsOf(report), ["data plane"]);
  assert.match(
    report.manifest.facts["Failures at gateways/sandbox (kept)"],
    /^(\d+) of \d+ requests: \1 x http-404 \(empty body\) from .* to .* after the beginning$/,
  );
});

Deno.test("a restart that fails is told in one line, with what it said, and the rest is measured", async () => {
  const { code, report, stderr } = await used([
    ...[...SHORT, "--restart-command", "sh -c 'echo no such unit >&2; exit 5'"],
  ]);
  assert.equal(code, EXIT_CODE.failed, stderr);
  assert.deepEqual(failuresIn(report), ["restart.failed.count <= 0"], stderr);
  assert.deepEqual(componentsOf(report), ["restart"]);
  const told = report.warnings.filter(({ code }: { code: string }) => code === "restart-failed");
  assert.deepEqual(told.map(({ message }: { message: string }) => message), [
    "--restart-command sh -c 'echo no such unit >&2; exit 5' ended with exit code 5",
  ]);
  assert.equal(report.manifest.facts["Output of --restart-command"], "no such unit");
  assert.equal(okOf(report, "checkpoint", { connection: "kept" }), 3);
});

for (
  const [when, stage, args] of [
    ["while routes are laid", "lay", ["--routes", "3000"]],
    ["while they come and go", "churn", []],
    // The restart began before the first checkpoint, and goes on.
    ["while the controller is restarted", "churn", ["--checkpoints", "1"]],
  ] as const
) {
  Deno.test(`Ctrl-C ${when} keeps what was measured, and removes what was made`, async () => {
    const isMeasured = stage === "churn";
    const { code, report, stderr } = await interrupted(
      [...SHORT, "--checkpoints", "1000", "--restart-command", "sleep 600", ...args],
      "checkpoint",
      isMeasured ? undefined : `"name":"${stage}"`,
    );
    assert.equal(code, EXIT_CODE.interrupted, stderr);
    assert.equal(report.end.reason, "interrupted");
    assert.equal(report.stages.at(-1).name, stage);
    assert.equal(okOf(report, "checkpoint") > 0, isMeasured);
    assert.doesNotMatch(stderr, /could not|by hand|left behind/i);
  });
}
