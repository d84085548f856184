import assert from "node:assert/strict";
import fc from "fast-check";
import { metricSamples, metricSum } from "../../../kube/component/metrics_page.ts";

Deno.test("a gauge is the sum over its labels, in whatever notation, and never another's", () => {
  const page = [
    "# HELP wal x",
    "# TYPE wal gauge",
    "wal 1.5e+3",
    'wal{a="} 7",b="c"} 2 1700000000000',
    "wal_more 9",
    "nan NaN",
    "",
  ].join("\n");
  assert.equal(metricSum(page, "wal"), 1_502);
  assert.equal(metricSum(page, "wal_more"), 9);
  assert.equal(metricSum(page, "wa"), undefined);
  assert.equal(metricSum(page, "nan"), undefined);
});

Deno.test("an exemplar is no value, and NaN and infinities are none either", () => {
  const page = [
    'lat_bucket{le="0.1"} 8 # {trace_id="}KOO"} 0.67 1700000000.1',
    "lat_bucket 3 # {} 0.5",
    "cpu_total +Inf",
    "cpu_total NaN",
    "cpu_total -Inf",
    "# EOF",
  ].join("\n");
  assert.equal(metricSum(page, "lat_bucket"), 11);
  assert.equal(metricSum(page, "cpu_total"), undefined);
});

Deno.test("labels are read back as they were, whatever is in them", () => {
  fc.assert(fc.property(fc.dictionary(fc.constantFrom("a", "b_1", "le"), fc.string()), (labels) => {
    const quoted = Object.entries(labels).map(([name, value]) =>
      `${name}="${value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`
    );
    const page = `x{${quoted.join(",")}} 7\ny 1\n`;
    const [sample, ...more] = metricSamples(page, new Set(["x"]));
    assert.deepEqual(more, []);
    assert.deepEqual({ ...sample!.labels }, { ...labels });
    assert.equal(sample!.value, 7);
  }));
});

Deno.test("a line that is no sample says nothing, and the lines after it do", () => {
  for (const line of ['x{a="1', "x", "x {", "}x 3", 'x{a="b"}', "x{} {} 4", "<html>", "x 1{2"]) {
    assert.equal(metricSum(`${line}\nx 5`, "x"), 5, line);
  }
});
