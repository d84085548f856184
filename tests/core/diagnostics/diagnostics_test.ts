import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { CannotRunError, UsageError } from "../../../core/errors.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import {
  diagnosticsHandler,
  type DiagnosticsHandlerOptions,
  startDiagnostics,
} from "../../../core/diagnostics/diagnostics.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const METRICS = "# TYPE up gauge\nup 1\n";
const COMMAND_LINE = ["scaletool", "httperf", "--token", "REDACTED"];
const PLAIN = "text/plain; charset=utf-8";

/** A handler on a clock that stands still, and what it needs to be asked. */
function mounted(options: Partial<DiagnosticsHandlerOptions> = {}) {
  const clock = new FakeClock();
  const handle = diagnosticsHandler({
    clock,
    metrics: () => METRICS,
    commandLine: COMMAND_LINE,
    heapSampling: {
      takeProfile: () => Promise.resolve(new Uint8Array([1, 2, 3])),
      close: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    ...options,
  });
  const get = (path: string, init?: RequestInit) =>
    handle(new Request(`http://127.0.0.1:9376${path}`, init));
  return { clock, get };
}

/** A server on any free port of its own. */
function started(address = ":0") {
  const clock = new SystemClock();
  return startDiagnostics({ address, clock, metrics: () => METRICS, commandLine: COMMAND_LINE });
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  assert.equal(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
}

Deno.test("the plain pages say what they are for", async () => {
  const { get } = mounted();
  const pages: [string, string, string][] = [
    ["/healthz", PLAIN, "ok\n"],
    ["/metrics", "text/plain; version=0.0.4; charset=utf-8", METRICS],
    ["/debug/pprof/cmdline", PLAIN, "scaletool\0httperf\0--token\0REDACTED"],
  ];
  for (const [path, type, text] of pages) {
    const response = await get(path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("content-type"), type);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(await response.text(), text);
  }
});

Deno.test("every link of the index leads somewhere", async () => {
  const { clock, get } = mounted();
  const response = await get("/debug/pprof/");
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  const links = [...(await response.text()).matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
  assert.deepEqual(links, [
    "/debug/pprof/profile?seconds=30",
    "/debug/pprof/heap",
    "/debug/pprof/cmdline",
  ]);
  for (const link of links) {
    const response = await get(link ?? "");
    await clock.advance(30_000);
    assert.ok((await bodyOf(response)).length > 0, link);
  }
});

Deno.test("the index is found without its last slash", async () => {
  const response = await mounted().get("/debug/pprof");
  assert.deepEqual([response.status, response.headers.get("location")], [307, "/debug/pprof/"]);
});

Deno.test("a path that is not there is 404 and says what is", async () => {
  for (const path of ["/", "/metrics/", "/debug/fgprof"]) {
    const response = await mounted().get(path);
    assert.equal(response.status, 404, path);
    assert.equal(
      await response.text(),
      `Cannot find ${path}: there are /metrics, /healthz, /debug/pprof/\n`,
    );
  }
});

Deno.test("what continuous profilers ask a Go program for is a profile or says why there is none", async () => {
  const { get } = mounted();
  const below = "there are profile, heap and cmdline below /debug/pprof/\n";
  const reasons: [name: string, why: RegExp][] = [
    ["allocs", /^V8 forgets .*; heap has those that are alive; /],
    ["block", /loopLag in \/metrics/],
    ["mutex", /loopLag in \/metrics/],
    ["goroutine", /profile shows what it does/],
    ["threadcreate", /does not tell/],
    ["symbol", /names in the profiles/],
    ["trace", /no execution trace/],
    ["delta_heap", /^there are/],
    ["profile/x", /^there are/],
    ["constructor", /^there are/],
  ];
  const index = await (await get("/debug/pprof/")).text();
  for (const [name, why] of reasons) {
    const path = `/debug/pprof/${name}`;
    const response = await get(path);
    assert.deepEqual([response.status, response.headers.get("content-type")], [404, PLAIN]);
    const text = await response.text();
    const start = `Cannot find ${path}: `;
    assert.ok(text.startsWith(start) && text.endsWith(below), text);
    const reason = text.slice(start.length);
    assert.match(reason, why);
    if (!reason.startsWith("there are")) {
      assert.ok(index.includes(`<li>${name}: ${reason.slice(0, -below.length - 2)}</li>`), name);
    }
  }
  assert.equal((await get("/debug/pprof/heap")).status, 200);
});

Deno.test("only GET and HEAD are allowed", async () => {
  const { get } = mounted();
  const response = await get("/metrics", { method: "POST", body: "up 2" });
  assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
  assert.equal(await response.text(), "Cannot POST here: only GET and HEAD\n");
  assert.equal((await get("/metrics", { method: "HEAD" })).status, 200);
});

Deno.test("a heap profile is a file to download", async () => {
  const response = await mounted().get("/debug/pprof/heap");
  assert.equal(response.headers.get("content-type"), "application/octet-stream");
  assert.equal(response.headers.get("content-disposition"), 'attachment; filename="heap"');
  assert.deepEqual(await bodyOf(response), new Uint8Array([1, 2, 3]));
});

Deno.test("seconds that are no whole number from 1 to 300 are refused", async () => {
  const { get } = mounted();
  const wrong = ["", "0", "301", "-1", "1.5", "1e2", "abc", "0x10", "1&seconds=2", "9999999999"];
  for (const seconds of wrong) {
    const response = await get(`/debug/pprof/profile?seconds=${seconds}`);
    assert.equal(response.status, 400, seconds);
    assert.equal(response.headers.get("content-type"), PLAIN);
    assert.equal(
      await response.text(),
      `Cannot profile for seconds=${seconds}: expected one whole number from 1 to 300\n`,
    );
  }
});

for (const [query, durationMs] of [["?seconds=300", 300_000], ["", 30_000]] as const) {
  Deno.test(`profile${query} takes ${durationMs} ms and not less`, async () => {
    const { clock, get } = mounted();
    const response = await get(`/debug/pprof/profile${query}`);
    assert.equal(response.headers.get("content-disposition"), 'attachment; filename="profile"');
    const answering = bodyOf(response);
    await clock.advance(durationMs - 1);
    assert.equal(clock.sleeperCount, 1);
    await clock.advance(1);
    assert.equal(clock.sleeperCount, 0);
    assert.equal(Profile.decode(gunzipSync(await answering)).sampleType.length, 2);
  });
}

Deno.test("a second CPU profile is 409, from whichever server, and says when to try again", async () => {
  const { clock, get } = mounted();
  const elsewhere = mounted({ clock });
  const response = await get("/debug/pprof/profile?seconds=10");
  await clock.advance(2_500);
  for (const ask of [get, elsewhere.get]) {
    const refused = await ask("/debug/pprof/profile?seconds=1");
    assert.equal(refused.status, 409);
    assert.equal(refused.headers.get("retry-after"), "8");
    assert.equal(
      await refused.text(),
      "Cannot take a CPU profile: another one is being taken; it ends in 8 s, try again then\n",
    );
  }
  await clock.advance(7_500);
  await bodyOf(response);
});

Deno.test("a client that goes away frees the profiler for the next one", async () => {
  const { clock, get } = mounted();
  const abandoned = await get("/debug/pprof/profile?seconds=300");
  await abandoned.body?.cancel();
  const response = await get("/debug/pprof/profile?seconds=1");
  await clock.advance(1_000);
  await bodyOf(response);
});

Deno.test("HEAD takes no profile", async () => {
  const { clock, get } = mounted();
  const response = await get("/debug/pprof/profile", { method: "HEAD" });
  assert.deepEqual([response.status, response.body, clock.sleeperCount], [200, null, 0]);
});

Deno.test("a broken source of metrics is 500 with its message", async () => {
  const metrics = () => {
    throw new Error("Cannot render metrics: no run");
  };
  const response = await mounted({ metrics }).get("/metrics");
  assert.equal(response.status, 500);
  assert.equal(await response.text(), "Cannot render metrics: no run\n");
});

Deno.test("a server answers on loopback, with real profiles, until it is closed", async () => {
  const diagnostics = await started();
  assert.match(diagnostics.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.equal(await (await fetch(`${diagnostics.url}/metrics`)).text(), METRICS);
  const heap = await bodyOf(await fetch(`${diagnostics.url}/debug/pprof/heap`));
  assert.ok(Profile.decode(gunzipSync(heap)).stringTable.strings.includes("inuse_space"));
  await diagnostics.close();
  await assert.rejects(fetch(`${diagnostics.url}/metrics`), TypeError);
});

Deno.test("closing the server answers the CPU profile that is being taken", async () => {
  const diagnostics = await started();
  const response = await fetch(`${diagnostics.url}/debug/pprof/profile?seconds=300`);
  await diagnostics.close();
  const profile = Profile.decode(gunzipSync(await bodyOf(response)));
  assert.ok(Number(profile.durationNanos) < 300e9, `took ${profile.durationNanos} ns`);
});

Deno.test("the server notices that the client of a profile has gone", async () => {
  await using diagnostics = await started();
  const url = `${diagnostics.url}/debug/pprof/profile?seconds=`;
  await (await fetch(`${url}300`)).body?.cancel();
  let next = await fetch(`${url}1`);
  for (let tries = 0; next.status === 409; next = await fetch(`${url}1`), tries++) {
    assert.ok(tries < 2_000, "the profile of nobody goes on");
    await next.body?.cancel();
  }
  assert.equal(next.status, 200);
  await next.body?.cancel();
});

Deno.test("each form of address is listened on as it says", async () => {
  const forms: [string, RegExp][] = [
    ["0", /^http:\/\/127\.0\.0\.1:\d+$/],
    [":0", /^http:\/\/127\.0\.0\.1:\d+$/],
    ["0.0.0.0:0", /^http:\/\/0\.0\.0\.0:\d+$/],
    ["[::1]:0", /^http:\/\/\[::1\]:\d+$/],
  ];
  for (const [address, url] of forms) {
    await using diagnostics = await started(address);
    assert.match(diagnostics.url, url);
    assert.equal(await (await fetch(`${diagnostics.url}/healthz`)).text(), "ok\n");
  }
});

Deno.test("a taken port is named in the error, and nothing is left behind", async () => {
  await using first = await started();
  const { port } = new URL(first.url);
  await assert.rejects(started(`:${port}`), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.equal(
      error.message,
      `Cannot serve diagnostics on 127.0.0.1:${port}: the port is taken; ` +
        "choose another one, or 0 for any free one",
    );
    return true;
  });
});

Deno.test("an address of another machine is named in the error", async () => {
  await assert.rejects(started("192.0.2.1:0"), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.match(error.message, /^Cannot serve diagnostics on 192\.0\.2\.1:0: .+/);
    return true;
  });
});

Deno.test("an address that cannot be read is refused before anything starts", async () => {
  await assert.rejects(started("localhost"), UsageError);
});
