import assert from "node:assert/strict";
import { UsageError } from "../../core/errors.ts";
import { staticCredentials } from "../../kube/auth/credentials.ts";
import type { ClusterTarget } from "../../kube/config/target.ts";
import { overrideTarget, overrideWarnings } from "../../watchers/override_server.ts";

const TARGET: ClusterTarget = {
  server: "https://10.0.0.1:6443",
  caPem: "CA",
  insecure: false,
  tlsServerName: "kubernetes",
  credentials: staticCredentials({ authorization: "Bearer t" }),
  impersonation: [],
  names: { source: "flag", paths: [] },
};

const SERVERS: readonly (readonly [given: string, server: string])[] = [
  ["api.wardle.svc.cluster.local:443", "https://api.wardle.svc.cluster.local"],
  ["api.wardle.svc", "https://api.wardle.svc"],
  ["10.1.2.3:9444", "https://10.1.2.3:9444"],
  ["[::1]:9444", "https://[::1]:9444"],
  ["https://api.wardle.svc:8443/", "https://api.wardle.svc:8443"],
  ["https://proxy.example/wardle/", "https://proxy.example/wardle"],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
];

for (const [given, server] of SERVERS) {
  Deno.test(`overrideTarget() to "${given}" goes to ${server}`, () => {
    assert.equal(overrideTarget(TARGET, { server: given, insecure: false }).server, server);
  });
}

const EXAMPLE = "https://api.wardle.svc (or a host, or host:port)";
const REFUSED: Record<string, string> = {
  "ftp://host": `must be a URL such as ${EXAMPLE}, not "ftp://host"`,
  "user:secret@host": "must not hold a user or password",
  "https://a b": `must be a URL such as ${EXAMPLE}, not "https://a b"`,
  "host/?q": "must not have a query",
  "host:port": `must be a URL such as ${EXAMPLE}, not "host:port"`,
  "://": `must be a URL such as ${EXAMPLE}, not "://"`,
};

for (const [given, why] of Object.entries(REFUSED)) {
  Deno.test(`overrideTarget() refuses "${given}" and says what is allowed`, () => {
    assert.throws(
      () => overrideTarget(TARGET, { server: given, insecure: false }),
      new UsageError(`--override-server ${why}`),
    );
  });
}

Deno.test("overrideTarget() keeps credentials and CA, but not the name in the other certificate", () => {
  const target = overrideTarget(TARGET, { server: "host:443", insecure: false });
  const { tlsServerName: _, ...rest } = TARGET;
  assert.deepEqual(target, { ...rest, server: "https://host" });
});

Deno.test("overrideTarget() with insecure drops the CA, with another server or without", () => {
  const { caPem: _, ...rest } = TARGET;
  const insecure = { server: undefined, insecure: true };
  assert.deepEqual(overrideTarget(TARGET, insecure), { ...rest, insecure: true });
  const other = overrideTarget(TARGET, { ...insecure, server: "host" });
  assert.deepEqual([other.caPem, other.insecure], [undefined, true]);
});

Deno.test("overrideTarget() without anything to change changes nothing", () => {
  assert.deepEqual(overrideTarget(TARGET, { server: undefined, insecure: false }), TARGET);
});

Deno.test("overrideTarget() sends no credentials to http, and overrideWarnings() has none to tell", async () => {
  const override = { server: "http://127.0.0.1:8080", insecure: false };
  assert.deepEqual(await overrideTarget(TARGET, override).credentials.current(), {});
  assert.deepEqual(overrideWarnings(override), []);
});

Deno.test("overrideWarnings() says to whom the credentials go, and whether anybody knows who that is", () => {
  assert.deepEqual(overrideWarnings({ server: undefined, insecure: true }), []);
  for (
    const [insecure, part] of [[false, "sent to host:1: "], [true, "is not verified: "]] as const
  ) {
    const [warning, ...others] = overrideWarnings({ server: "host:1", insecure });
    assert.equal(others.length, 0);
    assert.equal(warning?.code, "credentials-to-override-server");
    assert.ok(warning?.message.includes(part), warning?.message);
  }
});
