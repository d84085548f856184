import assert from "node:assert/strict";
import { SteveUnderTest } from "./steve_under_test.ts";

Deno.test("the API server is behind the same port, with or without a prefix", async () => {
  await using steve = await SteveUnderTest.start();
  for (const prefix of ["", "/k8s/clusters/local", "/sandbox"]) {
    const answer = await steve.get(`${prefix}/api/v1/namespaces/scaletest`);
    const { kind, metadata } = await answer.json() as { kind: string; metadata: { name: string } };
    assert.deepEqual([kind, metadata.name], ["Namespace", "scaletest"]);
  }
});

Deno.test("whom Steve knows by a cookie the API server is shown its own token for", async () => {
  const account = { username: "a", password: "b", token: "token-abcde:secret" };
  await using steve = await SteveUnderTest.start({
    login: account,
    kubeToken: "of the API server",
  });
  const seen = async (headers: Record<string, string>) => {
    const answer = await steve.get("/version", headers);
    await answer.body?.cancel();
    return steve.lastAuthorization;
  };
  assert.equal(await seen({ cookie: `R_SESS=${account.token}` }), "Bearer of the API server");
  assert.equal(await seen({ authorization: "Bearer own" }), "Bearer own");
  assert.equal(await seen({ cookie: "R_SESS=wrong" }), null);
});

/** The head of an answer as it comes, and its body unpacked. */
async function packedAnswer(url: string, path: string): Promise<{ head: string; body: string }> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = [`GET ${path} HTTP/1.0`, `Host: ${hostname}:${port}`, "Accept-Encoding: gzip"];
  await connection.write(new TextEncoder().encode([...request, "", ""].join("\r\n")));
  const bytes = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const end = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
  const packed = new Blob([bytes.subarray(end + 4)]).stream();
  const body = await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).text();
  return { head: new TextDecoder().decode(bytes.subarray(0, end)), body };
}

Deno.test("lists are packed for those who take it, and only for them", async () => {
  await using steve = await SteveUnderTest.start();
  const path = "/v1/configmaps?include=metadata.name";
  const plain = await steve.get(path);
  assert.equal(plain.headers.get("content-encoding"), null);
  const { head, body } = await packedAnswer(steve.server.url, path);
  assert.match(head, /^content-encoding: gzip\r?$/im);
  assert.equal(body, await plain.text());
});

Deno.test("below the prefix of a cluster links keep it", async () => {
  await using steve = await SteveUnderTest.start();
  const answer = await steve.get("/k8s/clusters/local/v1/namespaces/scaletest");
  const { links } = await answer.json() as { links: Record<string, string> };
  assert.equal(
    links["self"],
    `${steve.server.url}/k8s/clusters/local/v1/namespaces/scaletest`,
  );
});

Deno.test("with TLS both lists and sockets are served", async () => {
  await using steve = await SteveUnderTest.start({ tls: true });
  assert.match(steve.server.url, /^https:/);
  await using watcher = await steve.open();
  await watcher.subscribe({ resourceType: "configmaps" });
  await steve.createConfigMap("a");
  const { data } = await watcher.message();
  const { links } = data as { links?: Record<string, string> };
  assert.equal(links?.["self"], `${steve.server.url}/v1/configmaps/scaletest/a`);
  assert.equal(steve.server.account.mostSockets, 1);
});

Deno.test("gauges are read anew only after their time", async () => {
  await using steve = await SteveUnderTest.start({ settings: { metricsRefreshMs: 60_000 } });
  const read = async () => await (await steve.get("/metrics")).text();
  const first = await read();
  assert.match(first, /^# TYPE steve_sqlcache_db_wal_bytes gauge\n.*wal_bytes \d+$/m);
  await steve.list("/v1/configmaps");
  assert.equal(await read(), first);
});

Deno.test("a server that ends closes its sockets", async () => {
  const steve = await SteveUnderTest.start();
  const watcher = await steve.open();
  await steve[Symbol.asyncDispose]();
  await watcher.closed;
});
