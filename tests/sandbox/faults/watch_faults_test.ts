import assert from "node:assert/strict";
import { FaultyWatch } from "./support.ts";

const THREE = [["ADDED", "a"], ["MODIFIED", "a"], ["BOOKMARK", "-"]] as const;

Deno.test("a stalled watch tells what comes before, then nothing, and does not end", async () => {
  const watch = new FaultyWatch(["stalled-watch=1s"]);
  await watch.open();
  await watch.send(["ADDED", "a"]);
  await watch.clock.advance(1_000);
  await watch.send(["ADDED", "b"], ["BOOKMARK", "-"]);
  await watch.closeByServer();
  await watch.clock.advance(3_600_000);
  assert.deepEqual(watch.events, ["ADDED a"]);
  assert.equal(watch.ended, undefined);
  await watch.leave();
  assert.equal(watch.clock.sleeperCount, 0);
});

Deno.test("a stalled watch ends with the sandbox", async () => {
  const watch = new FaultyWatch(["stalled-watch"]);
  await watch.open();
  await watch.closeByServer();
  await watch.stopSandbox();
  assert.equal(watch.ended, "closed");
});

Deno.test("dropped events are missing, bookmarks are not", async () => {
  const watch = new FaultyWatch(["dropped-event=1"]);
  await watch.open();
  await watch.send(...THREE);
  assert.deepEqual(watch.events, ["BOOKMARK -"]);
});

Deno.test("of many events about the share is dropped, the same ones with the same seed", async () => {
  const runs = [];
  for (const seed of [7, 7, 8]) {
    const watch = new FaultyWatch(["dropped-event=0.25"], { seed });
    await watch.open();
    for (let index = 0; index < 400; index++) await watch.send(["ADDED", String(index)]);
    runs.push(watch.events);
  }
  const [one, same, other] = runs;
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
  // 300 expected, standard deviation 8.7.
  assert.ok(one!.length > 260 && one!.length < 340, `${one!.length} of 400`);
});

Deno.test("duplicate events come twice, bookmarks once", async () => {
  const watch = new FaultyWatch(["duplicate-event=1"]);
  await watch.open();
  await watch.send(...THREE);
  assert.deepEqual(watch.events, [
    "ADDED a",
    "ADDED a",
    "MODIFIED a",
    "MODIFIED a",
    "BOOKMARK -",
  ]);
});

Deno.test("late events keep their distances, however many wait", async () => {
  const watch = new FaultyWatch(["late-event=1s"]);
  await watch.open();
  await watch.send(["ADDED", "a"]);
  await watch.clock.advance(400);
  await watch.send(["ADDED", "b"], ["ADDED", "c"]);
  await watch.clock.advance(599);
  assert.deepEqual(watch.events, []);
  await watch.clock.advance(1);
  assert.deepEqual(watch.events, ["ADDED a"]);
  await watch.clock.advance(399);
  assert.deepEqual(watch.events, ["ADDED a"]);
  await watch.clock.advance(1);
  assert.deepEqual(watch.events, ["ADDED a", "ADDED b", "ADDED c"]);
  await watch.closeByServer();
  assert.equal(watch.ended, "closed");
});

Deno.test("an early close ends the watch in good order, on both sides", async () => {
  const watch = new FaultyWatch(["early-watch-close=2s"]);
  await watch.open();
  await watch.send(["ADDED", "a"]);
  await watch.clock.advance(1_999);
  assert.equal(watch.ended, undefined);
  await watch.clock.advance(1);
  assert.deepEqual([watch.events, watch.ended, watch.isCancelled], [["ADDED a"], "closed", true]);
});

Deno.test("after its time a watch is gone: 410 Expired, and the end", async () => {
  const watch = new FaultyWatch(["gone=2s"]);
  await watch.open();
  await watch.clock.advance(2_000);
  assert.deepEqual([watch.events, watch.ended], [["ERROR Expired"], "closed"]);
  assert.equal(JSON.parse(watch.received[0]!).object.code, 410);
});

Deno.test("a watch that ended before that has ended in good order, and leaves no sleeper", async () => {
  for (const fault of ["gone=2s", "early-watch-close=2s"]) {
    const watch = new FaultyWatch([fault]);
    await watch.open();
    await watch.closeByServer();
    assert.deepEqual([watch.events, watch.ended], [[], "closed"], fault);
    assert.equal(watch.clock.sleeperCount, 0, fault);
  }
});

Deno.test("a client that leaves ends the server's side, whatever the fault", async () => {
  const faults = ["stalled-watch", "dropped-event", "duplicate-event", "late-event", "gone"];
  for (const fault of [...faults, "early-watch-close"]) {
    const watch = new FaultyWatch([fault]);
    await watch.open();
    await watch.send(["ADDED", "a"]);
    await watch.leave();
    assert.equal(watch.isCancelled, true, fault);
    assert.equal(watch.clock.sleeperCount, 0, fault);
  }
});

Deno.test("an event that comes in two pieces is one, and a refused watch stays as it is", async () => {
  const watch = new FaultyWatch(["dropped-event=1"]);
  watch.faulty.handler = () => {
    const [head, tail] = ['{"type":"BOOKMARK","object":', '{"metadata":{"name":"é"}}}\n'];
    const bytes = new TextEncoder().encode(tail);
    return Promise.resolve(
      new Response(ReadableStream.from([
        new TextEncoder().encode(head),
        ...bytes.values().map((byte) => Uint8Array.of(byte)),
      ])),
    );
  };
  await watch.open();
  assert.deepEqual(watch.events, ["BOOKMARK é"]);
  const refused = new FaultyWatch(["gone=0"]);
  refused.faulty.handler = () => Promise.resolve(new Response("no", { status: 403 }));
  await refused.open();
  assert.deepEqual(refused.received, ["no"]);
});
