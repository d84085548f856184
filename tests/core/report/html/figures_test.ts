import assert from "node:assert/strict";
import {
  countFigure,
  decimalFigure,
  quantileFigure,
  valueFigure,
} from "../../../../core/report/html/figures.ts";

Deno.test("figures have three digits, thousands apart and their unit", () => {
  assert.equal(countFigure(1_234_567), "1,234,567");
  assert.equal(decimalFigure(0.012345), "0.0123");
  assert.equal(decimalFigure(12.345), "12.3");
  assert.equal(decimalFigure(12_345.6), "12,346");
  assert.equal(decimalFigure(-0.9994), "-0.999");
  assert.equal(String(valueFigure(1_048_576, "bytes")), "1.05 MB");
  assert.equal(String(valueFigure(0.314, "ratio")), "31.4 %");
  assert.equal(String(valueFigure(1_500, "ms")), "1,500 ms");
  assert.equal(String(valueFigure(55, "count")), "55");
});

Deno.test("what is not a finite number is a dash that says so", () => {
  const dash = '<abbr class="missing" title="not a finite number">–</abbr>';
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.equal(String(countFigure(value)), dash);
    assert.equal(String(decimalFigure(value)), dash);
    for (const unit of ["bytes", "ratio", "ms", "count"] as const) {
      assert.equal(String(valueFigure(value, unit)), dash);
    }
  }
});

Deno.test("a quantile that too few values support is a dash that says how many it needs", () => {
  assert.equal(
    String(quantileFigure("p99.9", { value: null, count: 240, unit: "ms" })),
    '<abbr class="missing" title="p99.9 needs at least 1,000 values, there were 240">–</abbr>',
  );
  assert.equal(quantileFigure("p99", { value: 20.123, count: 240, unit: "ms" }), "20.1");
  assert.equal(quantileFigure("p50", { value: 65_536, count: 240, unit: "bytes" }), "65.5 kB");
});
