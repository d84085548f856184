import assert from "node:assert/strict";
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from "@peculiar/x509";
import { createServerIdentity, defaultHosts } from "../../../core/net/mini_ca.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const HOSTS = ["load.example.test", "localhost", "127.0.0.1", "::1"];

Deno.test("the server certificate names every host by its kind and is signed by the authority", async () => {
  const { caPem, certPem } = await createServerIdentity({ hosts: HOSTS, now: NOW });
  const ca = new X509Certificate(caPem);
  const leaf = new X509Certificate(certPem);
  const names = leaf.getExtension(SubjectAlternativeNameExtension)?.names.toJSON();
  assert.deepEqual(names, [
    { type: "dns", value: "load.example.test" },
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
    { type: "ip", value: "::1" },
  ]);
  assert.equal(leaf.subject, "CN=load.example.test");
  assert.equal(leaf.issuer, ca.subject);
  assert.equal(ca.getExtension(BasicConstraintsExtension)?.ca, true);
  assert.equal(leaf.getExtension(BasicConstraintsExtension)?.ca, false);
  assert.notEqual(leaf.serialNumber, ca.serialNumber);
});

Deno.test("the certificates are valid from an hour ago for as long as asked", async () => {
  const hosts = ["localhost"];
  const { caPem, certPem } = await createServerIdentity({ hosts, now: NOW, validMs: 7_200_000 });
  for (const certificate of [new X509Certificate(caPem), new X509Certificate(certPem)]) {
    assert.equal(certificate.notBefore.toISOString(), "2026-03-01T11:00:00.000Z");
    assert.equal(certificate.notAfter.toISOString(), "2026-03-01T14:00:00.000Z");
  }
});

Deno.test("the key is the certificate's and no two runs share one", async () => {
  const [one, other] = await Promise.all(
    [1, 2].map(() => createServerIdentity({ hosts: ["localhost"], now: new Date() })),
  );
  assert.ok(one !== undefined && other !== undefined);
  assert.notEqual(one.keyPem, other.keyPem);
  assert.equal(await greeting(one, one.caPem), "hello");
  await assert.rejects(greeting(one, other.caPem), /UnknownIssuer|invalid peer certificate/);
});

Deno.test("a client reaches the server by each of its names and addresses and by no other", async () => {
  const identity = await createServerIdentity({ hosts: HOSTS, now: new Date() });
  for (const host of HOSTS) {
    assert.equal(await greeting(identity, identity.caPem, { hostname: host }), "hello");
  }
  for (const host of ["other.example.test", "127.0.0.2"]) {
    await assert.rejects(
      greeting(identity, identity.caPem, { hostname: host }),
      /NotValidForName|not valid for/,
    );
  }
});

Deno.test("the default hosts are loopback and this machine", () => {
  const hosts = defaultHosts();
  assert.deepEqual(hosts.slice(0, 3), ["localhost", "127.0.0.1", "::1"]);
  assert.equal(new Set(hosts).size, hosts.length);
  assert.ok(hosts.length <= 4);
});

Deno.test("a certificate for no host at all is refused", async () => {
  await assert.rejects(createServerIdentity({ hosts: [], now: NOW }), {
    name: "RangeError",
    message: "Cannot create a server certificate for no host: expected at least one",
  });
});

/** What a TLS server with this identity says to a client that trusts `caPem`. */
async function greeting(
  identity: { certPem: string; keyPem: string },
  caPem: string,
  { hostname = "localhost" } = {},
): Promise<string> {
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: identity.certPem,
    key: identity.keyPem,
  });
  const serving = listener.accept().then(async (accepted) => {
    using connection = accepted;
    await connection.write(new TextEncoder().encode("hello"));
  }).catch(() => {}); // the client refused the certificate
  const { port } = listener.addr;
  using client = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    using secure = await Deno.startTls(client, { hostname, caCerts: [caPem] });
    const buffer = new Uint8Array(100);
    const length = await secure.read(buffer) ?? 0;
    return new TextDecoder().decode(buffer.subarray(0, length));
  } finally {
    await serving;
  }
}
