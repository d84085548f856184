/** Users that are dealt out among generators. */
import assert from "node:assert/strict";
import { SERVICE_ACCOUNTS } from "../../../../kube/resource.ts";
import { NUMBERS_OF_GENERATORS } from "../../../support/shares.ts";
import { growTo } from "../../../../probes/maas/frame/grow_to.ts";
import { provisioning } from "./provisioning.ts";

const TIERS = [{ tier: "free", count: 8 }, { tier: "premium", count: 3 }];

/** Of each generator, the names of the users that it has made. */
async function made(count: number): Promise<string[][]> {
  const names: string[][] = [];
  for (let index = 0; index < count; index++) {
    const generator = provisioning({ tiers: TIERS, share: { index, of: count } });
    const users = await generator.users();
    const making = users.makeAll();
    await generator.clock.advance(10_000);
    await making;
    names.push(users.ours(TIERS).map(({ name }) => name));
    assert.equal(users.all.length, names[index]!.length);
    const accounts = generator.cluster.keys(SERVICE_ACCOUNTS).map((key) => key.split("/")[1]);
    assert.deepEqual(accounts.sort(), [...names[index]!].sort());
  }
  return names;
}

Deno.test("users of several generators are together those of one alone, each made once", async () => {
  const [alone] = await made(1);
  assert.deepEqual(alone!.slice(0, 5), [
    "r1-free-1",
    "r1-premium-1",
    "r1-free-2",
    "r1-premium-2",
    "r1-free-3",
  ]);
  for (const count of NUMBERS_OF_GENERATORS) {
    const names = await made(count);
    // By turns: the k-th of all is the k-th generator's, and so on.
    const inOrder = alone!.map((_, index) => names[index % count]![Math.floor(index / count)]);
    assert.deepEqual(inOrder, alone, `${count} generators`);
    assert.equal(names.flat().length, alone!.length);
  }
});

Deno.test("on each level a generator has a user for each of its workers, those of before included", async () => {
  const share = { index: 1, of: 3 };
  const generator = provisioning({ tiers: TIERS, share });
  const users = await generator.users();
  const { run } = generator;
  const levels = [[{ tier: "free", count: 3 }, { tier: "premium", count: 1 }], TIERS];
  const owned: string[][] = [];
  for (const counts of levels) {
    const growing = growTo(users, run, counts);
    await generator.clock.advance(10_000);
    await growing;
    owned.push(users.ours(counts).map(({ name }) => name));
  }
  assert.deepEqual(owned, [
    ["r1-premium-1"],
    ["r1-premium-1", "r1-free-3", "r1-free-5", "r1-free-8"],
  ]);
  assert.equal(users.all.length, 4);
});

Deno.test("further users have other names than those that the tiers are to have", async () => {
  const generator = provisioning({ tiers: TIERS, areFurther: true });
  const users = await generator.users();
  const growing = growTo(users, generator.run, [{ tier: "free", count: 1 }]);
  await generator.clock.advance(10_000);
  await growing;
  assert.deepEqual(users.all.map(({ name }) => name), ["r1-free-9"]);
});
