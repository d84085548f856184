/**
 * Does the live page work in a real browser? Headless Chromium looks at a run that the test lets go on,
 * and at real ones. Needs no network; prints `skipped: no chromium` where there is none.
 * @module
 */

import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { HttpServer } from "../../core/net/http_server.ts";
import { LivePage } from "../../core/run/live/live_page.ts";
import type { Change } from "../../core/run_log/change.ts";
import { GrowingRun } from "../core/run/live/moments.ts";
import { Chromium, hasChromium } from "../support/chromium.ts";
import { Scaletool, TempDir } from "../support/scaletool.ts";
import { TcpForwarder } from "../support/tcp_forwarder.ts";

const TOKEN = "the-right-token-of-the-run";

/** A run with a live page, which goes on when the test wants it to. */
class WatchedRun implements AsyncDisposable {
  readonly run = new GrowingRun();
  readonly changes: Change[] = [];
  readonly page: LivePage;
  readonly #server: HttpServer;

  constructor() {
    const clock = new SystemClock();
    this.page = new LivePage({
      clock,
      token: TOKEN,
      hostname: "127.0.0.1",
      steering: { change: (change) => Promise.resolve(this.#change(change)) },
      look: () => this.run.look(),
    });
    this.#server = new HttpServer({
      listen: { hostname: "127.0.0.1", port: 0 },
      clock,
      handler: (request, { remoteAddr }) =>
        this.page.answer(request, remoteAddr.hostname) ?? new Response(null, { status: 404 }),
      onError: (error) => new Response(String(error), { status: 500 }),
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  get urlWithToken(): string {
    return `${this.url}#token=${TOKEN}`;
  }

  goOn(seconds = 1): void {
    this.run.goOn(seconds);
    this.page.changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.run.state = "over";
    await this.page.end();
    await this.#server.close({ graceMs: 1_000 });
  }

  #change(change: Change): string {
    this.changes.push(change);
    if (change.kind === "mark") {
      this.run.log({ type: "mark", mark: { atMs: 1_000, label: change.text } });
    }
    this.page.changed();
    return change.kind === "rate" ? `rate ${change.ratePerSec}/s` : change.kind;
  }
}

/** How many points the rate of requests has in its chart. */
const POINTS = `Number(document.querySelector('[data-chart="rate"]')?.dataset.points)`;
const ANSWER = `document.getElementById("answer").textContent`;
const CONNECTION = `document.getElementById("connection").textContent`;
const isShown = (selector: string) =>
  `document.querySelector(${JSON.stringify(selector)})?.checkVisibility()`;
const press = (selector: string) => `document.querySelector(${JSON.stringify(selector)}).click()`;
const fill = (selector: string, text: string) =>
  `{ const input = document.querySelector(${JSON.stringify(selector)});
     input.focus(); input.value = ${JSON.stringify(text)};
     input.dispatchEvent(new Event("input", { bubbles: true })); }`;

/** Nothing went wrong in the page, and it asked its own server only. */
function assertClean({ complaints, asked }: Chromium, url: string): void {
  assert.deepEqual(complaints, []);
  assert.ok(asked.length > 0 && asked.every((one) => one.startsWith(url)), asked.join("\n"));
  assert.ok(asked.every((one) => !one.replace(/#.*/, "").includes(TOKEN)), "a URL has the token");
}

Deno.test("charts and figures grow second by second, in light, dark and narrow windows", async () => {
  if (!hasChromium()) return;
  await using watched = new WatchedRun();
  watched.goOn(5);
  await using browser = await Chromium.open();
  await browser.visit(watched.urlWithToken);
  await browser.until("the history is drawn", `${POINTS} === 5`);
  const canvas = `document.querySelector('[data-chart="rate"] canvas')`;
  await browser.value(`globalThis.canvasBefore = ${canvas}`);
  for (let seconds = 6; seconds <= 9; seconds++) {
    watched.goOn();
    await browser.until(`second ${seconds} is drawn`, `${POINTS} === ${seconds}`);
  }
  assert.equal(await browser.value(`${canvas} === globalThis.canvasBefore`), true, "drawn anew");
  assert.equal(
    await browser.value(`document.querySelector('[data-part="operations"] td').textContent`),
    "90",
  );
  assert.equal(await browser.value("document.title"), "running · httperf");
  const pages = { light: "rgb(255, 255, 255)", dark: "rgb(20, 23, 26)" } as const;
  for (const scheme of ["light", "dark"] as const) {
    for (const widthPx of [1_200, 380]) {
      await browser.look({ scheme, widthPx });
      await browser.until(
        "the chart has the page's width",
        `Math.abs(document.querySelector(".u-wrap").clientWidth -
          document.querySelector("figure.chart").clientWidth) < 2`,
      );
      assert.equal(
        await browser.value("getComputedStyle(document.body).backgroundColor"),
        pages[scheme],
      );
      assert.equal(
        await browser.value("document.documentElement.scrollWidth <= innerWidth"),
        true,
        `${widthPx} px are too few`,
      );
    }
  }
  assertClean(browser, watched.url);
});

Deno.test("a chart that is zoomed into stays so while the run goes on", async () => {
  if (!hasChromium()) return;
  await using watched = new WatchedRun();
  watched.goOn(10);
  await using browser = await Chromium.open();
  await browser.visit(watched.url);
  await browser.until("the history is drawn", `${POINTS} === 10`);
  const box = await browser.value(`{
    const over = document.querySelector('[data-chart="rate"] .u-over');
    over.scrollIntoView({ block: "center" });
    const { left, top, width, height } = over.getBoundingClientRect();
    [left, top, width, height] }`) as [number, number, number, number];
  const [left, top, width, height] = box;
  const middle = top + height / 2;
  await browser.drag([left + 0.2 * width, middle], [left + 0.5 * width, middle]);
  const picture = `document.querySelector('[data-chart="rate"] canvas').toDataURL()`;
  const before = await browser.value(picture);
  watched.goOn();
  await browser.until("the next second has come", `${POINTS} === 11`);
  assert.equal(await browser.value(`${picture} === ${JSON.stringify(before)}`), true);
});

Deno.test("the token leaves the address at once and lets the run be changed", async () => {
  if (!hasChromium()) return;
  await using watched = new WatchedRun();
  watched.run.changes = ["rate", "pause", "resume", "mark", "stop"];
  watched.goOn(3);
  await using browser = await Chromium.open();
  await browser.visit(watched.urlWithToken);
  await browser.until("there are controls", isShown('form[data-change="rate"]'));
  assert.equal(await browser.value("location.href"), watched.url);
  assert.equal(await browser.value(isShown("#unlock")), false);
  assert.equal(await browser.value(isShown('[data-change="resume"]')), false);
  assert.equal(await browser.value(isShown('[data-change="scale"]')), false, "it has no workers");
  assert.equal(await browser.value(`document.getElementById("rate").value`), "10");
  await browser.value(`document.getElementById("rate").focus();
    document.getElementById("rate").select()`);
  await browser.type("200");
  await browser.press("Enter");
  await browser.until("the rate is in force", `${ANSWER} === "now: rate 200/s"`);
  assert.deepEqual(watched.changes, [{ kind: "rate", ratePerSec: 200 }]);
  await browser.value(fill("#mark", "deployed v2"));
  await browser.press("Enter");
  await browser.until(
    "the mark is on the axis",
    `document.querySelector('[data-part="charts"]').textContent.includes("deployed v2")`,
  );
  assert.deepEqual(watched.changes[1], { kind: "mark", text: "deployed v2" });
  watched.run.state = "paused";
  await browser.value(press('[data-change="pause"]'));
  await browser.until("it can be resumed", isShown('[data-change="resume"]'));
  assert.equal(await browser.value(isShown('[data-change="pause"]')), false);
  assertClean(browser, watched.url);
});

Deno.test("without the token the page shows the run but cannot change it; a wrong one is refused", async () => {
  if (!hasChromium()) return;
  await using watched = new WatchedRun();
  watched.run.changes = ["mark", "stop"];
  watched.goOn(3);
  await using browser = await Chromium.open();
  await browser.visit(watched.url);
  await browser.until("the history is drawn", `${POINTS} === 3`);
  assert.equal(await browser.value(isShown("#controls")), false);
  assert.equal(await browser.value(isShown("#unlock")), true);
  await browser.value(`document.getElementById("token").focus()`);
  await browser.type("a-token-that-is-wrong");
  await browser.press("Enter");
  await browser.until("it is refused", `${CONNECTION}.includes("another token")`);
  assert.equal(await browser.value(isShown("#controls")), false);
  const refused = await browser.value(`fetch("/live/change", { method: "POST",
    headers: { "content-type": "application/json" }, body: '{"kind":"stop"}' })
    .then((response) => response.status)`);
  assert.equal(refused, 401);
  assert.deepEqual(watched.changes, []);
  await browser.value(`document.getElementById("token").focus()`);
  await browser.type(TOKEN);
  await browser.press("Enter");
  await browser.until("there are controls", isShown("#controls"));
  await browser.until("it is live again", `${CONNECTION} === "live"`);
});

Deno.test("a connection that was lost goes on with every second, none twice", async () => {
  if (!hasChromium()) return;
  await using watched = new WatchedRun();
  watched.goOn(4);
  const before = new TcpForwarder(watched.port);
  const { port } = before;
  await using browser = await Chromium.open();
  await browser.visit(`http://127.0.0.1:${port}/`);
  await browser.until("the history is drawn", `${POINTS} === 4`);
  before[Symbol.dispose]();
  await browser.until("it says so", `${CONNECTION}.includes("connection lost")`);
  watched.goOn(5);
  using _again = new TcpForwarder(watched.port, { port });
  await browser.until("it goes on", `${POINTS} === 9`);
  const counted = `document.querySelector('[data-part="operations"] td').textContent`;
  assert.equal(await browser.value(counted), "90");
  assert.equal(await browser.value(CONNECTION), "live");
});

Deno.test("hostile text of a run stays text", async () => {
  if (!hasChromium()) return;
  const hostile = `</script><img src=x onerror="document.documentElement.dataset.owned=1">`;
  await using watched = new WatchedRun();
  watched.goOn(3);
  watched.run.log(
    { type: "mark", mark: { atMs: 1_500, label: hostile } },
    { type: "warning", warning: { code: "x", message: hostile } },
    { type: "fact", name: hostile, value: hostile },
    {
      type: "finding",
      finding: {
        subject: hostile,
        verdict: "fail",
        observed: hostile,
        limit: hostile,
        reason: hostile,
      },
    },
  );
  await using browser = await Chromium.open();
  await browser.visit(watched.url);
  await browser.until("it is shown", `document.body.textContent.split("onerror=").length > 5`);
  assert.equal(await browser.value("document.documentElement.dataset.owned"), undefined);
  assert.equal(await browser.value("document.images.length"), 0);
  assertClean(browser, watched.url);
});

Deno.test("a real run takes a rate from the page, is stopped by it in order, and stays there with its verdict", async () => {
  if (!hasChromium()) return;
  await using dir = new TempDir();
  await using run = new Scaletool([
    ...["httperf", "--rate", "20", "--period", "0", "--block-size", "1kB", "--duration", "10m"],
    ...["--metrics-addr", "127.0.0.1:0", "--out", dir.file("run")],
  ]);
  const [, url = ""] = await run.line(/^live page at (\S+)$/m);
  await using browser = await Chromium.open();
  await browser.visit(url);
  await browser.until("its charts grow", `${POINTS} > 3`);
  await browser.value(fill("#rate", "50"));
  await browser.press("Enter");
  await browser.until("the rate is in force", `${ANSWER} === "now: rate 20/s -> 50/s"`);
  await browser.until(
    "it is marked",
    `document.querySelector('[data-part="charts"]').textContent.includes("rate 20/s -> 50/s")`,
  );
  await browser.until(
    "it arrives",
    `document.querySelector('[data-part="now"]').textContent.includes("of 50")`,
  );
  await browser.value(press('[data-change="stop"]'));
  assert.equal(
    await browser.value(`document.querySelector(".danger").textContent`),
    "End the run?",
  );
  await browser.value(press('[data-change="stop"]'));
  const { code } = await run.finished();
  const report = JSON.parse(Deno.readTextFileSync(dir.file("run/result.json")));
  assert.deepEqual([code, report.end.reason], [report.exitCode, "stopped"]);
  assert.deepEqual(
    report.changes.map(({ change, by }: { change: Change; by: string }) => [change.kind, by]),
    [["rate", "page"], ["stop", "page"]],
  );
  await browser.until("it says that it is over", `${CONNECTION}.startsWith("The run is over")`);
  const head = await browser.value(`document.querySelector('[data-part="head"]').textContent`);
  assert.match(String(head), new RegExp(`${report.verdict.toUpperCase()} exit code ${code}`));
  assert.equal(await browser.value(isShown("#controls")), false);
  assert.equal(
    await browser.value(POINTS),
    report.series.operations
      .find(({ op }: { op: string }) => op === "request").points.length,
  );
  assertClean(browser, new URL(url).origin);
});
