/** What stands against a run on a gateway that answers as the test says, each thing by itself. */

import assert from "node:assert/strict";
import { authOverloaded, rateLimited, ScriptedGateway } from "../scripted_gateway.ts";
import { used } from "../used.ts";

interface Finding {
  readonly subject: string;
  readonly verdict: string;
  readonly observed: string;
  readonly reason: string;
}

async function preflight(gateway: ScriptedGateway, flags: readonly string[] = []) {
  const { code, stderr, report } = await used(gateway, ["preflight", ...flags]);
  assert.ok(report !== undefined, stderr);
  const findings: readonly Finding[] = report.findings;
  const failed = findings.filter(({ verdict }) => verdict !== "pass");
  return { code, stderr, findings, failed, report };
}

const PATH = ["--path", "/llm/opt/v1/chat/completions"];

Deno.test("a gateway that is as it should be passes each check, with a user of each tier", async () => {
  await using gateway = new ScriptedGateway();
  const { code, failed, findings, report } = await preflight(gateway, ["--tiers", "free,gold"]);
  assert.deepEqual(failed, []);
  assert.equal(code, 0);
  assert.deepEqual(findings.map(({ subject }) => subject), [
    "this user may do what a run does",
    "gateway, model and how users are known are found",
    "the model is ready",
    "limits of the gateway are known",
    "no lost run has left a limit raised",
    "limits may be raised",
    "the gateway answers",
    "a request without a credential is refused",
    "users can be made",
    "a user of tier free is answered",
    "a user of tier gold is answered",
    "a credential whose signature is damaged is refused",
    "a user without access to the model is refused",
  ]);
  const namespaces = gateway.accounts.map((account) => account.split("/")[0]).toSorted();
  assert.deepEqual(namespaces, [
    "maas-default-gateway-tier-free",
    "maas-default-gateway-tier-gold",
    "scaletest",
  ]);
  const warned = report.warnings.map(({ code }: { code: string }) => code);
  assert.ok(warned.includes("limits-not-served") && warned.includes("no-gateway"), `${warned}`);
});

Deno.test("a gateway that is not there is found before any user is made", async () => {
  const gateway = new ScriptedGateway();
  await gateway[Symbol.asyncDispose]();
  const { code, failed } = await preflight(gateway);
  assert.equal(code, 3);
  assert.deepEqual(failed.map(({ subject, observed }) => [subject, observed]), [
    ["the gateway answers", "connection-refused"],
  ]);
  assert.match(failed[0]!.reason, /--address/);
});

Deno.test("a user that is not believed is told with what to look at, and the rest is asked all the same", async () => {
  await using gateway = new ScriptedGateway();
  gateway.toUser = () =>
    new Response(null, { status: 401, headers: { "x-ext-auth-reason": "not authenticated" } });
  const { code, failed, findings } = await preflight(gateway);
  assert.equal(code, 3);
  assert.deepEqual(failed.map(({ subject, observed }) => [subject, observed]), [
    ["a user of tier free is answered", "not-authenticated"],
  ]);
  assert.match(failed[0]!.reason, /--audience/);
  assert.equal(findings.at(-1)?.subject, "a user without access to the model is refused");
});

Deno.test("whoever must be refused and is let in stands against a run", async () => {
  await using gateway = new ScriptedGateway();
  gateway.toCanary = ({ account }) => account === undefined ? undefined : Response.json({});
  const { code, failed } = await preflight(gateway);
  assert.equal(code, 3);
  assert.deepEqual(failed.map(({ subject }) => subject), [
    "a user without access to the model is refused",
  ]);
});

Deno.test("a limit that is used up and an auth service that is late have their own names", async () => {
  await using gateway = new ScriptedGateway();
  gateway.toUser = () => rateLimited();
  gateway.toCanary = ({ account }) => account === undefined ? authOverloaded() : undefined;
  const { failed } = await preflight(gateway);
  assert.deepEqual(failed.map(({ observed }) => observed), [
    "auth-overload",
    "rate-limited",
    "auth-overload",
  ]);
});

Deno.test("a tier that RBAC does not let use the model is told what is missing", async () => {
  await using gateway = new ScriptedGateway();
  const { failed } = await preflight(gateway, PATH);
  assert.deepEqual(failed.map(({ subject }) => subject), ["RBAC lets tier free use the model"]);
  assert.match(
    failed[0]!.reason,
    /^nothing binds system:serviceaccounts:maas-default-gateway-tier-free to a role with verb "post" on llminferenceservices "opt" in namespace llm$/,
  );
});

Deno.test("a dry run says what it would do, and asks nobody", async () => {
  await using gateway = new ScriptedGateway();
  const { code, report } = await used(gateway, ["preflight", "--dry-run"]);
  assert.equal(code, 0);
  assert.deepEqual(gateway.seen, []);
  assert.match(JSON.stringify(report), /left as they are/);
});
