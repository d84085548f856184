/** How limits and observed figures are written. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  exactDuration,
  formatObserved,
  type Limit,
  parseLimit,
  plainDecimal,
} from "../../../core/judge/limit.ts";
import { parseDurationMs } from "../../../core/units.ts";

Deno.test("a decimal is written out without an exponent and shifted exactly", () => {
  const cases: [number, number, string][] = [
    [0, 0, "0"],
    [1, 0, "1"],
    [-2.5, 0, "-2.5"],
    [1e21, 0, "1000000000000000000000"],
    [1.5e-7, 0, "0.00000015"],
    [0.011, 2, "1.1"],
    [0.5, 2, "50"],
    [1, 2, "100"],
    [0.0001, 2, "0.01"],
  ];
  for (const [value, shift, text] of cases) assert.equal(plainDecimal(value, shift), text);
});

Deno.test("a duration is written in its largest fitting unit", () => {
  const cases: [number, string][] = [
    [0, "0ms"],
    [1e-6, "1ns"],
    [0.25, "250us"],
    [1, "1ms"],
    [1_500, "1.5s"],
    [90_000, "90s"],
    [120_000, "2m"],
    [5_400_000, "90m"],
    [86_400_000, "24h"],
    [1e-12, "0.000000000001ms"],
  ];
  for (const [ms, text] of cases) assert.equal(exactDuration(ms), text);
});

Deno.test("minus zero is zero, and only times and plain numbers can be negative", () => {
  assert.deepEqual(parseLimit("-0ms", ["ms"]), { value: 0, unit: "ms" });
  assert.deepEqual(parseLimit("-2.5", ["none"]), { value: -2.5, unit: "none" });
  for (const text of ["-1B", "-1/s", "-1MB/s", "-1%"]) {
    const any = ["ms", "bytes", "perSec", "bytesPerSec", "ratio", "none"] as const;
    assert.equal(parseLimit(text, any), undefined, text);
  }
});

Deno.test("property: an exact duration reads back as the same float", () => {
  fc.assert(fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (ms) => {
    assert.equal(parseDurationMs(exactDuration(ms)), ms);
  }));
});

Deno.test("property: a whole percentage reads back without a rounding error", () => {
  fc.assert(fc.property(fc.nat(100_000), (thousandths) => {
    const text = `${plainDecimal(Number(`${thousandths}e-3`))}%`;
    assert.equal(parseLimit(text, ["ratio"])?.value, Number(`${thousandths}e-5`));
  }));
});

Deno.test("an observed figure has its limit's unit and never looks equal to a limit it differs from", () => {
  const cases: [number, Limit, string][] = [
    [200, { value: 200, unit: "ms" }, "200ms"],
    [199.6, { value: 100, unit: "ms" }, "200ms"],
    [199.6, { value: 200, unit: "ms" }, "199.6ms"],
    [200.00004, { value: 200, unit: "ms" }, "200.00004ms"],
    [1_000.4, { value: 1_000, unit: "ms" }, "1000.4ms"],
    [-5, { value: 0, unit: "ms" }, "-5ms"],
    [512, { value: 1, unit: "bytes" }, "512 B"],
    [1_048_577, { value: 1_048_576, unit: "bytes" }, "1048577 B"],
    [410e6, { value: 400e6, unit: "bytesPerSec" }, "410 MB/s"],
    [49.97, { value: 50, unit: "perSec" }, "49.97/s"],
    [12.34, { value: 50, unit: "perSec" }, "12.3/s"],
    [0.0123, { value: 0.01, unit: "ratio" }, "1.23%"],
    [0.99996, { value: 1, unit: "ratio" }, "99.996%"],
    [12_345, { value: 0, unit: "none" }, "12345"],
    [1 / 3, { value: 0, unit: "none" }, "0.333"],
  ];
  for (const [value, limit, text] of cases) assert.equal(formatObserved(value, limit), text);
});
