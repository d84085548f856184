import assert from "node:assert/strict";
import { ApiUnderTest, type Body, CONFIG_MAPS, WatchReader } from "../api_under_test.ts";

const FROM_NOW =
  "watch=1&labelSelector=made&sendInitialEvents=false&resourceVersionMatch=NotOlderThan";

Deno.test("a watch ends when its time is over, and not before", async () => {
  using test = new ApiUnderTest();
  const watch = new WatchReader(await test.send(`${CONFIG_MAPS}?${FROM_NOW}&timeoutSeconds=5`));
  await test.clock.advance(4_999);
  await test.create("a");
  await test.clock.settle();
  assert.deepEqual([watch.isOver, watch.lines], [false, ["ADDED a"]]);
  await test.clock.advance(1);
  await watch.ended;
  await test.create("b");
  assert.deepEqual(watch.lines, ["ADDED a"]);
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("a watch that names no time ends after half an hour to an hour", async () => {
  using test = new ApiUnderTest();
  const watches: WatchReader[] = [];
  for (let count = 0; count < 20; count++) {
    watches.push(new WatchReader(await test.send(`${CONFIG_MAPS}?${FROM_NOW}`)));
  }
  await test.clock.advance(1_799_000);
  assert.equal(watches.some(({ isOver }) => isOver), false);
  await test.clock.advance(901_000);
  const over = watches.filter(({ isOver }) => isOver).length;
  assert.ok(over > 0 && over < 20, `${over} of 20 after 45 minutes`);
  await test.clock.advance(900_000);
  assert.equal(watches.every(({ isOver }) => isOver), true);
});

Deno.test("bookmarks come each period to whoever allows them, with the latest version", async () => {
  using test = new ApiUnderTest({ bookmarkPeriodMs: 10_000 });
  const query = `${FROM_NOW}&timeoutSeconds=60`;
  const told = new WatchReader(
    await test.send(`${CONFIG_MAPS}?${query}&allowWatchBookmarks=true`),
  );
  const untold = new WatchReader(await test.send(`${CONFIG_MAPS}?${query}`));
  await test.clock.advance(9_999);
  assert.deepEqual(told.lines, []);
  const first = test.api.revision;
  await test.clock.advance(1);
  await test.ask("/api/v1/namespaces/default/secrets", {
    method: "POST",
    body: JSON.stringify({ metadata: { name: "other" } }),
  });
  await test.clock.advance(10_000);
  assert.deepEqual(told.lines, [`BOOKMARK ${first}`, `BOOKMARK ${first + 1}`]);
  await test.clock.advance(40_000);
  assert.equal(told.isOver, true);
  assert.deepEqual(untold.lines, []);
});

for (const how of ["the client goes", "the stand-in ends"] as const) {
  Deno.test(`a watch ends when ${how}, and leaves nothing behind`, async () => {
    using test = new ApiUnderTest();
    const client = new AbortController();
    const path = `${CONFIG_MAPS}?${FROM_NOW}&allowWatchBookmarks=true`;
    const watch = new WatchReader(await test.send(path, { signal: client.signal }));
    if (how === "the client goes") client.abort();
    else test.api[Symbol.dispose]();
    await watch.ended;
    await test.clock.settle();
    assert.equal(test.clock.sleeperCount, 0);
  });
}

Deno.test("a cancelled body is a watch that has ended", async () => {
  using test = new ApiUnderTest();
  const answer = await test.send(`${CONFIG_MAPS}?${FROM_NOW}&allowWatchBookmarks=true`);
  await answer.body!.cancel();
  await test.create("a");
  await test.clock.settle();
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("a client that reads nothing is let go at a bound, and the others are not", async () => {
  using test = new ApiUnderTest();
  const slow = await test.send(`${CONFIG_MAPS}?${FROM_NOW}`);
  const fast = new WatchReader(await test.send(`${CONFIG_MAPS}?${FROM_NOW}`));
  const data = { blob: "x".repeat(1_000_000) };
  for (let count = 0; count < 40; count++) await test.create(`big-${count}`, { data });
  await test.clock.settle();
  assert.equal(fast.lines.length, 40);
  assert.equal(fast.isOver, false);
  const events = (await slow.text()).trimEnd().split("\n").length;
  assert.ok(events >= 30 && events < 40, `${events} events`);
});

Deno.test("compaction ends no watch, but refuses to begin one before it", async () => {
  using test = new ApiUnderTest();
  const { metadata: { resourceVersion } } = await test.create("a");
  await test.create("b");
  const open = new WatchReader(await test.send(`${CONFIG_MAPS}?${FROM_NOW}`));
  test.api.compact();
  const floor = test.api.revision;
  const late = new WatchReader(
    await test.send(`${CONFIG_MAPS}?watch=1&resourceVersion=${resourceVersion}`),
  );
  await late.ended;
  assert.deepEqual(late.lines, [
    `ERROR too old resource version: ${resourceVersion} (${floor})`,
  ]);
  const now = new WatchReader(await test.send(`${CONFIG_MAPS}?watch=1&resourceVersion=${floor}`));
  await test.create("c");
  await test.clock.settle();
  assert.deepEqual([open.lines, now.lines], [["ADDED c"], ["ADDED c"]]);
});

Deno.test("the history has a bound: what is older has expired", async () => {
  using test = new ApiUnderTest({ historyLimit: 3 });
  const made: Body[] = [];
  for (const name of ["a", "b", "c", "d", "e"]) made.push(await test.create(name));
  const from = (index: number) => made[index]!.metadata.resourceVersion!;
  const within = new WatchReader(
    await test.send(`${CONFIG_MAPS}?watch=1&resourceVersion=${from(1)}`),
  );
  await test.clock.settle();
  assert.deepEqual(within.lines, ["ADDED c", "ADDED d", "ADDED e"]);
  const before = new WatchReader(
    await test.send(`${CONFIG_MAPS}?watch=1&resourceVersion=${from(0)}`),
  );
  await before.ended;
  assert.deepEqual(before.lines, [`ERROR too old resource version: ${from(0)} (${from(1)})`]);
});
