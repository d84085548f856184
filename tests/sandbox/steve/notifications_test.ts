import assert from "node:assert/strict";
import { SteveUnderTest } from "./steve_under_test.ts";

const CHANGES = { resourceType: "configmaps", mode: "resource.changes" };

Deno.test("the first event is notified at once, with its revision and byte for byte", async () => {
  await using steve = await SteveUnderTest.start();
  await using watcher = await steve.open();
  watcher.send({ ...CHANGES, debounceMs: 4_000 });
  assert.equal(
    await watcher.text(),
    '{"name":"resource.start","resourceType":"configmaps","mode":"resource.changes",' +
      '"data":{"type":"subscribe","links":{}}}\n',
  );
  const revision = await steve.createConfigMap("a");
  assert.equal(
    await watcher.text(),
    `{"name":"resource.changes","resourceType":"configmaps","revision":"${revision}",` +
      '"mode":"resource.changes","data":{"type":"subscribe","links":{}}}\n',
  );
});

Deno.test("the shortest waiting time holds for those who ask for a shorter one", async () => {
  const settings = { leastDebounceMs: 60_000 };
  await using steve = await SteveUnderTest.start({ settings });
  await using watcher = await steve.open();
  await watcher.subscribe({ ...CHANGES, debounceMs: 1 });
  await steve.createConfigMap("a");
  await steve.createConfigMap("b");
  assert.deepEqual(await watcher.names(1), ["resource.changes"]);
  assert.deepEqual(await watcher.quiet(), []);
});

Deno.test("events of another namespace or without the label concern nobody else", async () => {
  await using steve = await SteveUnderTest.start();
  await using watcher = await steve.open();
  for (const only of [{ namespace: "default" }, { selector: "wanted=yes" }, { id: "b" }]) {
    await watcher.subscribe({ resourceType: "configmaps", ...only });
  }
  await steve.createConfigMap("a");
  await steve.createConfigMap("b");
  await steve.createConfigMap("c", { wanted: "yes" });
  const told = [await watcher.message(), await watcher.message()];
  assert.deepEqual(told.map(({ data }) => data["id"]), ["scaletest/b", "scaletest/c"]);
  assert.deepEqual(await watcher.quiet(), []);
});

Deno.test("a watch that names a revision is told everything after it", async () => {
  await using steve = await SteveUnderTest.start();
  // The first list makes the cache, and with it the ring.
  await steve.list("/v1/configmaps");
  const revision = await steve.createConfigMap("a");
  await steve.createConfigMap("b");
  await steve.deleteConfigMap("a");
  await using watcher = await steve.open();
  await watcher.subscribe({ resourceType: "configmaps", resourceVersion: revision });
  assert.deepEqual(await watcher.names(2), ["resource.create", "resource.remove"]);
});

Deno.test("a revision that has left the ring is too old", async () => {
  await using steve = await SteveUnderTest.start({ settings: { ringEvents: 3 } });
  await steve.list("/v1/configmaps");
  const revision = await steve.createConfigMap("a");
  await steve.createConfigMap("b");
  await steve.createConfigMap("c");
  await using watcher = await steve.open();
  watcher.send({ ...CHANGES, resourceVersion: revision });
  const messages = [await watcher.message(), await watcher.message(), await watcher.message()];
  assert.deepEqual(messages.map(({ name }) => name), [
    "resource.start",
    "resource.error",
    "resource.stop",
  ]);
  assert.equal(messages[1]?.data.error, "resourceversion too old");
});

Deno.test("a socket gets pings, each as long after the other as is set", async () => {
  await using steve = await SteveUnderTest.start({ settings: { pingPeriodMs: 20 } });
  await using watcher = await steve.open();
  const ping = '{"name":"ping","data":{"type":"subscribe","links":{},"version":""}}\n';
  assert.deepEqual([await watcher.text(), await watcher.text()], [ping, ping]);
});

Deno.test("an event comes to the caches as late as is set", async () => {
  await using steve = await SteveUnderTest.start({ settings: { ingestLagMs: 60_000 } });
  const answer = steve.get("/v1/configmaps");
  await using watcher = await steve.open();
  // The list that fills the cache comes late too, and with it every start.
  watcher.send(CHANGES);
  assert.deepEqual(await watcher.quiet(), []);
  answer.then((late) => late.body?.cancel(), () => {});
});
