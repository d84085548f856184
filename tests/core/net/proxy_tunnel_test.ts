/** What is said to a proxy, and what comes of its answers. */
import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import type { Address } from "../../../core/net/address.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import { openTunnel } from "../../../core/net/proxy_tunnel.ts";
import { connectProxy } from "../../support/connect_proxy.ts";

const identity = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
const NEVER = new AbortController().signal;
const TARGET = { hostname: "a.test", port: 6443 };

/** Takes one connection and answers each read with the next text; then echoes. */
function scriptedProxy(...answers: readonly (string | Uint8Array)[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard: Uint8Array[] = [];
  const serving = (async () => {
    const conn = await listener.accept();
    const buffer = new Uint8Array(65_536);
    for (let turn = 0;; turn++) {
      const read = await conn.read(buffer).catch(() => null);
      if (read === null) break;
      heard.push(buffer.slice(0, read));
      const answer = turn < answers.length ? answers[turn]! : buffer.slice(0, read);
      if (answer.length === 0) break;
      await conn.write(typeof answer === "string" ? new TextEncoder().encode(answer) : answer);
    }
    conn.close();
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    heard,
    texts: () => heard.map((bytes) => new TextDecoder().decode(bytes)),
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {}); // nobody came
    },
  };
}

/** The tunnel works if what is written comes back. */
async function echoes(
  url: string,
  { target = TARGET, caPem }: { target?: Address; caPem?: string } = {},
): Promise<string> {
  using conn = await openTunnel({ url, from: "" }, target, { signal: NEVER, caPem });
  await conn.write(new TextEncoder().encode("hello"));
  const buffer = new Uint8Array(100);
  const bytes = await conn.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, bytes ?? 0));
}

async function reasonOf(url: string): Promise<string> {
  const error = await openTunnel({ url, from: "" }, TARGET, { signal: NEVER }).catch((thrown) =>
    thrown
  );
  assert.ok(error instanceof OperationFailedError, String(error));
  return `${error.reason}: ${error.message}`;
}

Deno.test("an http:// proxy is asked to CONNECT, with its user and password", async () => {
  await using proxy = scriptedProxy("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n");
  assert.equal(await echoes(`http://me:p%40ss@${proxy.host}`), "hello");
  assert.deepEqual(proxy.texts(), [
    "CONNECT a.test:6443 HTTP/1.1\r\nHost: a.test:6443\r\n" +
    `Proxy-Authorization: Basic ${btoa("me:p@ss")}\r\n\r\n`,
    "hello",
  ]);
});

Deno.test("an https:// proxy is reached by TLS, and verified, before it is asked", async () => {
  await using proxy = connectProxy(identity);
  using echo = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const echoing = echo.accept().then((conn) => conn.readable.pipeTo(conn.writable));
  const target = { hostname: "127.0.0.1", port: echo.addr.port };
  assert.equal(await echoes(proxy.url, { target, caPem: identity.caPem }), "hello");
  await echoing;
  assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${target.port} HTTP/1.1`]);
  await assert.rejects(echoes(proxy.url), /UnknownIssuer/);
});

Deno.test("a socks5:// proxy is told the name, and looks it up itself", async () => {
  const granted = new Uint8Array([5, 0, 0, 1, 10, 0, 0, 1, 0, 80]);
  await using proxy = scriptedProxy(new Uint8Array([5, 0]), granted);
  assert.equal(await echoes(`socks5://${proxy.host}`), "hello");
  assert.deepEqual([...proxy.heard[0]!], [5, 1, 0]);
  const name = [...new TextEncoder().encode("a.test")];
  assert.deepEqual([...proxy.heard[1]!], [5, 1, 0, 3, 6, ...name, 25, 43]);
});

Deno.test("a socks5:// proxy gets the user and password that it asks for", async () => {
  const granted = new Uint8Array([5, 0, 0, 3, 1, 120, 0, 80]);
  await using proxy = scriptedProxy(new Uint8Array([5, 2]), new Uint8Array([1, 0]), granted);
  assert.equal(await echoes(`socks5://me:pw@${proxy.host}`), "hello");
  assert.deepEqual([...proxy.heard[0]!], [5, 1, 2]);
  assert.deepEqual([...proxy.heard[1]!], [1, 2, 109, 101, 2, 112, 119]);
});

Deno.test("what a proxy says instead of yes is the reason", async () => {
  const bytes = (...values: number[]) => new Uint8Array(values);
  const cases: [string, (string | Uint8Array)[], string][] = [
    ["http", ["HTTP/1.1 407 No\r\n\r\n"], "proxy: proxy authentication required"],
    ["http", ["HTTP/1.1 403 No\r\n\r\n"], "proxy: unsuccessful tunnel (403)"],
    ["http", ["SSH-2.0-x\r\n\r\n"], "proxy: unsuccessful tunnel (no HTTP answer)"],
    ["http", [""], "connection-closed: the proxy closed the connection"],
    ["socks5", [bytes(5, 255)], "proxy: proxy authentication required"],
    [
      "socks5",
      [bytes(5, 0), bytes(5, 5, 0, 1, 0, 0, 0, 0, 0, 0)],
      "proxy: unsuccessful tunnel (SOCKS code 5)",
    ],
  ];
  for (const [scheme, answers, expected] of cases) {
    await using proxy = scriptedProxy(...answers);
    assert.equal(await reasonOf(`${scheme}://${proxy.host}`), expected);
  }
});

Deno.test("an abort ends the attempt with its reason", async () => {
  await using proxy = scriptedProxy();
  const abort = new AbortController();
  const opening = openTunnel({ url: `http://${proxy.host}`, from: "" }, TARGET, abort);
  abort.abort(new Error("enough"));
  await assert.rejects(opening, { message: "enough" });
});
