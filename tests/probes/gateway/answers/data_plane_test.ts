import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { type Clock, SystemClock } from "../../../../core/load/clock.ts";
import { Asker, type ConnectionKind } from "../../../../probes/gateway/answers/data_plane.ts";
import { eventually } from "../../../support/eventually.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { Http1Peer, OK, status } from "../../../support/http1_peer.ts";
import { SilentServer } from "../../../support/silent_server.ts";

const QUESTION = { host: "a.example", path: "/x" };

function asker(
  { port }: { port: number },
  connection: ConnectionKind,
  clock: Clock = new SystemClock(),
) {
  return new Asker({ gateway: "gw/one", address: "127.0.0.1", port }, { clock, connection });
}

/** A port where nobody listens any more. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("fresh: every question has a connection of its own, and the server is asked to close it", async () => {
  using peer = new Http1Peer(() => OK);
  using fresh = asker(peer, "fresh");
  const numbers: number[] = [];
  for (let question = 0; question < 20; question++) {
    const { kind, connection } = await fresh.ask(QUESTION);
    assert.equal(kind, "status");
    numbers.push(connection);
  }
  assert.deepEqual(numbers, Array.from({ length: 20 }, (_, index) => index + 1));
  assert.equal(peer.connections, 20);
  assert.match(
    peer.heads[0] ?? "",
    /^GET \/x HTTP\/1\.1\r\nHost: a\.example\r\nConnection: close\r\n/,
  );
});

Deno.test("fresh: any number of questions at a time", async () => {
  using peer = new Http1Peer(() => OK);
  using fresh = asker(peer, "fresh");
  const answers = await Promise.all(Array.from({ length: 8 }, () => fresh.ask(QUESTION)));
  assert.ok(answers.every(({ kind }) => kind === "status"));
  assert.deepEqual([peer.connections, fresh.opened], [8, 8]);
  const numbers = answers.map(({ connection }) => connection).sort((one, other) => one - other);
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("kept: one connection for all questions, one at a time", async () => {
  using peer = new Http1Peer(() => OK);
  using kept = asker(peer, "kept");
  for (let question = 0; question < 20; question++) {
    assert.equal((await kept.ask(QUESTION)).connection, 1);
  }
  assert.deepEqual([peer.connections, kept.opened], [1, 1]);
  const first = kept.ask(QUESTION);
  await assert.rejects(kept.ask(QUESTION), /asked already/);
  await first;
});

Deno.test("kept: a connection that the server has closed is replaced, and the answer tells it", async () => {
  const replies = [
    { text: OK, then: "close" },
    { text: status(200, "", ["Connection: close"]), then: "keep" },
    { text: OK, then: "keep" },
  ] as const;
  using peer = new Http1Peer(({ connection }) => replies[connection] ?? OK);
  using kept = asker(peer, "kept");
  const numbers: number[] = [];
  for (const _ of [0, 1, 2, 3]) {
    numbers.push((await kept.ask(QUESTION)).connection);
    await eventually("the first connection has ended", () => kept.isOpen === (numbers.length > 2));
  }
  assert.deepEqual(numbers, [1, 2, 3, 3]);
});

Deno.test("kept: a connection that breaks under a question is an answer, and no second question", async () => {
  using peer = new Http1Peer(({ connection, request }) =>
    connection === 0 && request === 1 ? { text: "", then: "close" } : OK
  );
  using kept = asker(peer, "kept");
  const answers = [];
  for (const _ of [0, 1, 2]) answers.push(await kept.ask(QUESTION));
  const told = answers.map((
    one,
  ) => [one.kind === "failed" ? one.reason : one.status, one.connection]);
  assert.deepEqual(told, [[200, 1], ["connection-closed", 1], [200, 2]]);
  assert.equal(peer.heads.length, 3);
});

Deno.test("any status is an answer, with its location, its headers and the head of its body", async () => {
  for (const connection of ["fresh", "kept"] as const) {
    const body = `no healthy\nupstream\u0007 ${"x".repeat(200)}`;
    using peer = new Http1Peer(() => status(503, body, ["Location: /there", "X-Version: 2"]));
    using one = asker(peer, connection);
    const answer = await one.ask(QUESTION);
    assert.equal(answer.kind, "status");
    if (answer.kind !== "status") return;
    assert.deepEqual([answer.status, answer.location], [503, "/there"]);
    assert.equal(answer.headers.get("x-version"), "2");
    assert.equal(answer.bodyHead.length, 120);
    assert.ok(answer.bodyHead.startsWith("no healthy upstream\ufffd xxx"), answer.bodyHead);
    assert.ok(answer.atMs >= answer.askedMs);
    assert.deepEqual(one.tags, { gateway: "gw/one", connection });
  }
});

Deno.test("a refused connection is an answer", async () => {
  using fresh = asker({ port: closedPort() }, "fresh");
  const answer = await fresh.ask(QUESTION);
  assert.deepEqual([answer.kind === "failed" && answer.reason, answer.connection], [
    "connection-refused",
    0,
  ]);
});

Deno.test("a connection that is reset is an answer", async () => {
  const server = createServer((socket) => void socket.once("data", () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  using fresh = asker({ port }, "fresh");
  const answer = await fresh.ask(QUESTION);
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual([answer.kind === "failed" && answer.reason, answer.connection], [
    "connection-reset",
    1,
  ]);
});

Deno.test("what is not HTTP, or ends too early, is an answer", async () => {
  const cases = [
    ["SSH-2.0-x\r\n\r\n", "protocol"],
    ["", "connection-closed"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "truncated"],
  ] as const;
  for (const [text, reason] of cases) {
    using peer = new Http1Peer(() => ({ text, then: "close" }));
    using fresh = asker(peer, "fresh");
    const answer = await fresh.ask(QUESTION);
    assert.equal(answer.kind === "failed" && answer.reason, reason);
  }
});

Deno.test("no answer in 2 s is a timeout on the run's clock, and its connection is not used again", async () => {
  const clock = new FakeClock();
  using server = new SilentServer();
  using kept = asker(server, "kept", clock);
  const asked = kept.ask(QUESTION);
  await server.connected;
  await eventually("it waits", () => kept.isOpen);
  await clock.advance(2_000);
  const answer = await asked;
  assert.equal(answer.kind === "failed" && answer.reason, "timeout");
  assert.deepEqual([answer.askedMs, answer.atMs], [0, 2_000]);
  assert.equal(kept.isOpen, false);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("an aborted question rejects with the signal's reason and leaves no connection", async () => {
  using server = new SilentServer();
  using fresh = asker(server, "fresh");
  const abort = new AbortController();
  const asked = fresh.ask({ ...QUESTION, signal: abort.signal });
  await server.connected;
  abort.abort(new Error("enough"));
  await assert.rejects(asked, /enough/);
  await assert.rejects(fresh.ask({ ...QUESTION, signal: abort.signal }), /enough/);
});

Deno.test("what cannot be asked is the caller's mistake, no answer", async () => {
  using peer = new Http1Peer(() => OK);
  using fresh = asker(peer, "fresh");
  await assert.rejects(fresh.ask({ host: "a", path: "/a b" }), RangeError);
});
