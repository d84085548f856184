/** Flags of the tokens probe: what they come to, and what they refuse before anything is contacted. */
import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { resourceName } from "../../../../kube/resource.ts";
import { tokensCommand, type TokensFlags } from "../../../../probes/maas/tokens/command.ts";
import { tokens, useTokens } from "../../../../probes/maas/tokens/tokens.ts";
import { invocationOf } from "../../gateway/invocation.ts";

function invocation(line = "", env: Readonly<Record<string, string>> = {}) {
  const args = line.split(" ").filter(Boolean);
  return invocationOf<TokensFlags>(tokensCommand, args, { group: "maas", env });
}

Deno.test("the plan of the field is what it does unless told otherwise", async () => {
  const { sections, tiers, sockets } = tokens(await invocation());
  assert.deepEqual(sections[0]?.value, "10, 50, 100, 250, 500, then the first once more");
  assert.deepEqual([tiers, sockets], [[{ tier: "free", count: 500 }], 10]);
});

Deno.test("so is its environment", async () => {
  const given = { FREE_USERS: "20", BURST_VUS: "5", BURST_ITERATIONS: "100" };
  const { values } = await invocation("", given);
  assert.deepEqual([values.counts, values.workers, values.requests], ["20", 5, 100]);
});

Deno.test("without the right to review tokens it does not begin, unless none are to be reviewed", async () => {
  const rights = async (line?: string) =>
    useTokens(await invocation(line)).needs.rights.filter(({ kind, onlyFor }) =>
      "plural" in kind && resourceName(kind) === "tokenreviews.authentication.k8s.io" &&
      onlyFor === undefined
    ).length;
  assert.deepEqual([await rights(), await rights("--reviews 0")], [1, 0]);
});

Deno.test("every number of users has to be answered well", async () => {
  const { defaultThresholds } = tokens(await invocation("--counts 5,20 --reviews 0"));
  assert.deepEqual(defaultThresholds, [
    "createAccount.failed.count <= 0",
    "requestToken.failed.count <= 0",
    "chat{tokens=5}.ok.ratio >= 95%",
    "chat{tokens=20}.ok.ratio >= 95%",
  ]);
});

for (const line of ["--duration 10s", "--reviews 50", "--warmup 1s"]) {
  Deno.test(`refused in one line: ${line}`, async () => {
    const given = await invocation(line);
    assert.throws(() => useTokens(given), (error) => {
      assert.ok(error instanceof UsageError);
      assert.ok(error.message.includes(line.split(" ")[0]!) && !error.message.includes("\n"));
      return true;
    });
  });
}

for (const line of ["--counts 5,3", "--counts 0", "--counts 1.5", "--counts 10..20000*2"]) {
  Deno.test(`no numbers of users: ${line}`, async () => {
    await assert.rejects(invocation(line), UsageError);
  });
}
