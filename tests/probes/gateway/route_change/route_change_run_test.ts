import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../../core/exit_code.ts";
import { componentsOf, failuresIn, interrupted, measuredIn, okOf } from "../reported.ts";
import { ON_SANDBOX, used } from "../used.ts";

const FEW = ["route-change", ...ON_SANDBOX, "--changes", "5", "--period", "50ms"];

Deno.test("a route that goes to two ports by turns is answered all the time, and every change is served", async () => {
  const { report, stderr } = await used([
    ...[...FEW, "--change", "port", "--alternate-port", "8080", "--joined"],
  ]);
  assert.deepEqual(failuresIn(report), [], stderr);
  for (const gateway of ["gateways/sandbox", "gateways/other"]) {
    for (const connection of ["fresh", "kept"]) {
      assert.equal(okOf(report, "changeServed", { gateway, connection }), 5);
      assert.ok(okOf(report, "request", { gateway, connection }) > 5);
    }
  }
  assert.equal(okOf(report, "update"), 5);
  const { measures } = report.manifest;
  assert.deepEqual(measuredIn(report).filter((name) => !measures.includes(name)), []);
});

Deno.test("so is one that redirects, without a Service", async () => {
  const { report, stderr } = await used([...FEW, "--change", "redirect"]);
  assert.deepEqual(failuresIn(report), [], stderr);
  assert.equal(okOf(report, "changeServed"), 10);
});

Deno.test("requests that fail are told with what they were and when, and the data plane is accused", async () => {
  const { code, report, stderr } = await used([
    ...["route-change", ...ON_SANDBOX, "--changes", "20", "--sandbox-fault", "restart-gap"],
  ]);
  assert.equal(code, EXIT_CODE.failed, stderr);
  assert.deepEqual(componentsOf(report), ["data plane"]);
  const failures = report.manifest.facts["Failures at gateways/sandbox (kept)"];
  assert.match(
    failures,
    /^\d+ of \d+ requests, in \d bursts? of at most \S+: http-404 \(empty body\) .*(?:after|before).* change/,
  );
  const bodies = report.summary.counters.filter((
    { name, total }: { name: string; total: number },
  ) => name === "failedAnswers" && total > 0);
  assert.deepEqual(bodies.map(({ tags }: { tags: { body: string } }) => tags.body), [
    ...["empty", "empty"],
  ]);
});

Deno.test("a Service without the other port is told before anything is changed", async () => {
  const { code, stderr } = await used([
    ...[...FEW, "--change", "port", "--alternate-port", "81"],
  ]);
  assert.equal(code, EXIT_CODE.couldNotRun);
  assert.match(stderr, /Service gateways\/backend has no port 81/);
});

Deno.test("Ctrl-C keeps what was measured, and removes what was made", async () => {
  const { code, report, stderr } = await interrupted(
    ["route-change", ...ON_SANDBOX, "--changes", "1000"],
    "changeServed",
  );
  assert.equal(code, EXIT_CODE.interrupted, stderr);
  assert.equal(report.end.reason, "interrupted");
  assert.ok(okOf(report, "changeServed") > 0);
  assert.doesNotMatch(stderr, /could not|by hand|left behind/i);
});
