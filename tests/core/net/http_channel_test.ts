/** Ways to one server on 127.0.0.1. */
import assert from "node:assert/strict";
import {
  type ChannelTarget,
  HttpChannel,
  openHttpChannel,
} from "../../../core/net/http_channel.ts";
import { ApiPeer, PEER_NAME, peerIdentity } from "../../support/api_peer.ts";
import { failureOf, unreachableServer } from "../../support/api_target.ts";

const PROXY = { url: "http://127.0.0.1:3128", from: "HTTPS_PROXY" };

function open(baseUrl: string, given: Partial<ChannelTarget> = {}): Promise<HttpChannel> {
  return openHttpChannel({
    baseUrl,
    insecure: false,
    http1: false,
    caPem: peerIdentity.caPem,
    ...given,
  });
}

async function get(channel: HttpChannel, url: string): Promise<string> {
  const answer = await fetch(channel.reachable(url), { client: channel.client });
  return await answer.text();
}

Deno.test("only what Deno's client cannot do takes the relay, and only over TLS", async () => {
  const cases: [string, Partial<ChannelTarget>, boolean][] = [
    ["https://127.0.0.1:6443", {}, false],
    ["https://127.0.0.1:6443", { http1: true }, false],
    ["https://127.0.0.1:6443", { proxy: PROXY }, false],
    ["https://127.0.0.1:6443", { insecure: true }, true],
    ["https://127.0.0.1:6443", { serverName: PEER_NAME }, true],
    ["http://127.0.0.1:8080", { insecure: true, serverName: PEER_NAME }, false],
  ];
  for (const [baseUrl, given, isRelayed] of cases) {
    using channel = await open(baseUrl, given);
    assert.equal(channel.isRelayed, isRelayed, JSON.stringify(given));
  }
});

Deno.test("reachable() is the URL itself, and behind the relay one without TLS", async () => {
  const cases: [string, string, string][] = [
    ["https://a.test:6443", "https://a.test:6443/x?y=%2F", "http://a.test:6443/x?y=%2F"],
    ["https://a.test:6443/base", "https://a.test:6443/base/x", "http://a.test:6443/base/x"],
    // 443 is what https means, and 80 what http means.
    ["https://a.test", "https://a.test/x", "http://a.test:443/x"],
    ["https://a.test:443", "https://a.test:443/x", "http://a.test:443/x"],
    ["https://[::1]:6443", "https://[::1]:6443/x", "http://[::1]:6443/x"],
  ];
  for (const [baseUrl, url, relayed] of cases) {
    using direct = await open(baseUrl);
    assert.equal(direct.reachable(url), url);
    using through = await open(baseUrl, { insecure: true });
    assert.equal(through.reachable(url), relayed);
  }
});

Deno.test("reachable() refuses another origin", async () => {
  const others = [
    "https://a.test:6444/x",
    "https://a.test/x",
    "http://a.test:6443/x",
    "https://a.test.other:6443/x",
    "https://a.test:6443@other/x",
  ];
  for (const insecure of [false, true]) {
    using channel = await open("https://a.test:6443", { insecure });
    for (const url of others) {
      assert.throws(() => channel.reachable(url), RangeError, url);
    }
  }
});

Deno.test("requests over HTTP/2 share a connection, direct or relayed", async () => {
  for (const insecure of [false, true]) {
    await using peer = new ApiPeer(({ path }) => new Response(path));
    using channel = await open(peer.url, { insecure });
    const urls = ["/a", "/b", "/c"];
    const answers = await Promise.all(urls.map((path) => get(channel, peer.url + path)));
    assert.deepEqual(answers, urls);
    assert.equal(peer.clientPorts.length, 1);
  }
});

Deno.test("a failure is explained as the relay knows it, and with the proxy that was in between", async () => {
  const url = await unreachableServer();
  const words = { ca: "--ca", url: "--url", insecure: "--insecure", http1: "--http1" };
  for (const insecure of [false, true]) {
    for (const proxy of [undefined, { url: "http://u:secret@127.0.0.1:9", from: "HTTPS_PROXY" }]) {
      using channel = await open(url, { insecure, ...(proxy && { proxy }) });
      const thrown = await failureOf(get(channel, `${url}/`));
      const { reason, text } = channel.explain(thrown, words);
      assert.equal(reason, "connection-refused");
      const through = " through the proxy http://127.0.0.1:9 (HTTPS_PROXY)";
      assert.equal(text.endsWith(through), proxy !== undefined, text);
      const isByNode = insecure && proxy === undefined;
      assert.match(text, isByNode ? /ECONNREFUSED/ : /Connection refused/);
    }
  }
});

Deno.test("an authority that is none is refused, and nothing stays open", async () => {
  const caPem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  await assert.rejects(open("https://127.0.0.1:6443", { caPem }), TypeError);
});

Deno.test("disposing it closes the client and removes the relay's directory", async () => {
  await using peer = new ApiPeer(() => new Response("x"));
  await using temporary = await temporaryDirectory();
  const channel = await open(peer.url, { insecure: true });
  assert.equal(await get(channel, `${peer.url}/`), "x");
  assert.equal([...Deno.readDirSync(temporary.path)].length, 1);
  channel[Symbol.dispose]();
  assert.deepEqual([...Deno.readDirSync(temporary.path)], []);
  await assert.rejects(get(channel, `${peer.url}/`));
});

/** Where this process makes its temporary files for now. */
async function temporaryDirectory() {
  const path = await Deno.makeTempDir();
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (before === undefined) Deno.env.delete("TMPDIR");
      else Deno.env.set("TMPDIR", before);
      await Deno.remove(path);
    },
  };
}
