/**
 * Does a real browser draw the HTML report? Opens it in headless Chromium and reads back what was
 * drawn. Needs no network; prints `skipped: no chromium` where there is none.
 * @module
 */

import assert from "node:assert/strict";
import { renderHtml } from "../../core/report/html/page.ts";
import type { Report } from "../../core/report/report.ts";
import { CHROMIUM, CHROMIUM_FLAGS, hasChromium } from "../support/chromium.ts";
import { sampleReport } from "../support/sample_report.ts";

const FLAGS = [...CHROMIUM_FLAGS, "--virtual-time-budget=3000"];
/** A browser that hangs must not hang the tests. */
const BROWSER_LIMIT_MS = 90_000;
const DARK = "--blink-settings=preferredColorScheme=0";

/** Writes into the copy of the page under test what only a running browser knows. */
const PROBE = `<script>
addEventListener("error", (event) => document.documentElement.dataset.error = event.message);
addEventListener("securitypolicyviolation", (event) =>
  document.documentElement.dataset.blocked = event.blockedURI || event.violatedDirective);
addEventListener("load", async () => {
  const root = document.documentElement;
  if (root.dataset.probe === "print") dispatchEvent(new Event("beforeprint"));
  await new Promise(requestAnimationFrame);
  root.dataset.overflowPx = String(root.scrollWidth - root.clientWidth);
  root.dataset.page = getComputedStyle(document.body).backgroundColor;
  const colorOf = (name) => getComputedStyle(root).getPropertyValue(name).trim().slice(1)
    .match(/../g).map((hex) => parseInt(hex, 16));
  for (const figure of document.querySelectorAll("figure.chart")) {
    const canvas = figure.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const pixels = (isInk) => {
      let count = 0;
      for (let at = 0; at < data.length; at += 4) if (isInk(at)) count++;
      return String(count);
    };
    const near = (color) => (at) => data[at + 3] > 127 &&
      color.every((part, offset) => Math.abs(part - data[at + offset]) < 24);
    figure.dataset.ink = pixels((at) => data[at + 3] > 0);
    figure.dataset.ink1 = pixels(near(colorOf("--series-1")));
    figure.dataset.ink2 = pixels(near(colorOf("--series-2")));
    figure.dataset.inkFail = pixels(near(colorOf("--series-fail")));
    figure.dataset.alternative = canvas.getAttribute("aria-label");
  }
});
</script>`;

type Attributes = Readonly<Record<string, string>>;

function attributesOf(tag: string): Attributes {
  return Object.fromEntries(
    [...tag.matchAll(/\sdata-([a-z0-9-]+)="([^"]*)"/g)].map((
      [, name = "", text = ""],
    ) => [name, text]),
  );
}

/** Runs Chromium on the page with a profile of its own; resolves to what it printed. */
async function browse(html: string, options: {
  readonly flags: readonly string[];
  readonly screenshot?: boolean;
}): Promise<{ dom: string; png: Uint8Array }> {
  const folder = await Deno.makeTempDir({ prefix: "scaletool-browser-" });
  try {
    await Deno.writeTextFile(`${folder}/report.html`, html);
    const output = options.screenshot ? `--screenshot=${folder}/report.png` : "--dump-dom";
    const { success, stdout, stderr } = await new Deno.Command(CHROMIUM, {
      args: [
        ...FLAGS,
        `--user-data-dir=${folder}/profile`,
        ...options.flags,
        output,
        `file://${folder}/report.html`,
      ],
      signal: AbortSignal.timeout(BROWSER_LIMIT_MS),
      stdout: "piped",
      stderr: "piped",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return {
      dom: new TextDecoder().decode(stdout),
      png: options.screenshot ? await Deno.readFile(`${folder}/report.png`) : new Uint8Array(),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The page's and the charts' data attributes after the probe looked at them. */
async function probed(
  report: Report,
  { flags = [], isPrinted = false }: { flags?: readonly string[]; isPrinted?: boolean } = {},
): Promise<{ dom: string; root: Attributes; charts: Attributes[] }> {
  const html = renderHtml(report)
    .replace("<html", (start) => isPrinted ? `${start} data-probe="print"` : start)
    .replace("</title>", (end) => `${end}\n${PROBE}`);
  const { dom } = await browse(html, { flags });
  return {
    dom,
    root: attributesOf(/<html[^>]*>/.exec(dom)?.[0] ?? ""),
    charts: [...dom.matchAll(/<figure class="chart"[^>]*>/g)].map(([tag]) => attributesOf(tag)),
  };
}

function chartOf(charts: readonly Attributes[], kind: string): Attributes {
  const found = charts.find((chart) => chart["chart"] === kind);
  assert.ok(found !== undefined, `there is no ${kind} chart`);
  return found;
}

Deno.test("every chart is drawn, in light and in dark, and nothing is blocked or broken", async () => {
  if (!hasChromium()) return;
  const report = sampleReport();
  const pages = { light: "rgb(255, 255, 255)", dark: "rgb(20, 23, 26)" };
  for (const [scheme, page] of Object.entries(pages)) {
    const { root, charts } = await probed(report, { flags: scheme === "dark" ? [DARK] : [] });
    assert.equal(root["error"], undefined);
    assert.equal(root["blocked"], undefined);
    assert.equal(root["page"], page, scheme);
    assert.equal(charts.length, 11);
    for (const chart of charts) {
      assert.ok(Number(chart["points"]) >= 3, JSON.stringify(chart));
      assert.ok(Number(chart["ink"]) > 1_000, JSON.stringify(chart));
      assert.ok(Number(chart["ink1"]) + Number(chart["ink2"]) > 100, JSON.stringify(chart));
      assert.match(
        chart["alternative"] ?? "",
        /^Line chart of .+\. The tables below hold the figures\.$/,
      );
    }
    const rate = chartOf(charts, "rate");
    const request = report.series.operations.find(({ op }) => op === "request");
    assert.equal(Number(rate["points"]), request?.points.length);
    assert.ok(Number(rate["ink-fail"]) > 50, "failures are not visible");
    const latency = chartOf(charts, "latency");
    assert.ok(
      Number(latency["ink1"]) > 100 && Number(latency["ink2"]) > 100,
      "one view hides the other",
    );
  }
});

Deno.test("a narrow window shortens the charts instead of cutting them off", async () => {
  if (!hasChromium()) return;
  const { root, charts } = await probed(sampleReport(), { flags: ["--window-size=500,900"] });
  assert.equal(root["overflow-px"], "0");
  assert.ok(charts.every((chart) => Number(chart["ink"]) > 1_000));
});

Deno.test("on paper the charts are light, even where the screen is dark", async () => {
  if (!hasChromium()) return;
  const { root, charts } = await probed(sampleReport(), { flags: [DARK], isPrinted: true });
  assert.equal(root["page"], "rgb(255, 255, 255)");
  assert.ok(Number(chartOf(charts, "rate")["ink1"]) > 100, "the lines have the screen's colours");
});

Deno.test("a pause is drawn as no operations, not as a line across it", async () => {
  if (!hasChromium()) return;
  const report = sampleReport();
  const operations = report.series.operations.filter(({ op }) => op === "request")
    .map(({ op, points }) => ({ op, points: points.filter((_, at) => at < 4 || at > 8) }));
  const { charts } = await probed({ ...report, series: { ...report.series, operations } });
  assert.equal(operations[0]?.points.length, 7);
  assert.equal(chartOf(charts, "rate")["points"], "12");
});

Deno.test("a run that was changed has the steps of its target, and its pause is shaded", async () => {
  if (!hasChromium()) return;
  const report = sampleReport();
  const only = report.series.operations.filter(({ op }) => op === "request");
  const of = { by: "ctl", untilMs: null };
  const { root, charts } = await probed({
    ...report,
    series: { ...report.series, operations: only },
    changes: [
      {
        ...of,
        atMs: 3_000,
        what: "rate 50/s -> 200/s",
        change: { kind: "rate", ratePerSec: 200 },
      },
      { ...of, atMs: 5_000, untilMs: 8_000, what: "paused 3s", change: { kind: "pause" } },
    ],
  });
  assert.equal(root["error"], undefined);
  const [plain] = (await probed({ ...report, series: { ...report.series, operations: only } }))
    .charts;
  // More of the canvas is covered: by the band, for one.
  assert.ok(Number(charts[0]!["ink"]) > 1.1 * Number(plain!["ink"]));
});

Deno.test("hostile text stays text in a real browser, legends and canvases included", async () => {
  if (!hasChromium()) return;
  const hostile = `</script><img src=x onerror="document.documentElement.dataset.owned=1">`;
  const report = sampleReport();
  const { dom, root, charts } = await probed({
    ...report,
    manifest: {
      ...report.manifest,
      target: hostile,
      flags: { [hostile]: { value: hostile, source: "env" } },
    },
    marks: [{ atMs: 3_000, label: hostile }],
    percentileCurves: report.percentileCurves.map((curve) => ({
      ...curve,
      name: `${hostile} service`,
    })),
    series: {
      ...report.series,
      operations: report.series.operations.map(({ points }) => ({ op: hostile, points })),
      counters: report.series.counters.map(({ points }, at) => ({
        name: `x{tag="${hostile}${at}"}`,
        points,
      })),
    },
  });
  assert.equal(root["owned"], undefined);
  assert.equal(root["error"], undefined);
  assert.doesNotMatch(dom, /<img/i);
  assert.ok(charts.length > 0 && charts.every((chart) => Number(chart["points"]) >= 3));
});

Deno.test("a screenshot of the report has the size of the window", async () => {
  if (!hasChromium()) return;
  const flags = ["--window-size=1200,2400"];
  const { png } = await browse(renderHtml(sampleReport()), { flags, screenshot: true });
  const header = new DataView(png.buffer, png.byteOffset);
  assert.deepEqual([...png.slice(1, 4)], [...new TextEncoder().encode("PNG")]);
  assert.deepEqual([header.getUint32(16), header.getUint32(20)], [1_200, 2_400]);
  assert.ok(png.length > 50_000, "the page is almost empty");
});
