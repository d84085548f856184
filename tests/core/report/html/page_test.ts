import assert from "node:assert/strict";
import { renderHtml } from "../../../../core/report/html/page.ts";
import type { OperationPoint, Report } from "../../../../core/report/report.ts";
import { emptyReport, sampleReport } from "../../../support/sample_report.ts";

const HOSTILE = `</script><img src=x onerror=alert(1)>"'&<!--`;

/** What a reader sees or could be fetched: the page without the insides of its scripts and styles. */
function bodyOf(html: string): string {
  return html.replace(/(<(script|style)\b[^>]*>)[\s\S]*?(<\/\2>)/g, "$1$3");
}

function embeddedReport(html: string): unknown {
  const json = /<script type="application\/json" id="report">([\s\S]*?)<\/script>/.exec(html)?.[1];
  assert.ok(json !== undefined, "the page embeds no report");
  return JSON.parse(json);
}

/** The texts of a table's rows, cells apart by "|". */
function rowsAfter(html: string, headingId: string): string[] {
  const table = bodyOf(html).split(`id="${headingId}"`)[1]?.split("</table>")[0] ?? "";
  return [...table.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)]
      .map(([, cell = ""]) => cell.replace(/<[^>]*>/g, "").trim()).join("|")
  );
}

function hostileReport(): Report {
  const report = sampleReport();
  const [finding] = report.findings;
  const [operation] = report.summary.operations;
  const [counter] = report.summary.counters;
  assert.ok(finding !== undefined && operation !== undefined && counter !== undefined);
  return {
    ...report,
    manifest: {
      ...report.manifest,
      command: HOSTILE,
      runId: HOSTILE,
      target: HOSTILE,
      model: HOSTILE,
      flags: { [HOSTILE]: { value: HOSTILE, source: "flag" } },
      labels: { [HOSTILE]: HOSTILE },
      facts: { [HOSTILE]: HOSTILE },
    },
    findings: [{
      ...finding,
      subject: HOSTILE,
      observed: HOSTILE,
      limit: HOSTILE,
      reason: HOSTILE,
    }],
    validity: { level: "invalid", reasons: [HOSTILE] },
    warnings: [{ code: HOSTILE, message: HOSTILE }],
    marks: [{ atMs: 1_000, label: HOSTILE }],
    summary: {
      ...report.summary,
      operations: [{ ...operation, tags: { path: HOSTILE }, failures: { [HOSTILE]: 1 } }],
      counters: [{ ...counter, name: HOSTILE, tags: { [HOSTILE]: HOSTILE } }],
    },
    percentileCurves: report.percentileCurves.map((curve) => ({ ...curve, name: HOSTILE })),
    series: {
      operations: report.series.operations.map(({ points }) => ({ op: HOSTILE, points })),
      counters: report.series.counters.map(({ points }) => ({ name: HOSTILE, points })),
      gauges: report.series.gauges.map(({ points }) => ({ name: HOSTILE, points })),
    },
  };
}

Deno.test("no text of a run can become HTML or end the embedded JSON", () => {
  const html = renderHtml(hostileReport());
  assert.doesNotMatch(html, /<img/i);
  assert.equal(html.match(/<\/script>/g)?.length, 4, "report, uPlot and the two chart scripts");
  assert.deepEqual(embeddedReport(html), JSON.parse(JSON.stringify(hostileReport())));
  assert.ok(html.includes("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"));
});

Deno.test("the page holds the whole report and is the same for the same report", () => {
  const html = renderHtml(sampleReport());
  assert.deepEqual(embeddedReport(html), JSON.parse(JSON.stringify(sampleReport())));
  assert.equal(renderHtml(sampleReport()), html);
});

Deno.test("the page asks for nothing outside itself", () => {
  const html = renderHtml(sampleReport());
  assert.ok(html.includes(
    `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; ` +
      `script-src &#39;unsafe-inline&#39;; style-src &#39;unsafe-inline&#39;; img-src data:">`,
  ));
  assert.doesNotMatch(bodyOf(html), /<(?:link|img|iframe|object|embed|base|form|video|audio)\b/i);
  assert.doesNotMatch(bodyOf(html), /\s(?:src|srcset|href|action|poster|style|on\w+)=/i);
  for (const [, , code = ""] of html.matchAll(/<(script|style)[^>]*>([\s\S]*?)<\/\1>/g)) {
    assert.doesNotMatch(code, /@import|url\(|\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket/);
  }
});

Deno.test("the parts come in the order in which a reader asks", () => {
  const ids = [...bodyOf(renderHtml(sampleReport())).matchAll(/<h2 id="([^"]+)"/g)];
  assert.deepEqual(ids.map(([, id]) => id), [
    "findings",
    "validity",
    "warnings",
    "charts",
    "operations",
    "failures",
    "distributions",
    "counters",
    "gauges",
    "manifest",
  ]);
});

Deno.test("the verdict is a word in the title and at the top", () => {
  for (const verdict of ["pass", "fail", "inconclusive"] as const) {
    const html = renderHtml(sampleReport({ verdict }));
    const word = verdict.toUpperCase();
    assert.ok(html.includes(`<title>${word} httperf client httperf-20260314-092653-k7q2</title>`));
    assert.ok(html.includes(`<p class="verdict"><span class="badge ${verdict}">${word}</span>`));
  }
});

Deno.test("the head shows what is known of the target after it", () => {
  const report = sampleReport();
  const facts = { context: "kind-a", "server version": "v1.36.3", user: "load (load-testers)" };
  const head = bodyOf(renderHtml({ ...report, manifest: { ...report.manifest, facts } }))
    .split("</header>")[0] ?? "";
  const rows = [...head.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)];
  assert.deepEqual(rows.slice(0, 5).map(([, name, value]) => `${name}: ${value}`), [
    "Target: <code>https://127.0.0.1:8443</code>",
    "Context: kind-a",
    "Server version: v1.36.3",
    "User: load (load-testers)",
    "Run: <code>httperf-20260314-092653-k7q2</code>",
  ]);
});

Deno.test("a finding shows subject, observed, limit, verdict and reason", () => {
  assert.deepEqual(rowsAfter(renderHtml(sampleReport()), "findings").slice(1), [
    "request.response.p99 &lt; 50ms|206ms|&lt; 50ms|FAIL|p99 of 1979 values is above the limit",
    "request.service.p99 &lt; 50ms|20.1ms|&lt; 50ms|PASS|",
    "request.response.p99.99 &lt; 1s|–|&lt; 1s|INCONCLUSIVE|p99.99 needs 10000 values, there were 1979",
  ]);
});

Deno.test("an operation has a service row above a response row, with dashes that say why", () => {
  const html = renderHtml(sampleReport());
  assert.deepEqual(rowsAfter(html, "operations").slice(1), [
    "request|2,000|199|14|5|2|service|3.76|8.03|20.1|27|31.6",
    "response|4.19|9.03|206|299|302",
    "connect|4|0.398|0|0|0|service|3.75|–|–|–|5.25",
    "response|3.75|–|–|–|5.25",
  ]);
  assert.ok(html.includes('title="p90 needs at least 10 values, there were 4">–'));
});

Deno.test("failures come by reason, the most frequent first", () => {
  assert.deepEqual(rowsAfter(renderHtml(sampleReport()), "failures"), [
    "Operation|Reason|Count",
    "request|http-503|10",
    "request|timeout|3",
    "request|connection-reset|1",
  ]);
});

Deno.test("the manifest shows every setting with its source", () => {
  const settings = bodyOf(renderHtml(sampleReport())).split("Effective settings")[1] ?? "";
  for (const text of ["connections", ">default<", "***", ">env<", ">plan<", ">flag<"]) {
    assert.ok(settings.includes(text), text);
  }
});

Deno.test("a chart comes from the third data point on, before it a sentence", () => {
  const report = sampleReport();
  const points = report.series.operations.find(({ op }) => op === "request")?.points ?? [];
  const withPoints = (some: OperationPoint[]) =>
    bodyOf(renderHtml({
      ...report,
      series: { operations: [{ op: "request", points: some }], counters: [], gauges: [] },
      percentileCurves: [],
    }));
  const expected = [
    { count: 1, charts: 0, sentences: 2 },
    { count: 2, charts: 0, sentences: 2 },
    { count: 3, charts: 2, sentences: 0 },
  ];
  for (const { count, charts, sentences } of expected) {
    const html = withPoints(points.slice(0, count));
    assert.equal(html.split("<figure").length - 1, charts, `${count} points`);
    const sentence =
      /No chart, because it needs at least 3 data points: <strong>request<\/strong>\./g;
    assert.equal([...html.matchAll(sentence)].length, sentences, `${count} points`);
  }
});

Deno.test("figures of a simulation are not said to be those of a system", () => {
  const report = sampleReport();
  const manifest = { ...report.manifest, isSimulated: true };
  const html = bodyOf(
    renderHtml({ ...report, validity: { level: "valid", reasons: [] }, manifest }),
  );
  assert.match(html, /times are those of a simulation/);
  assert.doesNotMatch(html, /figures are those of the system/);
});

Deno.test("what was never counted has a word and no chart, beside something that was or not", () => {
  const report = sampleReport();
  const points = (value: number) =>
    [0, 1, 2].map((second) => ({ startMs: 1_000 * second, endMs: 1_000 * second + 1_000, value }));
  const html = bodyOf(renderHtml({
    ...report,
    series: {
      operations: [],
      counters: [
        { name: "lost", points: points(0) },
        { name: 'restarts{component="a"}', points: points(0) },
        { name: 'restarts{component="b"}', points: points(1) },
      ],
      gauges: [{ name: "waiting", points: points(0) }],
    },
    percentileCurves: [],
  }));
  const titles = [...html.matchAll(/<figcaption>([^<]*)</g)].map(([, title]) => title);
  assert.deepEqual(titles, ["restarts", "waiting"]);
  assert.match(html, /No chart, because nothing of it was counted: <strong>lost<\/strong>\./);
});

Deno.test("series of one name share a chart, whose axis has the unit", () => {
  const html = bodyOf(renderHtml(sampleReport()));
  assert.match(
    html,
    /<figure class="chart" data-chart="counters" data-indexes="\d \d" data-unit="bytes" data-axis="bytes per second"><figcaption>receivedBytes</,
  );
  const axes = [...html.matchAll(/data-axis="([^"]*)"/g)].map(([, text]) => text);
  assert.equal(axes.length, 11);
  assert.ok(axes.every((text) => text !== ""));
});

Deno.test("headings go down one level at a time and every header cell has a scope", () => {
  for (const report of [sampleReport(), emptyReport()]) {
    const html = bodyOf(renderHtml(report));
    const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    assert.equal(levels[0], 1);
    assert.equal(levels.filter((level) => level === 1).length, 1);
    levels.reduce((above, level) => {
      assert.ok(level <= above + 1, `h${level} below h${above}`);
      return level;
    });
    assert.doesNotMatch(html, /<th(?![^>]*\bscope=)[\s>]/);
    assert.match(html, /<html lang="en">/);
  }
});

Deno.test("a run that was killed before anything was measured says so in words", () => {
  const html = bodyOf(renderHtml(emptyReport()));
  for (
    const text of [
      "INCONCLUSIVE",
      "No threshold was set",
      "killed before its end",
      "No operation was measured",
      "Nothing was measured over time",
    ]
  ) assert.ok(html.includes(text), text);
  assert.doesNotMatch(html, /<figure|id="warnings"|id="failures"|<h3>Marks/);
});

Deno.test("numbers that are none never reach the reader", () => {
  const report = sampleReport();
  const html = bodyOf(renderHtml({
    ...report,
    summary: {
      ...report.summary,
      operations: report.summary.operations.map((one) => ({ ...one, ratePerSec: NaN })),
      counters: report.summary.counters.map((one) => ({ ...one, ratePerSec: Infinity })),
      gauges: report.summary.gauges.map((one) => ({ ...one, mean: NaN })),
    },
  }));
  assert.doesNotMatch(html, /NaN|Infinity|undefined|>null</);
  assert.ok(html.includes('title="not a finite number"'));
});
