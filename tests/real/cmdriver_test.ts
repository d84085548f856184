import assert from "node:assert/strict";
import type { OperationRow } from "../../kube/sample_log/operation_row.ts";
import {
  assertNothingLeft,
  clusterOfFile,
  createNamespaces,
  eventually,
  objectsOf,
  untilThereAre,
} from "./cluster_state.ts";
import { CommandRun, gaugeOf, startCommand, statsOf, totalOf } from "./command_run.ts";
import { arrivalGapsMs, exponentialDistance, meanPopulation } from "./open_loop_oracle.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok", "wardle"] });

const NAMESPACES = ["steady", "again", "rows", "go", "left", "right", "kinds", "watched"];
const WIDGETS = "/apis/example.com/v1/widgets";

/** 23 s long: it runs beside the other tests. */
let steady: CommandRun;

Deno.test.beforeAll(async () => {
  if (ignore) return;
  await createNamespaces(plane(), ...NAMESPACES);
  steady = start("steady", [
    ...["--lambda", "20", "--maxpop", "40", "--warmup", "3s", "--duration", "20s", "--seed", "42"],
  ]);
});

Deno.test.afterAll(async () => await steady?.[Symbol.asyncDispose]());

/** A cmdriver whose run has the name of its namespace. */
function start(
  namespace: string,
  args: readonly string[],
  options: Parameters<typeof startCommand>[2] = {},
): CommandRun {
  const place = ["--namespace", namespace, "--run-id", namespace];
  return startCommand(plane(), ["cmdriver", ...place, ...args], options);
}

Deno.test(
  "objects carry name, labels, time stamp and data, and are gone at the end",
  { ignore },
  async () => {
    await using run = start(
      "rows",
      ["--lambda", "50", "--n", "60", "--maxpop", "50", "--datalen", "123", "--seed", "7"],
      { env: { TZ: "Asia/Kolkata" } },
    );
    const live = await untilThereAre(10, { plane: plane(), runId: "rows" });
    await run.endsWell();
    const { writes } = run;
    for (const { metadata, data } of live) {
      assert.match(metadata.name, /^rows-[0-6]\d$/);
      assert.equal(metadata.namespace, "rows");
      assert.deepEqual(metadata.labels, {
        "app.kubernetes.io/managed-by": "scaletool",
        "scaletool.io/run-id": "rows",
        "scaletool.io/command": "cmdriver",
        purpose: "scaletest",
      });
      assert.deepEqual(data, { key1: "0".repeat(123) });
      assert.equal(metadata.managedFields?.[0]?.manager, "cmdriver");
      assert.deepEqual(Object.keys(metadata.annotations ?? {}), ["scaletest/createTimestamp"]);
      const stamp = metadata.annotations?.["scaletest/createTimestamp"] ?? "";
      assert.match(stamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \+0530$/);
      const row = writes.find(({ op, name }) => op === "create" && name === metadata.name);
      assert.equal(Date.parse(stamp), row?.beforeMs, "the row has the time of the annotation");
    }
    await assertNothingLeft(plane(), { runId: "rows" });
    assertRows(run, { objects: 60, ttlMs: 1_000 });
    await assertParms(run);
    const { operations } = run.report.summary;
    assert.deepEqual(operations.map(({ op, ok, total }) => ({ op, ok, total })), [
      { op: "create", ok: 60, total: 60 },
      { op: "delete", ok: 60, total: 60 },
    ]);
  },
);

/** Each object is created, lives its time from the answer on, and is deleted. */
function assertRows(
  run: CommandRun,
  { objects, ttlMs }: { objects: number; ttlMs: number },
): void {
  const [header, ...lines] = run.text("rows-driver.csv").trimEnd().split("\n");
  assert.equal(header, "tBefore,tAfter,op,name,error,tDue,namespace,reason");
  assert.equal(lines.length, 2 * objects);
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`;
  const line = new RegExp(`^${time},${time},(create|delete),rows-\\d\\d,,${time},rows,$`);
  for (const text of lines) assert.match(text, line);
  const rowsOf = (wanted: OperationRow["op"]) =>
    new Map(run.writes.filter(({ op }) => op === wanted).map((row) => [row.name, row]));
  const deletes = rowsOf("delete");
  assert.equal(deletes.size, objects);
  for (const [name, create] of rowsOf("create")) {
    const livedMs = deletes.get(name)!.beforeMs - create.afterMs;
    assert.ok(livedMs >= ttlMs - 1, `${name} lived ${livedMs} ms`); // rows have whole ms
    assert.ok(livedMs < ttlMs + 500, `${name} lived ${livedMs} ms`);
  }
}

/** What bash makes of the parameter file. */
async function assertParms(run: CommandRun): Promise<void> {
  const script = `set -eu; . ./rows-driver.parms
    echo "$LAMBDA $N $MAXPOP $DATALEN $DATEFILENAME $RUNID $SEED"`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script],
    cwd: run.path("."),
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(text, "50 60 50 123 rows-driver.csv rows 7\n");
}

Deno.test(
  "in the go dialect the file is as the original wrote it, at the path that was asked for",
  { ignore },
  async () => {
    await using run = start("go", [
      ...["-lambda", "100", "-n=8", "--maxpop", "5", "--csv-dialect", "go"],
      ...["-datafile", "x_{{.RunID}}.csv"],
    ]);
    await run.endsWell();
    const lines = run.text("x_go.csv").trimEnd().split("\n");
    assert.equal(lines.length, 16);
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`;
    for (const line of lines) {
      assert.match(line, new RegExp(`^${time},${time},(create|delete),"go-[1-8]",""$`));
    }
  },
);

Deno.test("with two namespaces, objects take turns in them", { ignore }, async () => {
  const args = ["--namespace", "right", "--lambda", "200", "--n", "20", "--maxpop", "100"];
  await using run = start("left", args);
  const live = await untilThereAre(20, { plane: plane(), runId: "left" });
  await run.endsWell();
  const places = live.map(({ metadata: { name, namespace } }) => [name, namespace]).sort();
  const expected = Array.from({ length: 20 }, (_, index) => [
    `left-${String(index + 1).padStart(2, "0")}`,
    index % 2 === 0 ? "left" : "right",
  ]);
  assert.deepEqual(places, expected);
  const rows = run.writes.map(({ name, namespace }) => [name, namespace]).sort();
  assert.deepEqual(rows, expected.flatMap((place) => [place, place]));
  await assertNothingLeft(plane(), { runId: "left" });
});

interface KindCase {
  readonly kind: string;
  readonly yaml: string;
  readonly collection: string;
  /** The namespace of its objects and rows. */
  readonly namespace: string | undefined;
  /** What the placeholders have become. */
  readonly filled: (object: Record<string, unknown>) => unknown;
}

const PLACES = `{i: "{{.Index}}", name: "{{.Name}}", ns: "{{.Namespace}}", run: "{{.RunID}}"}`;
const KINDS: readonly KindCase[] = [
  {
    kind: "secret",
    yaml: `apiVersion: v1\nkind: Secret\nstringData: ${PLACES}\n`,
    collection: "/api/v1/secrets",
    namespace: "kinds",
    filled: ({ data }) =>
      Object.fromEntries(
        Object.entries(data as Record<string, string>).map(([key, text]) => [key, atob(text)]),
      ),
  },
  {
    kind: "widget",
    yaml: `apiVersion: example.com/v1\nkind: Widget\nspec: ${PLACES}\n`,
    collection: WIDGETS,
    namespace: "kinds",
    filled: ({ spec }) => spec,
  },
  {
    kind: "clusterrole",
    yaml: "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nrules: []\n" +
      `metadata: {annotations: ${PLACES}}\n`,
    collection: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    namespace: undefined,
    filled: ({ metadata }) => {
      const { annotations } = metadata as { annotations: Record<string, string> };
      const { "scaletest/createTimestamp": _, ...rest } = annotations;
      return rest;
    },
  },
];

for (const { kind, yaml, collection, namespace, filled } of KINDS) {
  Deno.test(`--kind takes the manifest of a ${kind}`, { ignore }, async () => {
    if (kind === "widget") await defineWidgets();
    const args = ["--kind", "object.yaml", "--lambda", "200", "--n", "9", "--maxpop", "160"];
    await using run = start("kinds", [...args, "--run-id", kind], {
      files: { "object.yaml": yaml },
    });
    const objects = await untilThereAre(9, { plane: plane(), runId: kind, collection });
    await run.endsWell();
    assert.deepEqual(
      objects.map((object) => filled({ ...object })).sort(byIndex),
      objects.map((_, index) => ({
        i: `${index + 1}`,
        name: `${kind}-${index + 1}`,
        ns: namespace ?? "",
        run: kind,
      })),
    );
    assert.deepEqual(new Set(run.writes.map((row) => row.namespace)), new Set([namespace]));
    assert.deepEqual(await objectsOf(plane(), { runId: kind, collection }), []);
  });
}

function byIndex(one: unknown, other: unknown): number {
  return (one as { i: string }).i < (other as { i: string }).i ? -1 : 1;
}

async function defineWidgets(): Promise<void> {
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } };
  await plane().admin("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    method: "POST",
    body: {
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "widgets", kind: "Widget" },
        versions: [version],
      },
    },
  });
  await eventually(
    "widgets served",
    async () => (await plane().request("admin", WIDGETS)).status === 200,
  );
}

Deno.test(
  "--with-logger reports how late each write was noticed; --clientlb says that there are no endpoints",
  { ignore },
  async () => {
    await using run = start("watched", [
      ...["--lambda", "100", "--n", "150", "--maxpop", "20", "--with-logger", "--clientlb"],
    ]);
    const { stderr } = await run.endsWell();
    const { report } = run;
    for (const name of ["createLatency", "notificationDelay"]) {
      const { count, min, p50 } = statsOf(report, name);
      assert.equal(count, 150, name);
      assert.ok(min >= 0 && p50 !== null && p50 >= min, `${name}: min ${min}, p50 ${p50}`);
    }
    assert.equal(totalOf(report, "creates"), 150);
    assert.equal(totalOf(report, "deletes"), 150);
    assert.ok(gaugeOf(report, "observedPopulation").max > 0);
    const noEndpoints = report.warnings.find(({ code }) => code === "no-endpoints");
    assert.match(noEndpoints?.message ?? "", /^Service default\/kubernetes has no endpoints: all/);
    assert.ok(stderr.includes(`WARNING: ${noEndpoints?.message}\n`), stderr);
  },
);

Deno.test(
  "arrivals are a Poisson process of the seed, and the population follows Little's law",
  { ignore, sanitizeOps: false, sanitizeResources: false },
  async () => {
    await using again = start("again", [
      ...["--lambda", "20", "--n", "40", "--maxpop", "10", "--seed", "42"],
    ]);
    await Promise.all([steady.endsWell(), again.endsWell()]);
    const { writes, report } = steady;
    const gapsMs = arrivalGapsMs(writes);
    // 23 s at 20/s; the seed makes it the same number in each run.
    assert.ok(Math.abs(gapsMs.length - 460) < 86, `${gapsMs.length} gaps`);
    assert.ok(exponentialDistance(gapsMs, 20) < 1.95, `${exponentialDistance(gapsMs, 20)}`);
    assert.ok(exponentialDistance(gapsMs, 26) > 1.95, "the test tells a rate that is 30 % off");
    // Rows have whole ms.
    const offMs = arrivalGapsMs(again.writes).map((gapMs, index) => gapMs - gapsMs[index]!);
    assert.equal(offMs.length, 39);
    assert.ok(Math.max(...offMs.map(Math.abs)) <= 2, `gaps differ by ${offMs} ms`);
    assert.equal(report.end?.reason, "duration");
    // The stop comes as late as a busy machine lets its timer.
    assert.ok(report.summary.measuredMs > 19_990, `${report.summary.measuredMs} ms`);
    const startMs = Math.min(...writes.map(({ dueMs }) => dueMs ?? Infinity));
    const mean = meanPopulation(writes, { fromMs: startMs + 3_000, toMs: startMs + 23_000 });
    const gauge = gaugeOf(report, "population").mean;
    assert.ok(Math.abs(gauge / mean - 1) < 0.03, `gauge ${gauge}, by the rows ${mean}`);
    // Objects live on while their deletes wait: longer on a busy machine, never shorter.
    assert.ok(gauge > 0.8 * 40, `a mean population of ${gauge} instead of 40`);
    await assertNothingLeft(plane(), { runId: "steady" });
  },
);
