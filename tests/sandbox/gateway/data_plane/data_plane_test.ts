import assert from "node:assert/strict";
import { BACKEND, GatewayUnderTest, PARENT, RULE } from "../gateway_under_test.ts";

function redirect(given: Readonly<Record<string, unknown>>) {
  return { rules: [{ filters: [{ type: "RequestRedirect", requestRedirect: given }] }] };
}

const REDIRECTS: readonly [given: Record<string, unknown>, status: number, location: string][] = [
  [{}, 302, "http://a.example.com:PORT/x?q=1"],
  [{ statusCode: 301, hostname: "b.org" }, 301, "http://b.org:PORT/x?q=1"],
  [{ scheme: "https" }, 302, "https://a.example.com/x?q=1"],
  [{ port: 81 }, 302, "http://a.example.com:81/x?q=1"],
  [
    { path: { type: "ReplaceFullPath", replaceFullPath: "/new" } },
    302,
    "http://a.example.com:PORT/new?q=1",
  ],
];
for (const [given, status, location] of REDIRECTS) {
  Deno.test(`a redirect with ${JSON.stringify(given)} goes to ${location}`, async () => {
    await using under = await GatewayUnderTest.start();
    await under.route("a", redirect(given));
    const { headers } = await under.eventuallyAnswers("a.example.com/x?q=1", status);
    assert.equal(headers["location"], location.replace("PORT", String(under.standIn.ports[0])));
  });
}

Deno.test("headers of the answer are set, added and removed, by the rule and by the backend", async () => {
  await using under = await GatewayUnderTest.start();
  await under.grant();
  const modifier = (responseHeaderModifier: unknown) => ({
    type: "ResponseHeaderModifier",
    responseHeaderModifier,
  });
  await under.route("a", {
    rules: [{
      filters: [modifier({ set: [{ name: "x-set", value: "1" }], remove: ["content-type"] })],
      backendRefs: [{ ...BACKEND, filters: [modifier({ add: [{ name: "x-add", value: "2" }] })] }],
    }],
  });
  const { headers } = await under.eventuallyAnswers("a.example.com/", 200);
  assert.deepEqual([headers["x-set"], headers["x-add"], headers["content-type"]], [
    "1",
    "2",
    undefined,
  ]);
});

Deno.test("each Gateway serves its own routes, and one with both parents is served by both", async () => {
  await using under = await GatewayUnderTest.start();
  await under.grant();
  await under.route("one");
  await under.route("both", { parentRefs: [PARENT, { ...PARENT, name: "other" }] });
  await under.eventuallyAttached(2);
  await under.eventuallyAttached(1, "other");
  await under.eventuallyAnswers("one.example.com/", 200);
  await under.eventuallyAnswers("both.example.com/", 200);
  assert.equal((await under.ask("both.example.com/", { gateway: 1 })).status, 200);
  assert.equal((await under.ask("one.example.com/", { gateway: 1 })).status, 404);
});

Deno.test("a connection is kept over answers of every kind", async () => {
  await using under = await GatewayUnderTest.start();
  await under.grant();
  await under.route("a");
  await under.route("b", { rules: [{ ...RULE, matches: [{ path: { value: "/x" } }] }] });
  for (const [at, status] of [["a.example.com/", 200], ["b.example.com/", 404]] as const) {
    const { headers } = await under.eventuallyAnswers(at, status);
    assert.notEqual(headers["connection"], "close");
  }
  const fresh = await under.ask("a.example.com/", { fresh: true });
  assert.equal(fresh.status, 200);
});

Deno.test("a match other than by path is not supported, and said to be so", async () => {
  await using under = await GatewayUnderTest.start();
  const matches = [{ path: { type: "RegularExpression", value: "/.*" } }];
  await under.route("a", { rules: [{ matches }] });
  assert.equal((await under.conditions("a"))["Accepted"], "False UnsupportedValue");
});
