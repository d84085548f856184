import assert from "node:assert/strict";
import { ApiUnderTest, type Body, CONFIG_MAPS } from "../api_under_test.ts";

const MADE = `${CONFIG_MAPS}?labelSelector=made`;

function namesOf({ items = [] }: Body): (string | undefined)[] {
  return items.map(({ metadata }) => metadata.name);
}

Deno.test("a token that has expired comes with one that goes on without consistency", async () => {
  using test = new ApiUnderTest();
  for (const name of ["a", "b", "c"]) await test.create(name);
  const first = await test.ask(`${MADE}&limit=1`);
  await test.remove("b");
  await test.create("b2");
  test.api.compact();
  const late = await test.ask(`${MADE}&limit=1&continue=${first.body.metadata.continue}`);
  assert.equal(late.status, 410);
  assert.equal(late.body.reason, "Expired");
  assert.match(late.body.message!, /^The provided continue parameter is too old to display/);
  const rest = await test.ask(`${MADE}&continue=${late.body.metadata.continue}`);
  assert.deepEqual(namesOf(rest.body), ["b2", "c"]);
});

Deno.test("an exact list from before the history is refused", async () => {
  using test = new ApiUnderTest();
  const { metadata: { resourceVersion } } = await test.create("a");
  await test.create("b");
  test.api.compact();
  const exact = `${MADE}&resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
  const { status, body } = await test.ask(exact);
  assert.deepEqual([status, body.message], [
    410,
    "The resourceVersion for the provided list is too old.",
  ]);
});

Deno.test("a list waits 3 s for a version that is yet to come", async () => {
  using test = new ApiUnderTest();
  const wanted = test.api.revision + 1;
  const path = `${MADE}&resourceVersion=${wanted}`;
  const early = test.ask(path);
  await test.clock.advance(2_999);
  await test.create("a");
  await test.clock.advance(1);
  assert.deepEqual(namesOf((await early).body), ["a"]);
  const never = test.ask(`${MADE}&resourceVersion=${wanted + 1}`);
  await test.clock.advance(3_000);
  const { status, body } = await never;
  assert.equal(status, 504);
  assert.equal(
    body.message,
    `Timeout: Too large resource version: ${wanted + 1}, current: ${wanted}`,
  );
});

for (
  const [token, message] of [
    ["eyJ2IjoieCJ9", 'server does not recognize this encoded version "x"'],
    ["eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ", "incorrect encoded start resourceVersion"],
  ] as const
) {
  Deno.test(`the continue token ${token} is refused`, async () => {
    using test = new ApiUnderTest();
    const { status, body } = await test.ask(`${MADE}&continue=${token}`);
    assert.deepEqual([status, body.message], [
      400,
      `invalid continue token: continue key is not valid: ${message}`,
    ]);
  });
}
