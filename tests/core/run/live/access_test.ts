import assert from "node:assert/strict";
import { Access } from "../../../../core/run/live/access.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const TOKEN = "the-right-token-of-the-run";
type What = "shell" | "look" | "change";

interface Case {
  readonly what: What;
  /** As given to `--metrics-addr`. @default 127.0.0.1 */
  readonly listens?: string;
  /** What the browser was asked to open. @default http://127.0.0.1:9376 */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number | "ok";
}

const RIGHT = { authorization: `Bearer ${TOKEN}` };
const WRONG = { authorization: "Bearer another-token-altogether" };
const OUTSIDE = { listens: "0.0.0.0", url: "http://10.1.2.3:9376" };

const CASES: readonly [name: string, of: Case][] = [
  ["the shell on loopback", { what: "shell", status: "ok" }],
  ["looking on loopback", { what: "look", status: "ok" }],
  ["looking on loopback with a wrong token", { what: "look", headers: WRONG, status: 401 }],
  ["a change on loopback without the token", { what: "change", status: 401 }],
  ["a change with a wrong token", { what: "change", headers: WRONG, status: 401 }],
  ["a change with the token", { what: "change", headers: RIGHT, status: "ok" }],
  ["a change with the token as Basic", {
    what: "change",
    headers: { authorization: `Basic ${TOKEN}` },
    status: 401,
  }],
  ["the shell beyond loopback", { ...OUTSIDE, what: "shell", status: "ok" }],
  ["looking beyond loopback", { ...OUTSIDE, what: "look", status: 401 }],
  ["looking beyond loopback with the token", {
    ...OUTSIDE,
    what: "look",
    headers: RIGHT,
    status: "ok",
  }],
  ["a change beyond loopback", { ...OUTSIDE, what: "change", status: 401 }],
  ["a name of a service in front of a pod, with the token", {
    listens: "0.0.0.0",
    url: "http://scaletool.load.svc:9376",
    what: "look",
    headers: RIGHT,
    status: "ok",
  }],
  ["all interfaces, asked by localhost", {
    listens: "0.0.0.0",
    url: "http://localhost:9376",
    what: "look",
    status: 401,
  }],
  ["localhost", { url: "http://localhost:9376", what: "look", status: "ok" }],
  ["IPv6 loopback", { listens: "::1", url: "http://[::1]:9376", what: "look", status: "ok" }],
  ["another port, as forwarded", { url: "http://localhost:8080", what: "look", status: "ok" }],
  ["a name that somebody made lead here", {
    url: "http://rebound.example:9376",
    what: "look",
    status: 403,
  }],
  ["such a name, for the shell", {
    url: "http://rebound.example:9376",
    what: "shell",
    status: 403,
  }],
  ["such a name with the token", {
    url: "http://rebound.example:9376",
    what: "change",
    headers: RIGHT,
    status: 403,
  }],
  ["a name that begins with localhost", {
    url: "http://localhost.rebound.example:9376",
    what: "look",
    status: 403,
  }],
  ["two hosts at once", {
    what: "look",
    headers: { host: "rebound.example" },
    status: 403,
  }],
  ["the own origin", {
    what: "change",
    headers: { ...RIGHT, origin: "http://127.0.0.1:9376", "sec-fetch-site": "same-origin" },
    status: "ok",
  }],
  ["the own origin behind something that takes TLS off", {
    listens: "0.0.0.0",
    url: "http://load.example",
    what: "change",
    headers: { ...RIGHT, origin: "https://load.example" },
    status: "ok",
  }],
  ["another origin with the token", {
    what: "change",
    headers: { ...RIGHT, origin: "http://evil.example" },
    status: 403,
  }],
  ["another port of this machine with the token", {
    what: "change",
    headers: { ...RIGHT, origin: "http://127.0.0.1:8000" },
    status: 403,
  }],
  ["a page without an origin", {
    what: "change",
    headers: { ...RIGHT, origin: "null" },
    status: 403,
  }],
  ["a link to the shell on another page", {
    what: "shell",
    headers: { "sec-fetch-site": "cross-site" },
    status: "ok",
  }],
  ["an image of another page", {
    what: "look",
    headers: { "sec-fetch-site": "cross-site" },
    status: 403,
  }],
  ["a page of another name of the same site", {
    what: "look",
    headers: { "sec-fetch-site": "same-site" },
    status: 403,
  }],
];

function accessOn(hostname: string, clock = new FakeClock()) {
  return { clock, access: new Access({ clock, token: TOKEN, hostname }) };
}

function statusOf(access: Access, { what, url = "http://127.0.0.1:9376", headers = {} }: {
  readonly what: What;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
}, peer = "127.0.0.1"): number | "ok" {
  return access.refusalOf(new Request(url, { headers }), { peer, what })?.status ?? "ok";
}

for (const [name, { status, listens = "127.0.0.1", ...asked }] of CASES) {
  Deno.test(`${name}: ${status}`, () => {
    assert.equal(statusOf(accessOn(listens).access, asked), status);
  });
}

Deno.test("a refusal is one line that quotes no token, and is kept nowhere", async () => {
  const { access } = accessOn("127.0.0.1");
  const request = new Request("http://127.0.0.1:9376", { headers: WRONG });
  const refused = access.refusalOf(request, { peer: "127.0.0.1", what: "change" });
  assert.ok(refused !== undefined);
  assert.equal(
    await refused.text(),
    "Cannot answer to another token than the one that the run has printed\n",
  );
  assert.equal(refused.headers.get("www-authenticate"), 'Bearer realm="scaletool"');
  assert.equal(refused.headers.get("cache-control"), "no-store");
  assert.equal(refused.headers.get("x-content-type-options"), "nosniff");
});

Deno.test("whoever tries out tokens has to wait, and nobody else has", async () => {
  const { clock, access } = accessOn("0.0.0.0");
  const attempt = (headers: Readonly<Record<string, string>>, peer = "10.0.0.1") =>
    statusOf(access, { what: "change", headers }, peer);
  for (let tries = 0; tries < 10; tries++) assert.equal(attempt(WRONG), 401, String(tries));
  assert.equal(attempt(WRONG), 429);
  assert.equal(attempt(RIGHT), 429, "a guess that is right is not told from one that is wrong");
  assert.equal(attempt(RIGHT, "10.0.0.2"), "ok");
  await clock.advance(1_000);
  assert.equal(attempt(WRONG), 401);
  assert.equal(attempt(WRONG), 429);
  await clock.advance(1_000);
  assert.equal(attempt(RIGHT), "ok");
  await clock.advance(60_000);
  for (let tries = 0; tries < 10; tries++) assert.equal(attempt(WRONG), 401, String(tries));
});

Deno.test("asking without a token is no attempt at one", () => {
  const { access } = accessOn("0.0.0.0");
  for (let tries = 0; tries < 100; tries++) assert.equal(statusOf(access, { what: "look" }), 401);
  assert.equal(statusOf(access, { what: "look", headers: RIGHT }), "ok");
});

Deno.test("of a thousand addresses with wrong tokens the oldest is forgotten", () => {
  const { access } = accessOn("0.0.0.0");
  const wrongFrom = (peer: string) => statusOf(access, { what: "look", headers: WRONG }, peer);
  for (let tries = 0; tries < 11; tries++) wrongFrom("first");
  assert.equal(wrongFrom("first"), 429);
  for (let peer = 0; peer < 1_000; peer++) assert.equal(wrongFrom(`peer ${peer}`), 401);
  assert.equal(wrongFrom("first"), 401);
});
