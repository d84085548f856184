import assert from "node:assert/strict";
import { DIFF } from "../../kube/sample_log/notification_row.ts";
import type { Turn } from "../../watchers/object_log.ts";
import {
  LATENCY_BUCKETS_SEC,
  loggerAddress,
  ScaletestMetrics,
  type ScaletestMetricsOptions,
} from "../../watchers/scaletest_metrics.ts";

interface Family {
  readonly help: string;
  readonly type: string;
  /** `name{labels}` -> value. */
  readonly samples: Map<string, number>;
}

/** A strict reader of the text format: HELP, TYPE, then the samples of that family only. */
function parse(text: string): Map<string, Family> {
  assert.ok(text.endsWith("\n"), "no line feed at the end");
  const families = new Map<string, Family>();
  let [name, family]: [string, Family | undefined] = ["", undefined];
  const lines = text.slice(0, -1).split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    const [, helpName, help = ""] = /^# HELP (\S+) (\S.*)$/.exec(line) ?? [];
    if (helpName !== undefined) {
      const [, typeName, type = ""] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(
        lines[++index] ?? "",
      ) ?? [];
      assert.equal(typeName, helpName);
      assert.ok(!families.has(helpName), `${helpName} twice`);
      families.set(name = helpName, family = { help, type, samples: new Map() });
      continue;
    }
    const sample =
      /^([a-zA-Z_][a-zA-Z0-9_]*)(\{(?:[a-z]+="[^"\\\n]*",?)+\}) (-?[\d.]+(?:e[+-]\d+)?)$/
        .exec(line);
    assert.ok(sample !== null && family !== undefined, `no sample: ${line}`);
    const [, sampleName = "", labels, value] = sample;
    const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    assert.ok(suffixes.includes(sampleName.slice(name.length)), `${sampleName} below ${name}`);
    assert.ok(sampleName.startsWith(name));
    assert.ok(!family.samples.has(sampleName + labels), `${line} twice`);
    family.samples.set(sampleName + labels, Number(value));
  }
  return families;
}

function metrics(options: Partial<ScaletestMetricsOptions> = {}): ScaletestMetrics {
  return new ScaletestMetrics({
    plural: "configmaps",
    logger: "10.0.0.7",
    compat: false,
    ...options,
  });
}

/** Adds, updates and deletes of one turn. */
type Counts = readonly [adds: number, updates: number, deletes: number];

function turn(counts: Counts, more: Partial<Turn> = {}): Turn {
  const [queuedAdds, queuedUpdates, queuedDeletes] = counts;
  const notifications = queuedAdds + queuedUpdates + queuedDeletes;
  return {
    row: {
      dequeueMs: 0,
      op: "update",
      namespace: "ns",
      name: "a",
      queuedAdds,
      queuedUpdates,
      queuedDeletes,
      diff: more.isDuplicate ? DIFF.duplicate : DIFF.different,
    },
    at: { wallMs: 0, nowMs: 0 },
    notifications,
    isInitial: false,
    isDuplicate: false,
    queueDelayMs: 0,
    latency: undefined,
    hasUnreadableTimestamp: false,
    ...more,
  };
}

function latency(op: "create" | "update", latencyMs: number): Partial<Turn> {
  return { latency: { op, latencyMs, notificationDelayMs: 0 } };
}

function valueOf(metrics: ScaletestMetrics, name: string): number | undefined {
  return parse(metrics.render()).get(name)?.samples.get(`${name}{logger="10.0.0.7"}`);
}

Deno.test("ScaletestMetrics.render() is a valid page of the original's families with one label", () => {
  const page = parse(metrics().render());
  assert.deepEqual([...page].map(([name, { type }]) => [name, type]), [
    ["scaletest_configmaps_create_latency_seconds", "histogram"],
    ["scaletest_configmaps_update_latency_seconds", "histogram"],
    ["scaletest_configmaps_updates_total", "counter"],
    ["scaletest_configmaps_stranges_total", "counter"],
    ["scaletest_configmaps_duplicates_total", "counter"],
    ["scaletest_configmaps_resource_version", "gauge"],
  ]);
  for (const [name, { samples }] of page) {
    for (const series of samples.keys()) assert.match(series, /\{logger="10\.0\.0\.7"/, name);
  }
});

Deno.test("ScaletestMetrics with compat has the original's names, for any kind of object", () => {
  const page = parse(metrics({ compat: true, plural: "flunders" }).render());
  assert.deepEqual([...page.keys()], [
    "scaletest_flunders_create_latency_seconds",
    "scaletest_flunders_update_latency_seconds",
    "scaletest_flunders_updates",
    "scaletest_flunders_stranges",
    "scaletest_flunders_duplicates",
    "scaletest_flunders_resourceVersion",
  ]);
});

Deno.test("ScaletestMetrics begins with empty histograms, counters of 0 and no resourceVersion", () => {
  const page = parse(metrics().render());
  for (const [name, { samples }] of page) {
    if (name.endsWith("resource_version")) assert.equal(samples.size, 0);
    else assert.deepEqual([...new Set(samples.values())], [0], name);
  }
});

Deno.test("ScaletestMetrics puts a latency into the bucket whose bound it does not exceed", () => {
  const cases: readonly (readonly [latencyMs: number, lowestBound: string])[] = [
    [-5_000, "-0.1"],
    [-100, "-0.1"],
    [-99, "0"],
    [0, "0"],
    [1, "0.03125"],
    [31, "0.03125"],
    [32, "0.0625"],
    [8_000, "8"],
    [8_001, "+Inf"],
  ];
  const bounds = [...LATENCY_BUCKETS_SEC.map(String), "+Inf"];
  assert.deepEqual(
    bounds,
    ["-0.1", "0", "0.03125", "0.0625", "0.125", "0.25", "0.5", "1", "2", "4", "8", "+Inf"],
  );
  for (const op of ["create", "update"] as const) {
    const name = `scaletest_configmaps_${op}_latency_seconds`;
    const other = `scaletest_configmaps_${op === "create" ? "update" : "create"}_latency_seconds`;
    for (const [latencyMs, lowestBound] of cases) {
      const one = metrics();
      one.turn(turn([1, 0, 0], latency(op, latencyMs)));
      const page = parse(one.render());
      const samples = page.get(name)?.samples;
      const label = 'logger="10.0.0.7"';
      const counts = bounds.map((bound) => samples?.get(`${name}_bucket{${label},le="${bound}"}`));
      const expected = bounds.map((_, at) => at >= bounds.indexOf(lowestBound) ? 1 : 0);
      assert.deepEqual(counts, expected, `${op} ${latencyMs}`);
      assert.equal(samples?.get(`${name}_count{${label}}`), 1);
      assert.equal(samples?.get(`${name}_sum{${label}}`), latencyMs / 1_000);
      assert.equal(page.get(other)?.samples.get(`${other}_count{${label}}`), 0);
    }
  }
});

const COUNTED: readonly {
  what: string;
  counts: Counts;
  more?: Partial<Turn>;
  /** updates, stranges, duplicates, creations measured */
  is: readonly [number, number, number, number];
}[] = [
  { what: "one add", counts: [1, 0, 0], is: [0, 0, 0, 0] },
  { what: "one update", counts: [0, 1, 0], is: [1, 0, 0, 0] },
  { what: "one delete", counts: [0, 0, 1], is: [0, 0, 0, 0] },
  { what: "an add and an update", counts: [1, 1, 0], is: [0, 1, 0, 0] },
  { what: "two updates", counts: [0, 2, 0], is: [0, 1, 0, 0] },
  { what: "no notification", counts: [0, 0, 0], is: [0, 1, 0, 0] },
  {
    what: "a duplicate update",
    counts: [0, 1, 0],
    more: { isDuplicate: true },
    is: [0, 0, 1, 0],
  },
  {
    what: "a duplicate of nothing, with a latency that must not be there",
    counts: [1, 0, 1],
    more: { isDuplicate: true, ...latency("create", 5) },
    is: [0, 0, 1, 0],
  },
  {
    what: "a strange row with a latency",
    counts: [1, 1, 0],
    more: latency("create", 5),
    is: [0, 1, 0, 1],
  },
  {
    what: "an object of the first list",
    counts: [1, 0, 0],
    more: { isInitial: true },
    is: [0, 0, 0, 0],
  },
];

for (const { what, counts, more, is } of COUNTED) {
  Deno.test(`ScaletestMetrics counts ${what} as updates, stranges, duplicates: ${is.slice(0, 3)}`, () => {
    const one = metrics();
    one.turn(turn(counts, more));
    const names = ["updates_total", "stranges_total", "duplicates_total"];
    const seen = names.map((name) => valueOf(one, `scaletest_configmaps_${name}`));
    const measured = parse(one.render()).get("scaletest_configmaps_create_latency_seconds")
      ?.samples.get('scaletest_configmaps_create_latency_seconds_count{logger="10.0.0.7"}');
    assert.deepEqual([...seen, measured], is);
  });
}

Deno.test("ScaletestMetrics shows the highest resourceVersion and leaves out what is no number", () => {
  const one = metrics();
  for (const version of ["7", "1200", "30", undefined, "", "abc"]) one.sawResourceVersion(version);
  assert.equal(valueOf(one, "scaletest_configmaps_resource_version"), 1_200);
});

const ALL_ONES = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

const CASES: readonly { what: string; of: readonly string[]; is: string }[] = [
  { what: "nothing", of: [], is: ALL_ONES },
  { what: "loopback only", of: ["127.0.0.1", "127.8.9.10", "::1"], is: ALL_ONES },
  { what: "one address beside loopback", of: ["127.0.0.1", "192.168.1.5"], is: "192.168.1.5" },
  {
    what: "two addresses, by number and not by text",
    of: ["10.0.0.10", "10.0.0.9", "192.168.1.5"],
    is: "10.0.0.9",
  },
  { what: "both families", of: ["2001:db8::1", "fe80::1", "203.0.113.9"], is: "203.0.113.9" },
  { what: "IPv6 with zones", of: ["fe80::2%eth0", "fe80::1%eth1"], is: "fe80::1" },
  { what: "IPv6 below the mapped ones", of: ["10.0.0.1", "::2"], is: "::2" },
  { what: "a mapped address as text", of: ["::ffff:10.0.0.1", "10.0.0.2"], is: "::ffff:10.0.0.1" },
  {
    what: "groups with leading zeros",
    of: ["2001:db8:0:0:0:0:0:a", "2001:db8::9"],
    is: "2001:db8::9",
  },
];

for (const { what, of, is } of CASES) {
  Deno.test(`loggerAddress() of ${what} is ${is}, in any order`, () => {
    assert.equal(loggerAddress(of), is);
    assert.equal(loggerAddress(of.toReversed()), is);
  });
}
