import assert from "node:assert/strict";
import { acceptanceOf } from "../../../../kube/gateway_api/route_status.ts";
import { AcceptanceBook } from "../../../../probes/gateway/frame/acceptance_book.ts";
import { condition, entry, route } from "../../../kube/gateway_api/written.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const ROUTE = "ns/r1";
const CONTROLLER = "example.com/controller";
const QUERY = { gateway: { namespace: "gw", name: "gw" }, controllerName: CONTROLLER };

function setting() {
  const clock = new FakeClock();
  const told: string[] = [];
  const book = new AcceptanceBook({
    clock,
    staleAfterMs: 2_000,
    onUnversioned: (name, how) => told.push(`${name} ${how} at ${clock.now()}`),
  });
  /** A notification: the route is of one generation, and accepted at another; null: at none. */
  const take = (generation: number, observed: number | null, status = "True", name = ROUTE) => {
    const accepted = condition("Accepted", { generation: observed, status });
    const object = route({ generation, parents: [entry(CONTROLLER, [accepted])] });
    return book.take(name, acceptanceOf(object, QUERY));
  };
  return { clock, book, told, take };
}

Deno.test("a status that advances is late, and not stale, though the route is ahead of it all the time", async () => {
  const { clock, book, told, take } = setting();
  let generation = 1;
  take(generation, 1);
  for (let observed = 1; observed <= 20; observed++) {
    for (let change = 0; change < 10; change++) {
      take(++generation, observed);
      await clock.advance(150);
    }
  }
  assert.deepEqual(told, []);
  assert.equal(book.isAccepted(ROUTE), false);
  take(generation, generation);
  assert.equal(book.isAccepted(ROUTE), true);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a status that does not advance is stale after its time, however often the route changes meanwhile", async () => {
  const { clock, book, told, take } = setting();
  take(1, 1);
  await clock.advance(500);
  for (let generation = 2; generation <= 40; generation++) {
    take(generation, 1);
    await clock.advance(100);
  }
  assert.deepEqual(told, [`${ROUTE} stale at 2500`]);
  assert.equal(book.isUnversioned(ROUTE), true);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a stale status that advances after all is late again, and told anew if it stops once more", async () => {
  const { clock, book, told, take } = setting();
  take(5, 1);
  await clock.advance(2_000);
  assert.equal(book.isUnversioned(ROUTE), true);
  take(5, 2);
  assert.equal(book.isUnversioned(ROUTE), false);
  await clock.advance(2_000);
  assert.deepEqual(told, [`${ROUTE} stale at 2000`, `${ROUTE} stale at 4000`]);
});

Deno.test("a status that says of which generation it is none is told at once, and once", async () => {
  for (const observed of [null, 0]) {
    const { clock, book, told, take } = setting();
    take(1, observed);
    take(2, observed);
    await clock.advance(10_000);
    assert.deepEqual(told, [`${ROUTE} missing at 0`]);
    assert.equal(book.isUnversioned(ROUTE), true);
    take(2, 2);
    assert.equal(book.isUnversioned(ROUTE), false);
  }
});

Deno.test("a route that is refused or gone is waited for no longer", async () => {
  const { clock, book, told, take } = setting();
  take(2, 1);
  take(2, 1, "False");
  assert.equal(clock.sleeperCount, 0);
  take(2, 1);
  book.forget(ROUTE);
  assert.equal(clock.sleeperCount, 0);
  take(2, 1);
  book[Symbol.dispose]();
  await clock.advance(10_000);
  assert.deepEqual(told, []);
});

Deno.test("a writer that goes through many routes leaves none of them stale, until it stops", async () => {
  const { clock, told, take } = setting();
  const names = Array.from({ length: 40 }, (_, index) => `ns/many-${index}`);
  for (const name of names) take(1, 1, "True", name);
  for (const name of names) take(2, 1, "True", name);
  // 200 ms each: the last one but two would have its turn after 7.6 s.
  for (const name of names.slice(0, -2)) {
    await clock.advance(200);
    take(2, 2, "True", name);
  }
  assert.deepEqual(told, []);
  await clock.advance(1_999);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, ["ns/many-38 stale at 9600", "ns/many-39 stale at 9600"]);
});
