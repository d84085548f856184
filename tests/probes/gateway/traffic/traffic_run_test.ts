import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../../core/exit_code.ts";
import { componentsOf, failuresIn, interrupted, okOf } from "../reported.ts";
import { ON_SANDBOX, used } from "../used.ts";

// deno-lint-ignore no-explicit-any
function stageNames(report: any): string[] {
  return report.stages.map(({ name }: { name: string }) => name);
}

Deno.test("requests pass through a Gateway for as long as asked", async () => {
  const { report, stderr } = await used([
    ...["traffic", ...ON_SANDBOX, "--rate", "50/s", "--duration", "2s", "--connections", "2"],
  ]);
  assert.deepEqual(failuresIn(report), [], stderr);
  assert.deepEqual(stageNames(report), ["traffic"]);
  const request = report.summary.operations.find(({ op }: { op: string }) => op === "request");
  assert.equal(request.ok, 100);
  assert.deepEqual(request.tags, { gateway: "gateways/sandbox", connection: "kept" });
});

Deno.test("one Gateway after another has a stage each", async () => {
  const { report, stderr } = await used([
    ...["traffic", ...ON_SANDBOX, "--rate", "50/s", "--duration", "1s"],
    ...["--gateways", "gateways/sandbox,gateways/other"],
  ]);
  assert.deepEqual(failuresIn(report), [], stderr);
  assert.deepEqual(stageNames(report), ["gateways/sandbox traffic", "gateways/other traffic"]);
});

Deno.test("rungs share the route, which is made before the first one", async () => {
  const { report, stderr } = await used([
    ...["traffic", ...ON_SANDBOX, "--ladder", "20,40"],
    ...["--stage-duration", "1s", "--settle", "0", "--pause", "0"],
  ]);
  // A rung on which this machine was too busy is the last one.
  const rungs = stageNames(report);
  assert.deepEqual(rungs, ["rate=20", "rate=40"].slice(0, Math.max(1, rungs.length)), stderr);
  const create = report.summary.operations.find(({ op }: { op: string }) => op === "create");
  assert.equal(create.ok, 1);
});

Deno.test("a data plane that forgets its routes for a while fails the run, and is accused", async () => {
  const { code, report, stderr } = await used([
    ...["traffic", ...ON_SANDBOX, "--sandbox-fault", "restart-gap", "--duration", "4s"],
  ]);
  assert.equal(code, EXIT_CODE.failed, stderr);
  assert.deepEqual(
    report.stages[0].causes.map(({ component }: { component: string }) => component),
    ["data plane"],
  );
});

for (
  const [what, burst, isAccused] of [
    ["of which most find all connections busy accuse their number", 20, true],
    ["that find a free connection accuse nobody", 1, false],
  ] as const
) {
  Deno.test(`answers that come too late to requests ${what}`, async () => {
    const { report, stderr } = await used([
      ...["traffic", ...ON_SANDBOX, "--rate", `burst:${burst}@200ms`, "--connections", "2"],
      // No answer comes so soon.
      ...["--duration", "2s", "--threshold", "request.response.p50 < 1us"],
    ]);
    const [{ validity: { level } }] = report.stages;
    const accused = componentsOf(report).includes("number of connections");
    // Lag of this machine may leave it open whose doing it was, and never answers it wrongly.
    assert.ok(accused === isAccused || (level !== "valid" && !accused), stderr);
  });
}

const LONG: Readonly<Record<string, readonly string[]>> = {
  "in one load": ["--duration", "10m"],
  "on a rung": ["--ladder", "50,60", "--stage-duration", "10m", "--settle", "0"],
};
for (const [on, args] of Object.entries(LONG)) {
  Deno.test(`Ctrl-C ${on} keeps what was measured, and removes what was made`, async () => {
    const { code, report, stderr } = await interrupted(
      ["traffic", ...ON_SANDBOX, ...args],
      "request",
    );
    assert.equal(code, EXIT_CODE.interrupted, stderr);
    assert.equal(report.end.reason, "interrupted");
    assert.ok(okOf(report, "request") > 0);
    assert.doesNotMatch(stderr, /could not|by hand|left behind/i);
  });
}
