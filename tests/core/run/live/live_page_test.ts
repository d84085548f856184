import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { LivePage } from "../../../../core/run/live/live_page.ts";
import { CannotChangeError } from "../../../../core/run/steering.ts";
import type { Change } from "../../../../core/run_log/change.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { GrowingRun } from "./moments.ts";

const TOKEN = "the-right-token-of-the-run";
const HOST = "http://127.0.0.1:9376";
const JSON_TYPE = { "content-type": "application/json" };
const RIGHT = { authorization: `Bearer ${TOKEN}` };

function mounted({ hostname = "127.0.0.1" } = {}) {
  const run = new GrowingRun();
  run.goOn();
  const changes: [Change, by: string][] = [];
  const steering = {
    change(change: Change, by: string) {
      if (change.kind === "pause") return Promise.reject(new CannotChangeError("Cannot pause it"));
      if (change.kind === "resume") return Promise.reject(new Error("broken"));
      changes.push([change, by]);
      return Promise.resolve("rate 200/s");
    },
  };
  const page = new LivePage({
    clock: new FakeClock(),
    token: TOKEN,
    hostname,
    steering,
    look: () => run.look(),
  });
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await page.answer(new Request(`${HOST}${path}`, init), "127.0.0.1");
    assert.ok(answer !== undefined, `${path} is not the page's`);
    return answer;
  };
  const change = (body: BodyInit, headers: HeadersInit = { ...JSON_TYPE, ...RIGHT }) =>
    ask("/live/change", { method: "POST", body, headers });
  return { page, ask, change, changes };
}

Deno.test("the page itself is the same for every run, and tells nothing of one", async () => {
  const { ask } = mounted();
  const response = await ask("/");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  const html = await response.text();
  assert.equal(html, await (await mounted().ask("/")).text());
  assert.doesNotMatch(html, /httperf|8443/);
});

Deno.test("only the scripts and styles that are in the page may run, and nothing from elsewhere", async () => {
  const { ask } = mounted();
  const response = await ask("/");
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.doesNotMatch(policy, /unsafe|\*|http/);
  const directives = new Map(
    policy.split("; ").map((directive): [string, string[]] => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources];
    }),
  );
  for (const name of ["default-src", "base-uri", "form-action", "frame-ancestors"]) {
    assert.deepEqual(directives.get(name), ["'none'"], name);
  }
  assert.deepEqual(directives.get("connect-src"), ["'self'"]);
  const html = await response.text();
  const hashesOf = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, "g"))].map(([, text]) =>
      `'sha256-${createHash("sha256").update(text ?? "").digest("base64")}'`
    );
  assert.deepEqual(directives.get("script-src"), hashesOf("script"));
  assert.deepEqual(directives.get("style-src"), hashesOf("style"));
  assert.ok(hashesOf("script").length === 4 && hashesOf("style").length === 3);
  assert.doesNotMatch(
    html.replace(/<(script|style)[\s\S]*?<\/\1>/g, ""),
    / (?:on\w+|style|src|href)=/,
  );
});

Deno.test("every answer is kept nowhere, framed by nobody and taken for nothing else", async () => {
  const { page, ask, change } = mounted();
  const answers = [
    await ask("/"),
    await ask("/", { method: "DELETE" }),
    await ask("/live/events"),
    await ask("/live/events", { method: "OPTIONS" }),
    await change("{}"),
    await change("{}", {}),
    await change(JSON.stringify({ kind: "stop" })),
  ];
  for (const { headers } of answers) {
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
    assert.equal(headers.get("access-control-allow-origin"), null);
    assert.equal(headers.get("set-cookie"), null);
  }
  await page.end();
});

const METHODS: readonly [path: string, method: string, status: number, allow: string | null][] = [
  ["/", "HEAD", 200, null],
  ["/", "OPTIONS", 204, "GET, HEAD, OPTIONS"],
  ["/", "POST", 405, "GET, HEAD, OPTIONS"],
  ["/live/events", "HEAD", 200, null],
  ["/live/events", "PUT", 405, "GET, HEAD, OPTIONS"],
  ["/live/change", "GET", 405, "POST, OPTIONS"],
  ["/live/change", "HEAD", 405, "POST, OPTIONS"],
  ["/live/change", "OPTIONS", 204, "POST, OPTIONS"],
];

for (const [path, method, status, allow] of METHODS) {
  Deno.test(`${method} ${path} is ${status}`, async () => {
    const { page, ask } = mounted();
    const response = await ask(path, { method });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("allow"), allow);
    if (method === "HEAD" && status === 200) assert.equal(response.body, null);
    assert.equal(page.viewerCount, 0);
  });
}

Deno.test("other paths are not the page's", () => {
  const { page } = mounted();
  for (
    const path of ["/metrics", "/healthz", "/debug/pprof/", "/live", "/live/", "/live/x", "//"]
  ) {
    assert.equal(page.answer(new Request(`${HOST}${path}`), "127.0.0.1"), undefined, path);
  }
});

Deno.test("events are a stream of them, for so many and no more", async () => {
  const { page, ask } = mounted();
  const first = await ask("/live/events");
  assert.equal(first.headers.get("content-type"), "text/event-stream; charset=utf-8");
  for (let more = 0; more < 15; more++) assert.equal((await ask("/live/events")).status, 200);
  const refused = await ask("/live/events");
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "5");
  assert.equal(await refused.text(), "Cannot show it to more than 16 at a time\n");
  await first.body?.cancel();
  assert.equal((await ask("/live/events")).status, 200);
  await page.end();
});

Deno.test("beyond loopback nothing of the run is told without the token", async () => {
  const { page, ask } = mounted({ hostname: "0.0.0.0" });
  assert.equal((await ask("/")).status, 200);
  assert.equal((await ask("/live/events")).status, 401);
  assert.equal((await ask("/live/events", { method: "HEAD" })).status, 401);
  assert.equal((await ask("/live/events", { headers: RIGHT })).status, 200);
  await page.end();
});

Deno.test("a change is asked of the run by the page, and answered with what is so now", async () => {
  const { change, changes } = mounted();
  const response = await change(JSON.stringify({ kind: "rate", ratePerSec: 200 }));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { now: "rate 200/s" });
  assert.deepEqual(changes, [[{ kind: "rate", ratePerSec: 200 }, "page"]]);
});

const BAD: readonly [
  what: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  status: number,
  line: RegExp,
][] = [
  ["without the token", '{"kind":"stop"}', JSON_TYPE, 401, /without the token/],
  ["of a form", "kind=stop", { ...RIGHT, "content-type": "text/plain" }, 415, /application\/json/],
  ["without a type", '{"kind":"stop"}', RIGHT, 415, /application\/json/],
  ["that is no JSON", "{", { ...JSON_TYPE, ...RIGHT }, 400, /^Cannot read the change: /],
  ["of no kind", "{}", { ...JSON_TYPE, ...RIGHT }, 400, /^Cannot read the change: kind: /],
  [
    "to a rate below 0",
    '{"kind":"rate","ratePerSec":-1}',
    { ...JSON_TYPE, ...RIGHT },
    400,
    /ratePerSec: /,
  ],
  [
    "to a rate that is none",
    '{"kind":"rate","ratePerSec":"fast"}',
    { ...JSON_TYPE, ...RIGHT },
    400,
    /ratePerSec: /,
  ],
  [
    "that is far too long",
    JSON.stringify({ kind: "mark", text: "x".repeat(5_000) }),
    { ...JSON_TYPE, ...RIGHT },
    413,
    /at most 4096 bytes/,
  ],
  [
    "that the load does not have",
    '{"kind":"pause"}',
    { ...JSON_TYPE, ...RIGHT },
    409,
    /^Cannot pause it\n$/,
  ],
  ["that breaks", '{"kind":"resume"}', { ...JSON_TYPE, ...RIGHT }, 500, /^broken\n$/],
];

for (const [what, body, headers, status, line] of BAD) {
  Deno.test(`a change ${what} is ${status} with one line, and asks nothing`, async () => {
    const { change, changes } = mounted();
    const response = await change(body, headers);
    assert.equal(response.status, status);
    const text = await response.text();
    assert.match(text, line);
    assert.match(text, /^[^\n]+\n$/);
    assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.deepEqual(changes, []);
  });
}
