import assert from "node:assert/strict";
import { callOf, COLLECTION, Faulty } from "./support.ts";

async function statusesOf(faulty: Faulty, count: number): Promise<number[]> {
  const statuses = [];
  for (let index = 0; index < count; index++) statuses.push((await faulty.create()).status);
  return statuses;
}

Deno.test("a share of the requests is hit, the same ones with the same seed", async () => {
  const [one, same, other] = await Promise.all(
    [5, 5, 6].map((seed) => statusesOf(new Faulty(["429,share=0.2"], { seed }), 1_000)),
  );
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
  const hit = one!.filter((status) => status === 429).length;
  // 200 expected, standard deviation 12.6.
  assert.ok(hit > 140 && hit < 260, `${hit} of 1000`);
});

Deno.test("what a fault does not concern takes no draw from it", async () => {
  const plain = await statusesOf(new Faulty(["429,share=0.5"]), 50);
  const mixed = new Faulty(["429,share=0.5"]);
  const statuses = [];
  for (let index = 0; index < 50; index++) {
    await mixed.answer(callOf("GET", COLLECTION));
    await mixed.answer(callOf("DELETE", `${COLLECTION}/a`));
    statuses.push((await mixed.create()).status);
  }
  assert.deepEqual(statuses, plain);
});

Deno.test("time counts from the first request that is concerned", async () => {
  const faulty = new Faulty(["expired-token,after=2s,for=3s"]);
  await faulty.clock.advance(60_000);
  const statuses: [number, number][] = [];
  for (let second = 0; second <= 6; second++) {
    statuses.push([second, (await faulty.create()).status]);
    await faulty.clock.advance(1_000);
  }
  assert.deepEqual(statuses, [[0, 200], [1, 200], [2, 401], [3, 401], [4, 401], [5, 200], [
    6,
    200,
  ]]);
});

Deno.test("unless told otherwise set-up and clean-up are spared", async () => {
  const faulty = new Faulty(["5xx"]);
  const spared: readonly [string, string][] = [
    ["GET", "/version"],
    ["GET", "/apis/apps/v1"],
    ["POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"],
    ["GET", "/api/v1/namespaces/ns"],
    ["POST", "/api/v1/namespaces"],
    ["DELETE", "/api/v1/namespaces/ns"],
    ["POST", `${COLLECTION}?dryRun=All`],
    ["GET", COLLECTION],
    ["GET", `${COLLECTION}/a`],
    ["DELETE", `${COLLECTION}/a`],
    ["DELETE", COLLECTION],
  ];
  for (const [method, path] of spared) {
    assert.equal((await faulty.answer(callOf(method, path))).status, 200, `${method} ${path}`);
  }
  const hit: readonly [string, string][] = [
    ["POST", COLLECTION],
    ["PATCH", `${COLLECTION}/a`],
    ["PUT", `${COLLECTION}/a`],
    ["GET", `${COLLECTION}?watch=true`],
  ];
  for (const [method, path] of hit) {
    const { status } = await faulty.answer(callOf(method, path));
    assert.ok(status >= 500, `${method} ${path}`);
  }
  assert.deepEqual(faulty.hits, [{ fault: "5xx", concerned: 4, hit: 4 }]);
});

Deno.test("the fault that is named first sees a request first", async () => {
  const refused = new Faulty(["429", "latency=1s"]);
  assert.equal((await refused.create()).status, 429); // at once
  const late = new Faulty(["latency=1s", "429"]);
  const answer = late.create();
  await late.clock.advance(999);
  assert.equal(late.hits[1]?.hit, 0);
  await late.clock.advance(1);
  assert.equal((await answer).status, 429);
});

Deno.test("two faults of one kind have chances of their own", async () => {
  const faulty = new Faulty(["429,share=0.5", "429,share=0.5"]);
  const statuses = await statusesOf(faulty, 400);
  const passed = statuses.filter((status) => status === 200).length;
  // A quarter passes both: 100, standard deviation 8.7. With the same draws it were half.
  assert.ok(passed > 60 && passed < 140, `${passed} of 400`);
});
