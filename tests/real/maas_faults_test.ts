/** Bad input and parts that fail under a maas probe, on the real chain: one line, and nothing left. */
import assert from "node:assert/strict";
import { operationOf, totalOf } from "./command_run.ts";
import { createNamespaces, restartApiServer } from "./cluster_state.ts";
import { DEFAULT_KNOBS, type MaasKnobs } from "./maas/knobs.ts";
import { maasOfFile } from "./maas/maas_of_file.ts";
import { INSTALLED_RATES, MAAS, policyPath } from "./maas/objects.ts";
import { accusedIn, type MaasProbed, Prober } from "./maas/prober.ts";
import { ShortLives } from "./maas/short_lives.ts";
import { scaletool, TempDir } from "../support/scaletool.ts";

const chain = await maasOfFile();
const { ignore, plane, maas } = chain;
const prober = new Prober(chain);

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), Prober.NAMESPACE);
});

function test(name: string, body: () => Promise<void>): void {
  Deno.test(name, { ignore }, body);
}

function load(users: number, { maxTokens = 4 } = {}): string[] {
  return [
    ...["--users", `${users}`, "--max-tokens", `${maxTokens}`, "--settle", "0s"],
    ...["--pause", "0s", "--prove-restore", "0s"],
  ];
}
const LOAD = load(4);

/** What a run that could not be one said last. */
function refusal({ code, stderr, report }: MaasProbed): string {
  assert.deepEqual([code, report], [1, undefined], stderr);
  const [line, ...others] = stderr.split("\n").filter((text) => text.startsWith("scaletool: "));
  assert.deepEqual(others, []);
  return line!;
}

test("what is named wrongly is one line that says which flag it is, before any load", async () => {
  const { address, port, tlsPort } = maas().state;
  const plain = ["--address", `${address}:${port}`];
  const secure = ["--address", `${address}:${tlsPort}`];
  const cases: readonly (readonly [at: readonly string[], RegExp])[] = [
    [[...plain, "--protocol", "http", "--model", "nope"], /no model "nope".*--path/],
    [[...plain, "--protocol", "http", "--host", "x.test"], /http-404: .*the host x\.test.*--host/],
    [[...secure, "--protocol", "https"], /tls: .*unknown authority.*--gateway-ca FILE/],
    [[...secure, "--protocol", "http"], /connection-closed: .*expect TLS there\? \(--protocol\)/],
    [[...plain, "--protocol", "https"], /tls: .*is not TLS.*--protocol/],
    [["--address", "127.0.0.1:1", "--protocol", "http"], /connection-refused: .*--address/],
  ];
  for (const [at, line] of cases) {
    assert.match(refusal(await prober.probed("users", { at, args: LOAD })), line);
  }
});

test("a certificate of an authority that is named is trusted", async () => {
  const { address, tlsPort } = maas().state;
  const { code, stderr } = await prober.probed("preflight", {
    at: ["--address", `${address}:${tlsPort}`, "--protocol", "https"],
    args: ["--gateway-ca", `${plane().dir}/pki/ca.crt`],
  });
  assert.equal(code, 0, stderr);
});

test("a user with no rights is told those that are missing, and doctor says how to get them", async () => {
  const kubeconfig = plane().kubeconfig("nobody");
  assert.match(
    refusal(await prober.probed("users", { kubeconfig, args: LOAD })),
    /User "nobody" may not create serviceaccounts in namespace maas-default-gateway-tier-free, /,
  );
  const { code, stdout } = await scaletool(["doctor", "maas", "users"], {
    env: { KUBECONFIG: kubeconfig },
  });
  assert.equal(code, 3);
  assert.match(
    stdout,
    /may not create serviceaccounts\/token in namespace maas-default-gateway-tier-free\n.*\n +fix: kubectl create role /,
  );
});

test("a gateway that is started anew under load is accused, and answers again", async () => {
  const { code, report, stderr } = await prober.probed("users", {
    // A start that is not judged would hide it.
    args: [...LOAD, "--duration", "4s"],
    meanwhile: async () => {
      await prober.underLoad();
      await prober.underLoad();
      await maas().stop("gateway", 0);
      await maas().restart("gateway");
      await prober.underLoad();
    },
  });
  assert.equal(code, 3, stderr);
  const { failures } = operationOf(report!, "chat");
  const reasons = Object.keys(failures);
  assert.ok(reasons.includes("connection-refused"), reasons.join());
  assert.deepEqual(reasons.filter((reason) => !reason.startsWith("connection-")), []);
  assert.deepEqual(accusedIn(report!), ["gateway"]);
});

/** Killed, as it would wait for connections that the gateway keeps. */
async function restartModel(model: MaasKnobs["model"]): Promise<void> {
  await maas().stop("model", 0);
  await maas().restart("model", { model });
}

test("streams under way when the gateway dies are cut, and the gateway is accused", async () => {
  await restartModel({ ttftMs: 20, gapMs: 25 });
  const { code, report, stderr } = await prober.probed("users", {
    args: [...load(8, { maxTokens: 20 }), "--stream", "--duration", "4s"],
    meanwhile: async () => {
      await prober.underLoad();
      await maas().stop("gateway", 0);
      await maas().restart("gateway");
    },
  });
  await restartModel(DEFAULT_KNOBS.model);
  assert.equal(code, 3, stderr);
  const { failures } = operationOf(report!, "chat");
  assert.ok(failures["cut-stream"]! > 0);
  assert.equal(accusedIn(report!)[0], "gateway");
});

test("an API server that is started anew under load costs no user of those who are known", async () => {
  const { code, report, stderr } = await prober.probed("users", {
    args: [...LOAD, "--duration", "6s"],
    meanwhile: async () => {
      await prober.underLoad();
      await restartApiServer(plane());
    },
  });
  assert.ok(code === 0 || code === 4, stderr);
  const { ok, failures } = operationOf(report!, "chat");
  assert.deepEqual(failures, {}, `of ${ok}`);
  assert.equal(report!.ladder!.firstBad, null);
});

test("limits of a run that was killed are given back from elsewhere, and then its users", async () => {
  const kubeconfig = plane().kubeconfig("load");
  const asked = (args: readonly string[]) => scaletool(args, { env: { KUBECONFIG: kubeconfig } });
  const runId = await prober.killed("users", [...LOAD, "--duration", "1m"]);
  assert.notDeepEqual(await prober.rates(), INSTALLED_RATES);
  assert.notDeepEqual(await prober.accountsOf(runId), []);
  // Nobody measures on limits that may be given back meanwhile.
  const next = await asked(["maas", "users", "--namespace", Prober.NAMESPACE, ...LOAD]);
  assert.equal(next.code, 1);
  assert.match(
    next.stderr,
    new RegExp(`run ${runId} has raised them .* restore --run-id ${runId}`),
  );
  const restored = await asked(["maas", "restore", "--run-id", runId]);
  assert.equal(restored.code, 0, restored.stderr);
  assert.deepEqual(await prober.rates(), INSTALLED_RATES);
  assert.notDeepEqual(await prober.accountsOf(runId), []);
  const cleaned = await asked(["cleanup", "--run-id", runId]);
  assert.equal(cleaned.code, 0, cleaned.stderr);
  await prober.assertNothingLeft(runId, cleaned.stderr);

  const other = await prober.killed("users", [...LOAD, "--duration", "1m"]);
  const both = await asked(["cleanup", "--run-id", other]);
  assert.equal(both.code, 0, both.stderr);
  await prober.assertNothingLeft(other, both.stderr);
});

test("tokens that are good for seconds are replaced under load, and no user is refused", async () => {
  await using dir = new TempDir();
  await using server = new ShortLives(plane(), 5_000);
  const kubeconfig = dir.file("kubeconfig.yaml");
  Deno.writeTextFileSync(kubeconfig, server.kubeconfig);
  const { code, report, stderr } = await prober.probed("users", {
    kubeconfig,
    args: [...LOAD, "--duration", "8s"],
  });
  assert.ok(code === 0 || code === 4, stderr);
  const { ok, failures } = operationOf(report!, "chat");
  assert.deepEqual(failures, {}, `of ${ok}`);
  // Each of the four at least once.
  assert.ok(totalOf(report!, "tokenRenewals") >= 4);
  assert.equal(totalOf(report!, "tokenRenewalFailures"), 0);
});

test("a policy without rates is warned of, and the others are raised all the same", async () => {
  const policies = policyPath("requests").replace(/\/[^/]+$/, "");
  const name = "without-rates";
  const targetRef = { group: "gateway.networking.k8s.io", kind: "Gateway", name: MAAS.gateway };
  await plane().admin(policies, {
    method: "POST",
    body: {
      ...{ apiVersion: "kuadrant.io/v1", kind: "RateLimitPolicy", metadata: { name } },
      spec: { targetRef, limits: { nothing: { rates: [] } } },
    },
  });
  const { code, report, stderr } = await prober.probed("users", {
    args: [...LOAD, "--duration", "3s"],
  });
  await plane().admin(`${policies}/${name}`, { method: "DELETE" });
  assert.ok(code === 0 || code === 4, stderr);
  const [warning] = report!.warnings;
  assert.equal(warning?.code, "limit-empty");
  assert.match(warning.message, /openshift-ingress\/without-rates has no rates/);
});
