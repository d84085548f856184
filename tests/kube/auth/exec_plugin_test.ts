/** Credentials from a plugin: when it runs, what it is told, and what its answers come to. @module */

import assert from "node:assert/strict";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import { type ExecCluster, ExecPluginCredentials } from "../../../kube/auth/exec_plugin.ts";
import type { KubeconfigExec } from "../../../kube/kubeconfig/schema.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { ScriptedPlugins } from "../scripted_world.ts";

const V1 = "client.authentication.k8s.io/v1";
const V1BETA1 = "client.authentication.k8s.io/v1beta1";
const CLUSTER: ExecCluster = { server: "https://c", "tls-server-name": "c.example" };

const CONFIG: KubeconfigExec = {
  apiVersion: V1,
  command: "login",
  args: ["--secret=arg"],
  env: [{ name: "REGION", value: "eu" }, { name: "EMPTY", value: null }],
  installHint: undefined,
  provideClusterInfo: false,
  interactiveMode: "Never",
};

function answer(status: unknown, { apiVersion = V1, kind = "ExecCredential" } = {}) {
  return { stdout: JSON.stringify({ apiVersion, kind, status }) };
}

function credentialsOf(
  host: ScriptedPlugins,
  { clock = new FakeClock(), ...config }: Partial<KubeconfigExec> & { clock?: FakeClock } = {},
) {
  return new ExecPluginCredentials({
    config: { ...CONFIG, ...config },
    user: "u",
    cluster: CLUSTER,
    clock,
    host,
  });
}

/** At 2026-01-01T00:00:00Z plus so much, which is where a FakeClock begins. */
function until(afterMs: number): string {
  return new Date(Date.parse("2026-01-01T00:00:00Z") + afterMs).toISOString();
}

function fails(why: string) {
  return { name: "CannotRunError", message: `Cannot log in as user "u": ${why}` };
}

Deno.test("the plugin is told its arguments, variables and what is expected of it", async () => {
  const cases: [Partial<KubeconfigExec>, boolean, unknown, boolean][] = [
    [{}, true, { interactive: false }, false],
    [{ provideClusterInfo: true }, false, { cluster: CLUSTER, interactive: false }, false],
    [{ interactiveMode: "IfAvailable" }, false, { interactive: false }, false],
    [{ interactiveMode: "IfAvailable" }, true, { interactive: true }, true],
    [{ interactiveMode: "Always" }, true, { interactive: true }, true],
    [{ interactiveMode: undefined, apiVersion: V1BETA1 }, true, { interactive: true }, true],
  ];
  for (const [config, hasTerminal, spec, interactive] of cases) {
    const apiVersion = config.apiVersion ?? V1;
    const host = new ScriptedPlugins([answer({ token: "t" }, { apiVersion })], { hasTerminal });
    await credentialsOf(host, config).current();
    const [run] = host.runs;
    assert.ok(run !== undefined && host.runs.length === 1);
    const { KUBERNETES_EXEC_INFO: info = "", ...env } = run.env;
    assert.deepEqual(JSON.parse(info), { kind: "ExecCredential", apiVersion, spec });
    assert.deepEqual(
      { command: run.command, args: run.args, env, interactive: run.interactive },
      { command: "login", args: ["--secret=arg"], env: { REGION: "eu", EMPTY: "" }, interactive },
    );
  }
});

Deno.test("nothing runs before credentials are needed, and then once for all who wait", async () => {
  const host = new ScriptedPlugins([answer({ token: "t" })]);
  const credentials = credentialsOf(host);
  assert.equal(host.runs.length, 0);
  const all = await Promise.all([
    credentials.current(),
    credentials.current(),
    credentials.current(),
  ]);
  assert.deepEqual(all[0], { authorization: "Bearer t" });
  assert.ok(all.every((credential) => credential === all[0]));
  assert.equal(await credentials.current(), all[0]);
  assert.equal(host.runs.length, 1);
});

Deno.test("a certificate is taken alone or with a token", async () => {
  const { certPem, keyPem } = await createServerIdentity({ hosts: ["x"], now: new Date() });
  const pair = { clientCertificateData: certPem, clientKeyData: keyPem };
  const alone = await credentialsOf(new ScriptedPlugins([answer(pair)])).current();
  assert.deepEqual(alone, { clientCert: { certPem, keyPem } });
  const both = await credentialsOf(new ScriptedPlugins([answer({ ...pair, token: "t" })]))
    .current();
  assert.deepEqual(both, { authorization: "Bearer t", clientCert: { certPem, keyPem } });
});

Deno.test("credentials without an end are kept for ever", async () => {
  const clock = new FakeClock();
  const host = new ScriptedPlugins([answer({ token: "t", expirationTimestamp: null })]);
  const credentials = credentialsOf(host, { clock });
  await credentials.current();
  await clock.advance(1e12);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer t" });
});

Deno.test("half a minute before the end new ones are fetched while the old ones still serve", async () => {
  const clock = new FakeClock();
  const host = new ScriptedPlugins([
    answer({ token: "one", expirationTimestamp: until(100_000) }),
    answer({ token: "two", expirationTimestamp: until(500_000) }),
  ]);
  const credentials = credentialsOf(host, { clock });
  await credentials.current();
  await clock.advance(69_999);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer one" });
  assert.equal(host.runs.length, 1);
  await clock.advance(1);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer one" });
  assert.equal(host.runs.length, 2);
  await clock.settle();
  assert.deepEqual(await credentials.current(), { authorization: "Bearer two" });
  assert.equal(host.runs.length, 2);
});

Deno.test("after the end callers wait for new ones", async () => {
  const clock = new FakeClock();
  const host = new ScriptedPlugins([
    answer({ token: "one", expirationTimestamp: until(100_000) }),
    answer({ token: "two" }),
  ]);
  const credentials = credentialsOf(host, { clock });
  await credentials.current();
  await clock.advance(100_000);
  const both = await Promise.all([credentials.current(), credentials.current()]);
  assert.deepEqual(both.map(({ authorization }) => authorization), ["Bearer two", "Bearer two"]);
  assert.equal(host.runs.length, 2);
});

Deno.test("a plugin that answers with what has expired is run once a second at most", async () => {
  const clock = new FakeClock();
  const stale = answer({ token: "stale", expirationTimestamp: until(-5_000) });
  const host = new ScriptedPlugins([stale, stale]);
  const credentials = credentialsOf(host, { clock });
  for (const [afterMs, runs] of [[0, 1], [999, 1], [1, 2], [999, 2]] as const) {
    await clock.advance(afterMs);
    assert.deepEqual(await credentials.current(), { authorization: "Bearer stale" });
    assert.equal(host.runs.length, runs);
  }
});

Deno.test("a renewal that fails leaves the old ones until their end, and is tried again", async () => {
  const clock = new FakeClock();
  const failed = { code: 1, stderr: "no network" };
  const host = new ScriptedPlugins([
    answer({ token: "one", expirationTimestamp: until(100_000) }),
    failed,
    failed,
    failed,
    answer({ token: "two" }),
  ]);
  const credentials = credentialsOf(host, { clock });
  await credentials.current();
  const steps = [[70_000, 2], [999, 2], [1, 3]] as const;
  for (const [afterMs, runs] of steps) {
    await clock.advance(afterMs);
    assert.deepEqual(await credentials.current(), { authorization: "Bearer one" });
    await clock.settle();
    assert.equal(host.runs.length, runs);
  }
  await clock.advance(29_000);
  const error = fails('credential plugin "login" failed with exit code 1: no network');
  await assert.rejects(() => credentials.current(), error);
  await assert.rejects(() => credentials.current(), error);
  assert.equal(host.runs.length, 4);
  await clock.advance(1_000);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer two" });
});

Deno.test("after a 401 the plugin runs again, but not for each of a series of them", async () => {
  const clock = new FakeClock();
  const host = new ScriptedPlugins(["one", "two", "three"].map((token) => answer({ token })));
  const credentials = credentialsOf(host, { clock });
  const one = await credentials.current();
  assert.deepEqual([credentials.invalidate(one), credentials.invalidate(one)], [true, true]);
  const two = await credentials.current();
  assert.deepEqual(two, { authorization: "Bearer two" });
  // A straggler that was sent with the first ones.
  assert.equal(credentials.invalidate(one), true);
  assert.equal(await credentials.current(), two);
  await clock.advance(9_999);
  assert.equal(credentials.invalidate(two), false);
  assert.equal(await credentials.current(), two);
  await clock.advance(1);
  assert.equal(credentials.invalidate(), true);
  assert.deepEqual(await credentials.current(), { authorization: "Bearer three" });
  assert.equal(host.runs.length, 3);
});

Deno.test("a plugin that does not answer is given up after a minute, with a person at it after ten", async () => {
  for (const [hasTerminal, limitSec] of [[false, 60], [true, 600]] as const) {
    const clock = new FakeClock();
    const host = new ScriptedPlugins(["never"], { hasTerminal });
    const credentials = credentialsOf(host, { clock, interactiveMode: "IfAvailable" });
    const failed = assert.rejects(
      () => credentials.current(),
      fails(`credential plugin "login" did not answer within ${limitSec} s`),
    );
    await clock.advance(limitSec * 1_000 - 1);
    assert.equal(host.runs[0]?.signal.aborted, false);
    await clock.advance(1);
    await failed;
    assert.equal(clock.sleeperCount, 0);
  }
});

Deno.test("what a plugin gets wrong is said in one line that holds nothing secret", async () => {
  const identity = () => createServerIdentity({ hosts: ["x"], now: new Date() });
  const [one, other] = [await identity(), await identity()];
  const own = 'credential plugin "login"';
  const answered = `what ${own} answered`;
  const noAnswer = `${answered} is no ExecCredential with a status, as JSON`;
  const cases: [ConstructorParameters<typeof ScriptedPlugins>[0][number], string][] = [
    [{ code: 3 }, `${own} failed with exit code 3 and said nothing`],
    [
      { code: 1, stderr: "\n\x1b[31mexpired\tsession\x1b[0m\nmore", stdout: "secret" },
      `${own} failed with exit code 1: [31mexpired session [0m`,
    ],
    [{ stdout: "secret" }, noAnswer],
    [{ stdout: "" }, noAnswer],
    [answer({ token: "secret" }, { kind: "Secret" }), noAnswer],
    [answer(undefined), noAnswer],
    [answer({ token: 5 }), noAnswer],
    [
      answer({ token: "secret" }, { apiVersion: V1BETA1 }),
      `${answered} has apiVersion "${V1BETA1}"; the kubeconfig says "${V1}"`,
    ],
    [answer({}), `${answered} has neither a token nor a certificate`],
    [answer({ token: "" }), `${answered} has neither a token nor a certificate`],
    [
      answer({ token: "secret", clientKeyData: "secret" }),
      `${answered} has a certificate or a key, but not both`,
    ],
    [
      answer({ clientCertificateData: "secret", clientKeyData: "secret" }),
      'The certificate of credential plugin "login" is no PEM certificate',
    ],
    [
      answer({ clientCertificateData: one.certPem, clientKeyData: other.keyPem }),
      'The key of credential plugin "login" does not belong to ' +
      'the certificate of credential plugin "login"',
    ],
    [
      answer({ token: "secret", expirationTimestamp: "tomorrow" }),
      `${answered} has an expirationTimestamp that is no RFC 3339 time`,
    ],
    [new Deno.errors.PermissionDenied(), `${own} cannot be run: it is not executable`],
    [new Deno.errors.NotFound(), `${own} is not installed or not on PATH`],
    [new Error("odd\nmore"), `${own} cannot be run: Error: odd`],
  ];
  for (const [given, why] of cases) {
    await assert.rejects(() => credentialsOf(new ScriptedPlugins([given])).current(), fails(why));
  }
  await assert.rejects(
    () => credentialsOf(new ScriptedPlugins([answer({ token: "sec ret" })])).current(),
    {
      message:
        'The token of user "u" is no token: it has spaces, line breaks or letters beyond ASCII',
    },
  );
});

Deno.test("a plugin that is not installed comes with its hint, in one line", async () => {
  const host = new ScriptedPlugins([new Deno.errors.NotFound()]);
  const installHint = "Install it:\n\n  brew install login\x1b[2J\n";
  await assert.rejects(
    () => credentialsOf(host, { installHint }).current(),
    fails('credential plugin "login" is not installed: Install it: brew install login [2J'),
  );
});

Deno.test("a plugin that must ask questions needs a terminal", async () => {
  const host = new ScriptedPlugins([]);
  await assert.rejects(
    () => credentialsOf(host, { interactiveMode: "Always" }).current(),
    fails(
      'credential plugin "login" asks questions (interactiveMode: Always), and standard input is ' +
        "no terminal: log in beforehand, or give --token",
    ),
  );
  assert.equal(host.runs.length, 0);
});

Deno.test("a configuration that no plugin can be run with is refused before the run", () => {
  const versions = `its "exec" must have apiVersion "${V1}" or "${V1BETA1}"`;
  const cases: [Partial<KubeconfigExec>, string][] = [
    [{ command: undefined }, 'its "exec" names no command'],
    [{ apiVersion: undefined }, `${versions}, not none`],
    [{ apiVersion: `${V1}alpha1` }, `${versions}, not "${V1}alpha1"`],
    [
      { interactiveMode: undefined },
      'its "exec" must have interactiveMode Never, IfAvailable or Always',
    ],
  ];
  for (const [config, why] of cases) {
    assert.throws(() => credentialsOf(new ScriptedPlugins([]), config), fails(why));
  }
});
