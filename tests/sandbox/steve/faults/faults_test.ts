import assert from "node:assert/strict";
import { eventually } from "../../../support/eventually.ts";
import { SteveUnderTest } from "../steve_under_test.ts";

const EVENTS = { resourceType: "configmaps" };

Deno.test("drop keeps back what it is told to, and the subscription lives on", async () => {
  await using steve = await SteveUnderTest.start({ faults: ["drop=1"] });
  await using watcher = await steve.open();
  await watcher.subscribe(EVENTS);
  await steve.createConfigMap("a");
  assert.equal((await steve.list("/v1/configmaps?filter=metadata.name=a")).count, 1);
  assert.deepEqual(await watcher.quiet(), []);
  assert.deepEqual(steve.server.account.faults, [{ fault: "drop=1", concerned: 1, hit: 1 }]);
});

Deno.test("duplicate tells twice", async () => {
  await using steve = await SteveUnderTest.start({ faults: ["duplicate=1"] });
  await using watcher = await steve.open();
  await watcher.subscribe(EVENTS);
  await steve.createConfigMap("a");
  const first = await watcher.text();
  assert.equal(await watcher.text(), first);
  assert.match(first, /^\{"name":"resource.create"/);
});

Deno.test("late tells later, and in order", async () => {
  await using steve = await SteveUnderTest.start({ faults: ["late=1s"] });
  await using watcher = await steve.open();
  await watcher.subscribe(EVENTS);
  await steve.createConfigMap("a");
  await steve.deleteConfigMap("a");
  assert.deepEqual(await watcher.quiet(), []);
  assert.deepEqual(await watcher.names(2), ["resource.create", "resource.remove"]);
});

Deno.test("a late notification does not come after the end of its subscription", async () => {
  await using steve = await SteveUnderTest.start({ faults: ["late=1s"] });
  await using watcher = await steve.open();
  await watcher.subscribe(EVENTS);
  await steve.createConfigMap("a");
  watcher.send({ ...EVENTS, stop: true });
  assert.deepEqual(await watcher.names(1), ["resource.stop"]);
  await watcher.subscribe(EVENTS);
  await steve.createConfigMap("b");
  const { data } = await watcher.message();
  assert.equal(data["id"], "scaletest/b");
});

Deno.test("kill-sockets closes every socket and refuses new ones", async () => {
  await using steve = await SteveUnderTest.start({ faults: ["kill-sockets,after=1s"] });
  await using watcher = await steve.open();
  await using other = await steve.open();
  await Promise.all([watcher.closed, other.closed]);
  await assert.rejects(steve.open(), /503/);
  const [fault] = steve.server.account.faults;
  assert.deepEqual(fault, { fault: "kill-sockets,after=1s", concerned: 3, hit: 3 });
});

Deno.test("kill-sockets lets sockets in again when its time is over", async () => {
  await using steve = await SteveUnderTest.start({ faults: ["kill-sockets,for=0s"] });
  await using first = await steve.open();
  await first.closed;
  await using second = await steve.open();
  await second.subscribe(EVENTS);
});

Deno.test("slow-read answers lists later once a socket is open, and no sooner", async () => {
  await using steve = await SteveUnderTest.start({ faults: ["slow-read=1h"] });
  await steve.list("/v1/configmaps");
  assert.deepEqual(steve.server.account.faults[0]?.hit, 0);
  await using watcher = await steve.open();
  await watcher.quiet();
  let isAnswered = false;
  const list = steve.list("/v1/configmaps").then(() => isAnswered = true, () => {});
  await eventually("the list waits", () => steve.server.account.faults[0]?.hit === 1);
  await steve.get("/metrics");
  assert.equal(isAnswered, false);
  await steve[Symbol.asyncDispose]();
  await list;
});

Deno.test("wal-growth makes the log bigger and bigger", async () => {
  const settings = { metricsRefreshMs: 0 };
  await using steve = await SteveUnderTest.start({ faults: ["wal-growth=1GiB"], settings });
  const walBytes = async () => {
    const text = await (await steve.get("/metrics")).text();
    return Number(/^steve_sqlcache_db_wal_bytes (\d+)$/m.exec(text)?.[1]);
  };
  const before = await walBytes();
  assert.equal(await walBytes(), before);
  await using watcher = await steve.open();
  await watcher.quiet();
  const sizes = [await walBytes(), await walBytes(), await walBytes()];
  assert.ok(sizes.every((size, index) => size > (sizes[index - 1] ?? before)), String(sizes));
});
