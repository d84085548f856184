/**
 * The live totals for a Prometheus server that scrapes the run. Buckets are computed from the HDR
 * histograms at scrape time, so that recording costs nothing extra. Never resets or keeps anything.
 * Source: Prometheus text exposition format 0.0.4 and its naming rules (base units, `_total`).
 * @module
 */

import type { Histogram } from "../measure/histogram.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import type { Tags } from "../measure/sample.ts";
import type { OperationTotals } from "../measure/operation_totals.ts";
import type { Totals } from "../measure/totals.ts";

/** From below a loopback request to the usual client time-out. */
const SECONDS_BUCKETS = [
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  30,
  60,
] as const;
/** 256 B to 1 GiB in steps of four. */
const BYTES_BUCKETS = Array.from({ length: 12 }, (_, step) => 256 * 4 ** step);
const US_PER_SECOND = 1_000 * US_PER_MS;

interface Heading {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
}

interface Unit {
  readonly buckets: readonly number[];
  /** How many units of the histogram make one of the exported. */
  readonly scale: number;
}
const SECONDS: Unit = { buckets: SECONDS_BUCKETS, scale: US_PER_SECOND };
const BYTES: Unit = { buckets: BYTES_BUCKETS, scale: 1 };

/** Which run the figures belong to. */
interface RunInfo {
  readonly command: string;
  readonly runId: string;
  readonly version: string;
}

/** Whose series they are, beside the labels that tell them apart. */
interface PageOptions {
  /** Labels of every series. A scrape adds such itself, a file among others' files has none. @default {{}} */
  readonly labels?: Tags;
}

/** What was measured in one stage of several, or with no name in all of a run. */
export interface MeasuredPart {
  readonly stage?: string;
  readonly totals: Totals;
}

/** All totals in the text format, ending with a line feed; those of a stage are labelled with it. */
export function renderPrometheus(
  parts: readonly MeasuredPart[],
  info: RunInfo,
  { labels = {} }: PageOptions = {},
): string {
  const page = new Page(labels);
  page.family("scaletool_build_info", { type: "gauge", help: "Version and run; always 1." })
    .sample({ version: info.version, command: info.command, run_id: info.runId }, 1);
  for (const part of parts) addPart(page, part);
  return page.text();
}

function addPart(page: Page, { totals, stage }: MeasuredPart): void {
  const own = stage === undefined ? {} : { stage };
  const labelsOf = (tags: Tags | undefined) => ({ ...tagLabels(tags), ...own });
  for (const operation of totals.operations.values()) {
    addOperation(page, operation, { op: operation.op, ...labelsOf(operation.tags) });
  }
  for (const { name, tags, unit, histogram } of totals.distributions.values()) {
    const isTime = unit === "time";
    page.family(`${metricName(name)}_${isTime ? "seconds" : "bytes"}`, {
      type: "histogram",
      help: `Distribution of ${name}.`,
    })
      .histogram(labelsOf(tags), { histogram, unit: isTime ? SECONDS : BYTES });
  }
  for (const { name, tags, value } of totals.counters.values()) {
    const base = inBaseUnit(name, value);
    page.family(`${base.name}_total`, { type: "counter", help: `Sum of ${name}.` })
      .sample(labelsOf(tags), base.value);
  }
  for (const { name, tags, last } of totals.gauges.values()) {
    const base = inBaseUnit(name, last);
    page.family(base.name, { type: "gauge", help: `Last reading of ${name}.` })
      .sample(labelsOf(tags), base.value);
  }
}

/**
 * One page of two, ending with one line feed. Their families must have different names; how the
 * second one ends and breaks its lines does not matter.
 */
export function joinPages(page: string, further: string): string {
  const lines = further.replaceAll("\r\n", "\n").replace(/^\n+|\s+$/g, "");
  return lines === "" ? page : `${page}${lines}\n`;
}

function addOperation(page: Page, operation: OperationTotals, labels: Tags): void {
  const operations = page.family("scaletool_operations_total", {
    type: "counter",
    help: "Operations that were due, by how they ended.",
  });
  const outcomes: [outcome: string, reason: string, count: number][] = [
    ["ok", "", operation.ok],
    ...Object.entries(operation.failed).map(([reason, count]) =>
      ["failed", reason, count] as [string, string, number]
    ),
    ["dropped", "", operation.dropped],
    ["cancelled", "", operation.cancelled],
  ];
  for (const [outcome, reason, count] of outcomes) {
    operations.sample({ ...labels, outcome, reason }, count);
  }
  const views = [
    ["service", "From sent to done, of operations that were ok."],
    ["response", "From due to done, of operations that were ok."],
  ] as const;
  for (const [view, help] of views) {
    page.family(`scaletool_operation_${view}_seconds`, { type: "histogram", help })
      .histogram(labels, { histogram: operation[view], unit: SECONDS });
  }
}

/** All samples of one metric name; the format wants them together, after one HELP and one TYPE. */
class Family {
  readonly #name: string;
  readonly #labels: Tags;
  readonly #lines: string[];

  constructor(
    name: string,
    { heading: { type, help }, labels }: { heading: Heading; labels: Tags },
  ) {
    this.#name = name;
    this.#labels = labels;
    this.#lines = [`# HELP ${name} ${helpText(help)}`, `# TYPE ${name} ${type}`];
  }

  sample(labels: Tags, value: number): void {
    this.#add("", { labels, value });
  }

  histogram(labels: Tags, { histogram, unit }: { histogram: Histogram; unit: Unit }): void {
    for (const le of unit.buckets) {
      const value = histogram.countAtOrBelow(le * unit.scale);
      this.#add("_bucket", { labels: { ...labels, le: numberText(le) }, value });
    }
    this.#add("_bucket", { labels: { ...labels, le: "+Inf" }, value: histogram.count });
    this.#add("_sum", { labels, value: histogram.sum / unit.scale });
    this.#add("_count", { labels, value: histogram.count });
  }

  text(): string {
    return this.#lines.join("\n") + "\n";
  }

  #add(suffix: string, { labels, value }: { labels: Tags; value: number }): void {
    const pairs = Object.entries({ ...labels, ...this.#labels }).map(([name, text]) =>
      `${name}="${labelText(text)}"`
    );
    const set = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
    this.#lines.push(`${this.#name}${suffix}${set} ${numberText(value)}`);
  }
}

class Page {
  readonly #families = new Map<string, Family>();

  constructor(readonly labels: Tags) {}

  family(name: string, heading: Heading): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      this.#families.set(name, family = new Family(name, { heading, labels: this.labels }));
    }
    return family;
  }

  text(): string {
    return [...this.#families.values()].map((family) => family.text()).join("");
  }
}

/** `receivedBytes` -> `scaletool_received_bytes`. */
function metricName(name: string): string {
  return `scaletool_${snakeCase(name)}`;
}

/** Milliseconds are no base unit: `lagMs` 250 is `scaletool_lag_seconds` 0.25. */
function inBaseUnit(name: string, value: number): { name: string; value: number } {
  const metric = metricName(name);
  return metric.endsWith("_ms")
    ? { name: metric.replace(/_ms$/, "_seconds"), value: value / 1_000 }
    : { name: metric, value };
}

function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/[^A-Za-z0-9]+/g, "_").toLowerCase();
}

/** Labels that this file gives a meaning of its own; a tag of that name steps aside. */
const OWN_LABELS: ReadonlySet<string> = new Set([
  ...["op", "outcome", "reason", "le", "run_id", "stage"],
]);

function tagLabels(tags: Tags | undefined): Tags {
  return Object.fromEntries(
    Object.entries(tags ?? {}).map(([key, value]) => {
      const label = snakeCase(key);
      return [OWN_LABELS.has(label) || /^[^a-z]/.test(label) ? `tag_${label}` : label, value];
    }),
  );
}

function labelText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function helpText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
