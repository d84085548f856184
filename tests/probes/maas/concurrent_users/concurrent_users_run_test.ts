/** Users at once on a gateway that answers as the test says. @module */

import assert from "node:assert/strict";
import { authOverloaded, rateLimited, ScriptedGateway } from "../scripted_gateway.ts";
import { QUICK, used } from "../used.ts";

const LIMITS_AS_FOUND = "--raise-limits=false";

Deno.test("each of the users at once has a credential of its own, and none is left afterwards", async () => {
  await using gateway = new ScriptedGateway();
  const { code, stderr, report } = await used(gateway, [
    "users",
    ...["--users", "3", LIMITS_AS_FOUND],
    ...QUICK,
  ]);
  assert.ok(report !== undefined, stderr);
  const users = gateway.accounts.filter((account) => !account.startsWith("scaletest/"));
  assert.equal(users.length, 3, stderr);
  assert.deepEqual([report.ladder.rungs.length, report.ladder.flag], [1, "users"]);
  const failed = report.findings.filter((one: { verdict: string }) => one.verdict === "fail");
  assert.deepEqual(failed, []);
  assert.ok(code === 0 || code === 4, `${code}: ${stderr}`);
});

Deno.test("429 of limits that were not raised is no capacity, and no failure of the gateway", async () => {
  await using gateway = new ScriptedGateway();
  let left = 10;
  gateway.toUser = () => left-- > 0 ? undefined : rateLimited();
  const { code, report } = await used(gateway, [
    "users",
    ...["--ladder", "2,4", LIMITS_AS_FOUND],
    ...QUICK,
  ]);
  assert.equal(code, 4);
  assert.deepEqual([report.ladder.boundBy, report.ladder.firstBad], ["policy", null]);
  assert.match(
    report.ladder.reason,
    /^users=2: policy-limited: \d+ of \d+ answers were 429 of a limit that was not raised$/,
  );
  assert.deepEqual(report.stages.at(-1).causes[0].component, "policy");
});

Deno.test("an auth service that cannot ask is accused, though answers are quick", async () => {
  await using gateway = new ScriptedGateway();
  let asked = 0;
  gateway.toUser = () => asked++ % 2 === 0 ? undefined : authOverloaded();
  const { report } = await used(gateway, ["users", "--users", "2", LIMITS_AS_FOUND, ...QUICK]);
  const [rung] = report.ladder.rungs;
  assert.equal(rung.class, "breaking", rung.reason);
  assert.equal(report.stages.at(-1).causes[0].component, "auth");
});

Deno.test("a canary that is let in fails the run, though every user is served", async () => {
  await using gateway = new ScriptedGateway();
  gateway.toCanary = () => Response.json({ choices: [], usage: {} });
  const { code, report } = await used(gateway, [
    "users",
    ...["--users", "2", "--canary-rate", "20", LIMITS_AS_FOUND],
    ...QUICK,
  ]);
  assert.equal(code, 3);
  const finding = report.findings.find((one: { subject: string }) =>
    one.subject === "failOpen.total <= 0"
  );
  assert.equal(finding.verdict, "fail");
});

Deno.test("a gateway that is not there is told in one line, before any load", async () => {
  await using gateway = new ScriptedGateway();
  const { code, stderr, report } = await used(gateway, [
    "users",
    ...["--users", "2", LIMITS_AS_FOUND, "--address", "127.0.0.1:9"],
  ]);
  assert.deepEqual([code, report], [1, undefined]);
  assert.match(stderr, /The gateway does not answer a user of tier free .*connection-refused/);
});
