import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../../core/exit_code.ts";
import { componentsOf, failuresIn, interrupted, measuredIn, okOf } from "../reported.ts";
import { ON_SANDBOX, used } from "../used.ts";

const FEW = ["propagation", ...ON_SANDBOX, "--rate", "20/s", "--routes", "10"];

function names(all: readonly { readonly name?: string; readonly title?: string }[]): string[] {
  return all.map(({ name, title = "" }) => name ?? title);
}

Deno.test("each route is served over both kinds of connections, at each Gateway", async () => {
  const { report, stderr } = await used([...FEW, "--joined"]);
  assert.deepEqual(failuresIn(report), [], stderr);
  for (const gateway of ["gateways/sandbox", "gateways/other"]) {
    for (const connection of ["fresh", "kept"]) {
      assert.equal(okOf(report, "propagate", { gateway, connection }), 10);
      assert.equal(okOf(report, "propagateStable", { gateway, connection }), 10);
    }
  }
  assert.equal(okOf(report, "create"), 10);
  const facts = Object.keys(report.manifest.facts);
  assert.deepEqual(facts.filter((name) => name.startsWith("Last route")), [
    "Last route at gateways/sandbox, alone",
    "Last route at gateways/other, alone",
  ]);
  const { measures } = report.manifest;
  assert.deepEqual(measuredIn(report).filter((name) => !measures.includes(name)), []);
});

Deno.test("under load the same comes again while other routes change, on top of those before", async () => {
  const { report, stderr } = await used([
    ...[...FEW, "--initial-routes", "5", "--under-load", "20/s", "--connection", "kept"],
  ]);
  assert.deepEqual(failuresIn(report), [], stderr);
  assert.deepEqual(
    names(report.stages.filter(({ kind }: { kind: string }) => kind === "measured")),
    [
      "alone",
      "under load",
    ],
  );
  assert.equal(okOf(report, "propagate", { load: "none" }), 10);
  assert.equal(okOf(report, "propagate", { load: "churn" }), 10);
  assert.ok(okOf(report, "update") > 0);
  assert.deepEqual(names(report.tables), ["Propagation, alone", "Propagation, under load"]);
});

Deno.test("a data plane that answers 503 before it serves a route is accused of errors", async () => {
  const { code, report, stderr } = await used([...FEW, "--sandbox-fault", "unserved=100ms"]);
  assert.equal(code, EXIT_CODE.failed, stderr);
  assert.deepEqual(componentsOf(report), ["data plane"]);
});

Deno.test("a data plane that loses what it served for a while is accused of regressions", async () => {
  const { code, report, stderr } = await used([
    ...["propagation", ...ON_SANDBOX, "--rate", "4/s", "--routes", "18"],
    ...["--sandbox-fault", "restart-gap"],
  ]);
  assert.equal(code, EXIT_CODE.failed, stderr);
  assert.deepEqual(componentsOf(report), ["data plane"]);
  const { verdict } = report.findings.find(({ subject }: { subject: string }) =>
    subject.startsWith("regressions")
  );
  assert.equal(verdict, "fail");
});

Deno.test("Ctrl-C keeps what was measured, and removes what was made", async () => {
  const { code, report, stderr } = await interrupted(
    [...FEW, "--routes", "1000"],
    "propagate",
  );
  assert.equal(code, EXIT_CODE.interrupted, stderr);
  assert.equal(report.end.reason, "interrupted");
  assert.ok(okOf(report, "propagate") > 0);
  assert.doesNotMatch(stderr, /could not|by hand|left behind/i);
});
