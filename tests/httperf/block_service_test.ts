import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type BlocksRequest, blocksUrl } from "../../httperf/blocks.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { expectedBody, identity, newClient, PROTOCOLS, startPair } from "./block_server_pair.ts";

const invalid: readonly [string, string][] = [
  ["", "Missing size: expected an integer"],
  [
    "size=5&n=2",
    "Cannot read the period: expected periodMS (milliseconds) or period (microseconds), got neither",
  ],
  ["size=5&size=5&n=2&periodMS=1", "Cannot read size: given 2 times"],
  ["size=abc&n=2&periodMS=1", 'Cannot read size "abc": expected a base-10 integer'],
  ["size=5&n=1.5&periodMS=1", 'Cannot read n "1.5": expected a base-10 integer'],
  ["size=0&n=2&periodMS=1", 'size "0" is too small: expected >= 1'],
  ["size=-5&n=2&periodMS=1", 'size "-5" is too small: expected >= 1'],
  ["size=2000001&n=2&periodMS=1", 'size "2000001" is too large: expected <= 2000000'],
  ["size=5&n=0&periodMS=1", 'n "0" is too small: expected >= 1'],
  ["size=5&n=-1&periodMS=1", 'n "-1" is too small: expected >= 1'],
  ["size=5&n=2&periodMS=-1", 'periodMS "-1" is too small: expected >= 0'],
  [
    "size=5;n=2&periodMS=1",
    'Cannot read query "size=5;n=2&periodMS=1": expected & between parameters, not ;',
  ],
];

for (const protocol of PROTOCOLS) {
  Deno.test(`${protocol}: every invalid request is answered 400 with one line that says why`, async () => {
    await using pair = await startPair(protocol);
    for (const [query, message] of invalid) {
      const response = await pair.get(`/blocks?${query}`);
      assert.equal(await response.text(), `${message}\n`);
      assert.equal(response.status, 400);
      assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    }
    const { total, openStreams } = pair.server.stats();
    assert.equal(total.invalid, invalid.length);
    assert.equal(total.streams, 0);
    assert.equal(openStreams, 0);
  });

  Deno.test(`${protocol}: bodies of any block size are right to the byte, 8 at a time`, async () => {
    await using pair = await startPair(protocol);
    const requests: BlocksRequest[] = [1, 2, 3, 500, 70_000, 300_000, 1_048_576].flatMap((
      sizeBytes,
    ) => [
      { sizeBytes, count: 7, periodMs: 0 },
      { sizeBytes, count: 3, periodMs: 1 },
    ]);
    for (const request of requests) {
      const bodies = await Promise.all(Array.from({ length: 8 }, async () => {
        const response = await fetch(blocksUrl(pair.base, request), { client: pair.client });
        assert.equal(response.status, 200);
        assert.equal(response.headers.get("content-type"), "application/octet-stream");
        return new Uint8Array(await response.arrayBuffer());
      }));
      const expected = expectedBody(request);
      for (const body of bodies) {
        assert.ok(Buffer.compare(body, expected) === 0, `${request.sizeBytes}`);
      }
    }
    await eventually("every response ended", () => pair.server.stats().openStreams === 0);
    const { total } = pair.server.stats();
    const bytesOf = ({ sizeBytes, count }: BlocksRequest) => 8 * sizeBytes * count;
    assert.equal(total.bytes, requests.reduce((sum, request) => sum + bytesOf(request), 0));
    assert.equal(total.completed, 8 * requests.length);
    assert.equal(total.cancelled, 0);
  });

  Deno.test(`${protocol}: the first block comes at once and n blocks take n periods`, async () => {
    const clock = new FakeClock();
    await using pair = await startPair(protocol, { clock });
    const response = await pair.get("/blocks?size=500&n=4&periodMS=150");
    const reader = (response.body ?? assert.fail()).getReader();
    assert.equal((await reader.read()).value?.length, 500, "before any time has passed");
    for (const atMs of [150, 300, 450]) {
      const next = reader.read();
      await clock.advance(atMs - 1 - clock.now());
      assert.equal(pair.server.stats().total.bytes, 500 * atMs / 150, `${atMs - 1} ms`);
      await clock.advance(1);
      assert.equal((await next).value?.length, 500);
    }
    const end = reader.read();
    await clock.advance(149);
    assert.equal(pair.server.stats().total.completed, 0);
    await clock.advance(1);
    assert.ok((await end).done);
  });

  Deno.test(`${protocol}: coalesced, no byte comes before a burst is full`, async () => {
    const clock = new FakeClock();
    await using pair = await startPair(protocol, { clock, flush: "coalesce" });
    const response = await pair.get("/blocks?size=1000&n=5&periodMS=30");
    const reader = (response.body ?? assert.fail()).getReader();
    const first = reader.read();
    await clock.advance(119);
    assert.equal(pair.server.stats().total.bytes, 0, "block 4 is the one that fills the burst");
    await clock.advance(1);
    assert.equal((await first).value?.length, 4096);
    await reader.cancel();
  });

  Deno.test(`${protocol}: a period in microseconds sends every block that is due`, async () => {
    const clock = new FakeClock();
    await using pair = await startPair(protocol, { clock });
    const response = await pair.get("/blocks?size=10&n=1000&period=100");
    const body = response.arrayBuffer();
    await clock.advance(99);
    assert.equal(pair.server.stats().total.completed, 0);
    await clock.advance(1);
    assert.equal((await body).byteLength, 10_000);
  });

  Deno.test(`${protocol}: HEAD answers the headers at once without a body or a stream`, async () => {
    await using pair = await startPair(protocol);
    const response = await pair.get("/blocks?size=500&n=100&periodMS=1000", { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-length"), "50000");
    assert.equal(response.headers.get("content-type"), "application/octet-stream");
    assert.equal(await response.text(), "");
    assert.equal(pair.server.stats().total.streams, 0);
  });

  Deno.test(`${protocol}: the length is announced only where nothing follows the last byte`, async () => {
    await using pair = await startPair(protocol);
    const cases = [["periodMS=0", "500"], ["periodMS=1", null]] as const;
    for (const [period, expected] of cases) {
      const response = await pair.get(`/blocks?size=100&n=5&${period}`);
      await response.arrayBuffer();
      assert.equal(response.headers.get("content-length"), expected);
    }
  });

  Deno.test(`${protocol}: a posted form and the query count together, and every method works`, async () => {
    await using pair = await startPair(protocol);
    const form = (text: string) => ({
      method: "POST",
      body: text,
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    });
    const cases: readonly [string, RequestInit, number][] = [
      ["/blocks", form("size=4&n=2&periodMS=0"), 200],
      ["/blocks?size=4&n=2", form("periodMS=0"), 200],
      ["/blocks?size=4&n=2", form("periodMS=0&n=2"), 400],
      ["/blocks?size=4&n=2", form("periodMS=0;x=1"), 400],
      ["/blocks", form(`size=4&n=2&periodMS=0&x=${"x".repeat(70_000)}`), 400],
      ["/blocks?size=4&n=2&periodMS=0", { method: "POST", body: "size=9" }, 200],
      ["/blocks?size=4&n=2&periodMS=0", { method: "DELETE" }, 200],
      ["/blocks?size=4&n=2&periodMS=0", { method: "PUT" }, 200],
    ];
    for (const [path, init, status] of cases) {
      const response = await pair.get(path, init);
      const body = new Uint8Array(await response.arrayBuffer());
      assert.equal(response.status, status, path);
      if (status === 200) assert.deepEqual([...body], [65, 0, 0, 90, 65, 0, 0, 90]);
    }
  });

  Deno.test(`${protocol}: a slow reader holds the server back, and its going is counted`, async () => {
    await using pair = await startPair(protocol);
    const aborter = new AbortController();
    const path = "/blocks?size=1000000&n=1000&periodMS=0&client=slow";
    const response = await pair.get(path, { signal: aborter.signal });
    const reader = (response.body ?? assert.fail()).getReader();
    await reader.read();
    // Held back = not a byte more while others are answered.
    let bytes = 0;
    await eventually("the server stands still", async () => {
      const before = bytes;
      using other = newClient(protocol);
      for (let request = 0; request < 20; request++) {
        await (await fetch(`${pair.base}/healthz`, { client: other })).text();
      }
      bytes = pair.server.stats().total.bytes;
      return bytes === before;
    });
    assert.ok(bytes < 100_000_000, `${bytes} of 1,000,000,000 bytes handed over`);
    assert.equal(pair.server.stats().openStreams, 1);
    aborter.abort();
    await eventually("the stream is gone", () => pair.server.stats().openStreams === 0);
    const { total, clients } = pair.server.stats();
    assert.equal(total.cancelled, 1);
    assert.equal(total.completed, 0);
    assert.ok(total.bytes >= bytes && total.bytes < 100_000_000);
    assert.equal(clients["slow"]?.cancelled, 1);
    assert.deepEqual(pair.events.map(({ kind }) => kind), ["opened", "ended"]);
  });

  Deno.test(`${protocol}: a client that goes between two blocks is counted and nothing fails`, async () => {
    await using pair = await startPair(protocol);
    const aborter = new AbortController();
    const path = "/blocks?size=500&n=100&periodMS=60000";
    const response = await pair.get(path, { signal: aborter.signal });
    await (response.body ?? assert.fail()).getReader().read();
    aborter.abort();
    await eventually("cancelled", () => pair.server.stats().total.cancelled === 1);
    assert.equal(pair.server.stats().total.bytes, 500);
    assert.deepEqual(pair.events.map(({ kind }) => kind), ["opened", "ended"]);
  });

  Deno.test(`${protocol}: more streams than allowed are turned away and room is made again`, async () => {
    await using pair = await startPair(protocol, { maxStreams: 2 });
    const path = "/blocks?size=5&n=2&periodMS=60000";
    const open = await Promise.all([pair.get(path), pair.get(path)]);
    const third = await pair.get(path);
    assert.equal(third.status, 503);
    assert.equal(
      await third.text(),
      "Too many open streams: at most 2 are served at a time\n",
    );
    assert.equal(pair.server.stats().total.rejected, 1);
    assert.equal((await pair.get(path, { method: "HEAD" })).status, 200);
    await open[0]?.body?.cancel();
    await eventually("one is gone", () => pair.server.stats().openStreams === 1);
    const fourth = await pair.get(path);
    assert.equal(fourth.status, 200);
    await fourth.body?.cancel();
    await open[1]?.body?.cancel();
  });

  Deno.test(`${protocol}: each client has its own counters, named by query, header or address`, async () => {
    await using pair = await startPair(protocol);
    const headers = { "x-scaletool-run": "run-7" };
    const paths: readonly [string, RequestInit][] = [
      ["/blocks?size=10&n=1&periodMS=0&client=pod-1", { headers }],
      ["/blocks?size=10&n=2&periodMS=0", { headers }],
      ["/blocks?size=10&n=3&periodMS=0", {}],
      ["/blocks?size=bad&client=pod-1", {}],
    ];
    for (const [path, init] of paths) await (await pair.get(path, init)).arrayBuffer();
    await eventually("three responses ended", () => pair.server.stats().total.completed === 3);
    const account = { cancelled: 0, rejected: 0, invalid: 0 };
    const response = await pair.get("/stats");
    const stats = await response.json();
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual(stats.clients, {
      "pod-1": { ...account, bytes: 10, streams: 1, completed: 1, invalid: 1 },
      "run-7": { ...account, bytes: 20, streams: 1, completed: 1 },
      "127.0.0.1": { ...account, bytes: 30, streams: 1, completed: 1 },
    });
    assert.deepEqual(stats.total, { ...account, bytes: 60, streams: 3, completed: 3, invalid: 1 });
    assert.equal(stats.openStreams, 0);
    assert.ok(stats.elapsedMs > 0);
  });

  Deno.test(`${protocol}: health and unknown paths`, async () => {
    await using pair = await startPair(protocol);
    const answers: readonly [string, number, string][] = [
      ["/healthz", 200, "ok\n"],
      ["/nowhere", 404, "No such path: expected /blocks, /healthz or /stats\n"],
      ["/blocks/", 404, "No such path: expected /blocks, /healthz or /stats\n"],
    ];
    for (const [path, status, text] of answers) {
      const response = await pair.get(path);
      assert.equal(await response.text(), text);
      assert.equal(response.status, status);
      assert.match(response.headers.get("date") ?? "", / GMT$/);
    }
  });
}

Deno.test("a client that goes in the middle of its form harms nobody", async () => {
  await using pair = await startPair("HTTP/1.1");
  const { port } = pair.server;
  const options = { hostname: "127.0.0.1", port, caCerts: [identity.caPem] };
  const connection = await Deno.connectTls(options);
  const head = "POST /blocks?client=gone HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n" +
    "content-type: application/x-www-form-urlencoded\r\nexpect: 100-continue\r\n\r\n";
  await connection.write(new TextEncoder().encode(head));
  const answer = new Uint8Array(100);
  const length = await connection.read(answer) ?? 0;
  // So it is the body that the server waits for.
  assert.match(new TextDecoder().decode(answer.subarray(0, length)), /^HTTP\/1\.1 100 /);
  await connection.write(new TextEncoder().encode("size=5"));
  connection.close();
  await eventually("the broken form is counted", () => pair.server.stats().total.invalid === 1);
  assert.equal(pair.server.stats().clients["gone"]?.invalid, 1);
  assert.deepEqual(pair.events.map(({ kind }) => kind), ["refused"]);
  assert.equal(await (await pair.get("/healthz")).text(), "ok\n");
});
