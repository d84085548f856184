import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { Recorder } from "../../../core/measure/recorder.ts";
import { Totals } from "../../../core/measure/totals.ts";
import { joinPages, renderPrometheus } from "../../../core/report/prometheus.ts";
import { assertGolden } from "../../support/golden.ts";
import { sampleTotals } from "../../support/sample_report.ts";

const INFO = { command: "httperf client", runId: "run-1", version: "0.1.0" };

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: string;
  readonly samples: Sample[];
}

const SAMPLE_LINE =
  /^([a-z_][a-z0-9_]*)(?:\{((?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+-]+|[+-]Inf|NaN)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
};

/** A strict reader of format 0.0.4: HELP, TYPE, samples; each name once; LF at the end. */
function parsePage(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new SyntaxError("no line feed at the end");
  const families = new Map<string, Family>();
  let help: string | undefined;
  let family: Family | undefined;
  const series = new Set<string>();
  for (const line of text.slice(0, -1).split("\n")) {
    const [, helpName] = /^# HELP ([a-z0-9_]+) [^\n]+$/.exec(line) ?? [];
    const [, typeName, type] = /^# TYPE ([a-z0-9_]+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (helpName !== undefined) help = helpName;
    else if (typeName !== undefined && type !== undefined) {
      if (help !== typeName) throw new SyntaxError(`TYPE ${typeName} after HELP ${help}`);
      if (families.has(typeName)) throw new SyntaxError(`${typeName} twice`);
      families.set(typeName, family = { name: typeName, type, samples: [] });
    } else {
      const sample = parseSample(line);
      const key = line.slice(0, line.lastIndexOf(" "));
      const belongs = family !== undefined &&
        SUFFIXES[family.type]?.some((suffix) => family?.name + suffix === sample.name);
      if (!belongs) throw new SyntaxError(`${sample.name} below TYPE ${family?.name}`);
      if (series.has(key)) throw new SyntaxError(`${key} twice`);
      series.add(key);
      family?.samples.push(sample);
    }
  }
  return families;
}

function parseSample(line: string): Sample {
  const [, name, labels = "", value = ""] = SAMPLE_LINE.exec(line) ?? [];
  if (name === undefined) throw new SyntaxError(`not a sample: ${line}`);
  const pairs = [...labels.matchAll(/([a-z0-9_]+)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, label = "", text = ""]) =>
      [
        label,
        text.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped),
      ] as const,
  );
  if (new Set(pairs.map(([label]) => label)).size < pairs.length) {
    throw new SyntaxError(`label twice: ${line}`);
  }
  const number = value.endsWith("Inf") ? Infinity * Number(`${value.slice(0, 1)}1`) : Number(value);
  return { name, labels: Object.fromEntries(pairs), value: number };
}

/** The buckets, sum and count of each series of a histogram family. */
function histogramsOf({ name, samples }: Family) {
  const series = new Map<string, { buckets: [number, number][]; sum?: number; count?: number }>();
  for (const { name: sampleName, labels: { le, ...labels }, value } of samples) {
    const key = JSON.stringify(labels);
    const one = series.get(key) ?? { buckets: [] };
    series.set(key, one);
    if (sampleName === `${name}_bucket`) {
      one.buckets.push([le === "+Inf" ? Infinity : Number(le), value]);
    } else if (sampleName === `${name}_sum`) one.sum = value;
    else one.count = value;
  }
  return series;
}

function assertHistograms(family: Family): void {
  for (const [key, { buckets, sum, count }] of histogramsOf(family)) {
    const where = `${family.name}${key}`;
    ok(sum !== undefined && Number.isFinite(sum), where);
    deepStrictEqual(buckets.at(-1), [Infinity, count], where);
    for (const [index, [le, value]] of buckets.slice(1).entries()) {
      const [lessLe = NaN, less = NaN] = buckets[index] ?? [];
      ok(le > lessLe && value >= less, `${where} le ${le}`);
    }
  }
}

/** Totals of everything that the caller records. */
function totalsOf(record: (recorder: Recorder) => void): Totals {
  const recorder = new Recorder({ startMs: 0 });
  record(recorder);
  const totals = new Totals();
  for (const interval of recorder.rotate(1_000)) totals.add(interval);
  return totals;
}

function pageOf(record: (recorder: Recorder) => void): Map<string, Family> {
  return parsePage(renderPrometheus([{ totals: totalsOf(record) }], INFO));
}

Deno.test("renderPrometheus() of the sample run is the golden text", () => {
  assertGolden("report/sample.prom", renderPrometheus([{ totals: sampleTotals() }], INFO));
});

Deno.test("renderPrometheus() is a valid page whose buckets are cumulative and end with the count", () => {
  const families = parsePage(renderPrometheus([{ totals: sampleTotals() }], INFO));
  const histograms = [...families.values()].filter(({ type }) => type === "histogram");
  deepStrictEqual(histograms.map(({ name }) => name), [
    "scaletool_operation_service_seconds",
    "scaletool_operation_response_seconds",
    "scaletool_ttfb_seconds",
    "scaletool_gap_seconds",
  ]);
  for (const family of histograms) assertHistograms(family);
});

Deno.test("renderPrometheus() counts each outcome of each operation", () => {
  const { samples } = pageOf((recorder) => {
    const at = { dueMs: 1, sentMs: 2, doneMs: 3 };
    const failed = (reason: "timeout" | "http-429") => ({ kind: "failed", reason }) as const;
    recorder.record({ op: "create", ...at, outcome: { kind: "ok" } });
    recorder.record({ op: "create", ...at, outcome: failed("timeout") });
    recorder.record({ op: "create", ...at, outcome: failed("timeout") });
    recorder.record({ op: "create", ...at, outcome: failed("http-429") });
    recorder.record({ op: "create", ...at, outcome: { kind: "dropped" } });
    recorder.record({ op: "delete", ...at, outcome: { kind: "cancelled" } });
  }).get("scaletool_operations_total") ?? { samples: [] };
  deepStrictEqual(
    samples.map(({ labels, value }) => [labels["op"], labels["outcome"], labels["reason"], value]),
    [
      ["create", "ok", "", 1],
      ["create", "failed", "timeout", 2],
      ["create", "failed", "http-429", 1],
      ["create", "dropped", "", 1],
      ["create", "cancelled", "", 0],
      ["delete", "ok", "", 0],
      ["delete", "dropped", "", 0],
      ["delete", "cancelled", "", 1],
    ],
  );
});

Deno.test("renderPrometheus() buckets count the times at or below their bound, in seconds", () => {
  const family = pageOf((recorder) => {
    for (const ms of [-1, 0.5, 0.501, 1, 4, 60_000, 61_000]) {
      recorder.observeMs("ttfb", ms, { atMs: 0 });
    }
  }).get("scaletool_ttfb_seconds");
  ok(family !== undefined);
  const [histogram] = histogramsOf(family).values();
  const counts = Object.fromEntries(histogram?.buckets ?? []);
  deepStrictEqual(
    [0.0005, 0.001, 0.0025, 0.005, 30, 60, Infinity].map((le) => counts[le]),
    [2, 4, 4, 5, 5, 6, 7],
  );
  strictEqual(histogram?.sum, 121.005001);
});

Deno.test("renderPrometheus() names metrics in snake case and base units", () => {
  const families = pageOf((recorder) => {
    const at = { atMs: 0 };
    recorder.count("receivedBytes", 5, at);
    recorder.count("reconnects", 2, at);
    recorder.count("sleptMs", 1_500, at);
    recorder.gauge("rssBytes", 7, at);
    recorder.gauge("loopLagMs", 250, at);
    recorder.gauge("h2 streams/open", 3, at);
    recorder.observeBytes("blockSize", 1_000, at);
  });
  const value = (name: string) => families.get(name)?.samples[0]?.value;
  strictEqual(value("scaletool_received_bytes_total"), 5);
  strictEqual(value("scaletool_reconnects_total"), 2);
  strictEqual(value("scaletool_slept_seconds_total"), 1.5);
  strictEqual(value("scaletool_rss_bytes"), 7);
  strictEqual(value("scaletool_loop_lag_seconds"), 0.25);
  strictEqual(value("scaletool_h2_streams_open"), 3);
  const sizes = families.get("scaletool_block_size_bytes");
  ok(sizes !== undefined);
  assertHistograms(sizes);
  deepStrictEqual(
    sizes.samples.filter(({ labels }) => ["256", "1024"].includes(labels["le"] ?? ""))
      .map((sample) => sample.value),
    [0, 1],
  );
});

Deno.test("renderPrometheus() keeps series of one name together, told apart by their tags", () => {
  const { samples } = pageOf((recorder) => {
    for (const connection of ["0", "1"]) {
      recorder.count("sentBytes", 1, { atMs: 0, tags: { connection } });
      recorder.count("receivedBytes", 2, { atMs: 0, tags: { connection } });
    }
  }).get("scaletool_sent_bytes_total") ?? { samples: [] };
  deepStrictEqual(samples.map(({ labels }) => labels), [{ connection: "0" }, { connection: "1" }]);
});

Deno.test("renderPrometheus() gives any label text back, and a tag named like an own label too", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const families = pageOf((recorder) => {
      const sample = {
        op: "get",
        dueMs: 0,
        sentMs: 0,
        doneMs: 1,
        outcome: { kind: "ok" },
      } as const;
      recorder.record({ ...sample, tags: { op: text, userAgent: text } });
    });
    const labels = families.get("scaletool_operations_total")?.samples[0]?.labels;
    deepStrictEqual(labels, {
      op: "get",
      tag_op: text,
      user_agent: text,
      outcome: "ok",
      reason: "",
    });
  }));
});

Deno.test("renderPrometheus() of nothing still says which run it is", () => {
  const text = renderPrometheus([{ totals: new Totals() }], INFO);
  const families = parsePage(text);
  strictEqual(families.size, 1);
  match(
    text,
    /^scaletool_build_info\{version="0\.1\.0",command="httperf client",run_id="run-1"\} 1$/m,
  );
});

Deno.test("the reader of these tests refuses pages that are not valid", () => {
  const head = "# HELP a b\n# TYPE a counter\n";
  for (
    const bad of ["a 1\n", `${head}a 1`, `${head}b 1\n`, `${head}a{x="1} 1\n`, `${head}a 1\na 1\n`]
  ) {
    throws(() => parsePage(bad), SyntaxError, bad);
  }
});

const FURTHER =
  '# HELP log_lag_seconds Lag.\n# TYPE log_lag_seconds gauge\nlog_lag_seconds{a="\\n"} 2';

for (
  const [how, further] of [
    ["without a line feed at its end", FURTHER],
    ["with one", `${FURTHER}\n`],
    ["with empty lines around it", `\n\n${FURTHER}\n\n \n`],
    ["with the line ends of Windows", `${FURTHER.replaceAll("\n", "\r\n")}\r\n`],
  ] as const
) {
  Deno.test(`joinPages() gives one valid page of two, the second ${how}`, () => {
    const page = renderPrometheus([{ totals: sampleTotals() }], INFO);
    const joined = joinPages(page, further);
    strictEqual(joined, `${page}${FURTHER}\n`);
    deepStrictEqual([...parsePage(joined).keys()], [...parsePage(page).keys(), "log_lag_seconds"]);
  });
}

Deno.test("joinPages() leaves a page as it is when there is nothing further", () => {
  for (const nothing of ["", "\n", "\r\n \n"]) strictEqual(joinPages("up 1\n", nothing), "up 1\n");
});

Deno.test("two runs' files share no series, and say the same of each metric that both have", () => {
  const [one = "", other = ""] = ["run-1", "run-2"].map((runId) =>
    renderPrometheus([{ totals: sampleTotals() }], { ...INFO, runId }, {
      labels: { run_id: runId },
    })
  );
  const split = (page: string) => {
    const lines = page.trimEnd().split("\n");
    const isComment = (line: string) => line.startsWith("#");
    const series = lines.filter((line) => !isComment(line))
      .map((line) => line.slice(0, line.lastIndexOf(" ")));
    return { comments: lines.filter(isComment), series };
  };
  const shared = new Set(split(one).series).intersection(new Set(split(other).series));
  deepStrictEqual([...shared], []);
  deepStrictEqual(split(one).comments, split(other).comments);
  parsePage(one);
});

Deno.test("renderPrometheus() tells stages apart by a label", () => {
  const parts = ["rate=1", "rate=2"].map((stage) => ({ stage, totals: sampleTotals() }));
  const families = parsePage(renderPrometheus(parts, INFO));
  const { samples } = families.get("scaletool_operations_total")!;
  deepStrictEqual([...new Set(samples.map(({ labels }) => labels["stage"]))], ["rate=1", "rate=2"]);
});
