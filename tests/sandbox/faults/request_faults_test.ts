import assert from "node:assert/strict";
import { callOf, COLLECTION, Faulty } from "./support.ts";

const REFUSALS: readonly [
  fault: string,
  status: number,
  reason: string | undefined,
  message: string,
][] = [
  ["expired-token", 401, "Unauthorized", "Unauthorized"],
  [
    "forbidden",
    403,
    "Forbidden",
    'configmaps is forbidden: User "someone" cannot create resource "configmaps" in API group "" ' +
    'in the namespace "ns"',
  ],
  [
    "quota",
    403,
    "Forbidden",
    'configmaps "a" is forbidden: exceeded quota: sandbox-fault, requested: count/configmaps=1, ' +
    "used: count/configmaps=0, limited: count/configmaps=0",
  ],
];

for (const [fault, status, reason, message] of REFUSALS) {
  Deno.test(`${fault} refuses as an API server does, and nothing is handled`, async () => {
    const faulty = new Faulty([fault]);
    const answer = await faulty.create();
    const body = await answer.json();
    assert.equal(answer.status, status);
    assert.deepEqual(
      [body.kind, body.code, body.reason, body.message],
      ["Status", status, reason, message],
    );
    assert.deepEqual(faulty.handled, []);
  });
}

Deno.test("429 has the Retry-After of its value and no Status", async () => {
  for (const [fault, seconds] of [["429", "1"], ["429=30", "30"]] as const) {
    const answer = await new Faulty([fault]).create();
    assert.equal(answer.status, 429);
    assert.equal(answer.headers.get("retry-after"), seconds);
    assert.equal(await answer.text(), "Too many requests, please try again later.\n");
  }
});

Deno.test("5xx answers 500, 503 and 504, each with its own Status", async () => {
  const faulty = new Faulty(["5xx"]);
  const codes = new Set<number>();
  for (let index = 0; index < 50; index++) {
    const answer = await faulty.create();
    assert.equal((await answer.json()).code, answer.status);
    codes.add(answer.status);
  }
  assert.deepEqual([...codes].sort(), [500, 503, 504]);
});

Deno.test("quota grants the first N creates, and then no more", async () => {
  const faulty = new Faulty(["quota=2"]);
  const statuses = [];
  for (const name of ["a", "b", "c", "d"]) statuses.push((await faulty.create(name)).status);
  assert.deepEqual(statuses, [200, 200, 403, 403]);
});

Deno.test("latency holds a request up before it is handled", async () => {
  const faulty = new Faulty(["latency=200ms"]);
  const answer = faulty.create();
  await faulty.clock.advance(199);
  assert.deepEqual(faulty.handled, []);
  await faulty.clock.advance(1);
  assert.equal((await answer).status, 200);
  assert.deepEqual(faulty.handled, [COLLECTION]);
});

Deno.test("a reset has a body that fails before its first byte, and nothing is handled", async () => {
  const faulty = new Faulty(["reset"]);
  await assert.rejects((await faulty.create()).text(), /fault reset/);
  assert.deepEqual(faulty.handled, []);
});

Deno.test("a truncated answer was handled and fails after its first half", async () => {
  const faulty = new Faulty(["truncated"]);
  faulty.handler = () => Promise.resolve(new Response("12345678", { status: 201 }));
  const answer = await faulty.create();
  assert.equal(answer.status, 201);
  const reader = answer.body!.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "1234");
  await assert.rejects(reader.read(), /fault truncated/);
  assert.deepEqual(faulty.handled, [COLLECTION]);
});

Deno.test("no-answer answers nothing until the sandbox ends", async () => {
  const faulty = new Faulty(["no-answer"]);
  const ending = new AbortController();
  let isAnswered = false;
  const answer = faulty.answer(callOf("POST", COLLECTION, { signal: ending.signal }));
  void answer.then(() => isAnswered = true);
  await faulty.clock.advance(3_600_000);
  assert.equal(isAnswered, false);
  ending.abort();
  await answer;
  assert.deepEqual(faulty.handled, []);
});

Deno.test("a lost write is handled as a dry run, whose answer is the one of a real create", async () => {
  const faulty = new Faulty(["lost-write"]);
  await faulty.create();
  await faulty.answer(callOf("POST", `${COLLECTION}?fieldManager=x`));
  assert.deepEqual(faulty.handled, [
    `${COLLECTION}?dryRun=All`,
    `${COLLECTION}?fieldManager=x&dryRun=All`,
  ]);
});
