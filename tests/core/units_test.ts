import { ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  formatBytes,
  formatDuration,
  formatSignificant,
  parseBytes,
  parseDurationMs,
} from "../../core/units.ts";

Deno.test("parseDurationMs() reads every unit, sums of them, and a bare number as seconds", () => {
  const cases: [text: string, ms: number][] = [
    ["0", 0],
    ["5", 5_000],
    ["0.01", 10],
    [".5", 500],
    ["500000ns", 0.5],
    ["250us", 0.25],
    ["250µs", 0.25],
    ["250μs", 0.25],
    ["10ms", 10],
    ["0s", 0],
    ["1.5s", 1_500],
    ["2m", 120_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1m30s", 90_000],
    ["1h2m3s4ms", 3_723_004],
    ["1s500ms", 1_500],
  ];
  for (const [text, ms] of cases) {
    const got = parseDurationMs(text);
    ok(Math.abs(got - ms) <= ms * 1e-12, `${text} is ${got}, not ${ms}`);
  }
});

Deno.test("parseDurationMs() refuses anything else, and quotes it", () => {
  const refused = [
    ...["abc", "-5s", "+5s", " 5s", "5 s", "5s ", "1m30", "5sec", "1e3ms", ".", "1.s", "s", "1,5s"],
    ...["NaN", "Infinity", "5S", "0x10", "5constructor"],
  ];
  for (const text of refused) {
    throws(() => parseDurationMs(text), {
      name: "SyntaxError",
      message: `Cannot read duration "${text}": expected for example 250us, 10ms, 1m30s`,
    });
  }
  throws(() => parseDurationMs(""), {
    name: "SyntaxError",
    message: 'Cannot read duration "": expected for example 10ms',
  });
});

Deno.test("parseBytes() reads decimal and binary units; one letter alone is binary", () => {
  const cases: [text: string, bytes: number][] = [
    ["0", 0],
    ["500", 500],
    ["500B", 500],
    ["1kB", 1_000],
    ["1KB", 1_000],
    ["10MB", 10_000_000],
    ["10 MB", 10_000_000],
    ["1.05MB", 1_050_000],
    ["2GB", 2_000_000_000],
    ["1TB", 1_000_000_000_000],
    ["1k", 1_024],
    ["1K", 1_024],
    ["1Ki", 1_024],
    ["64KiB", 65_536],
    ["1M", 1_048_576],
    ["1Mi", 1_048_576],
    ["1MiB", 1_048_576],
    ["1G", 1_073_741_824],
    ["1Gi", 1_073_741_824],
    ["1.5GiB", 1_610_612_736],
    ["1Ti", 1_099_511_627_776],
    ["1TiB", 1_099_511_627_776],
    ["1.0005kB", 1_001],
  ];
  for (const [text, bytes] of cases) strictEqual(parseBytes(text), bytes, text);
});

Deno.test("parseBytes() refuses anything else, and quotes it", () => {
  const refused = [
    ...["", "abc", "-1", "+1", "1mb", "1kib", "1.KiB", ".5KiB", "1e3", " 1", "KiB", "1KiB2"],
    // Every JavaScript object has these names.
    ...["5constructor", "5toString", "5valueOf"],
  ];
  for (const text of refused) {
    throws(() => parseBytes(text), {
      name: "SyntaxError",
      message: `Cannot read size "${text}": expected for example 500, 64KiB, 1MiB, 10MB`,
    });
  }
});

Deno.test("formatSignificant() has three significant digits and no trailing zeros", () => {
  const cases: [value: number, text: string][] = [
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [1.5, "1.5"],
    [1.234, "1.23"],
    [9.999, "10"],
    [12.34, "12.3"],
    [99.96, "100"],
    [100, "100"],
    [123.4, "123"],
    [999.9, "1000"],
    [0.9999, "1"],
    [0.01234, "0.0123"],
    [0.05, "0.05"],
    [1e-7, "0.0000001"],
    [1e-12, "0"],
    [-1.234, "-1.23"],
    [-1e-12, "0"],
    // From 1000 on the whole part is kept.
    [1_234.6, "1235"],
    [-1_234.6, "-1235"],
    [1_000_000, "1000000"],
  ];
  for (const [value, text] of cases) strictEqual(formatSignificant(value), text, `${value}`);
});

Deno.test("formatDuration() has the unit that a person would say", () => {
  const cases: [ms: number, text: string][] = [
    [0, "0s"],
    [0.000_5, "0.5us"],
    [0.85, "850us"],
    [0.999_4, "999us"],
    [0.999_6, "1ms"],
    [12.345, "12.3ms"],
    [999.4, "999ms"],
    [999.6, "1s"],
    [4_560, "4.56s"],
    [59_900, "59.9s"],
    [60_000, "1m0s"],
    [125_000, "2m5s"],
    [3_599_600, "1h0m"],
    [3_780_000, "1h3m"],
    [-12.345, "-12.3ms"],
    [-125_000, "-2m5s"],
  ];
  for (const [ms, text] of cases) strictEqual(formatDuration(ms), text, `${ms}`);
});

Deno.test("formatBytes() is in decimal units", () => {
  const cases: [bytes: number, text: string][] = [
    [0, "0 B"],
    [512, "512 B"],
    [999, "999 B"],
    [1_000, "1 kB"],
    [1_048_576, "1.05 MB"],
    [999_499, "999 kB"],
    [999_500, "1 MB"],
    [3_200_000_000, "3.2 GB"],
    [5e12, "5 TB"],
    [7e15, "7 PB"],
    [2e18, "2000 PB"],
    [-2_500, "-2.5 kB"],
  ];
  for (const [bytes, text] of cases) strictEqual(formatBytes(bytes), text, `${bytes}`);
});

Deno.test("A formatted duration is read back to half a unit of its last digit", () => {
  // From a minute on to half a second, from an hour on to the minute.
  fc.assert(fc.property(fc.double({ min: 1e-4, max: 3_599_000, noNaN: true }), (ms) => {
    const text = formatDuration(ms);
    const back = parseDurationMs(text);
    ok(
      Math.abs(back - ms) <= (ms < 60_000 ? ms * 0.005_001 : 500.001),
      `${ms} as ${text} is ${back}`,
    );
  }));
  fc.assert(fc.property(fc.double({ min: 3_600_000, max: 1e9, noNaN: true }), (ms) => {
    const back = parseDurationMs(formatDuration(ms));
    ok(Math.abs(back - ms) <= 60_000, `${ms} is ${back}`);
  }));
});

Deno.test("A formatted size is read back to half a unit of its third digit", () => {
  fc.assert(fc.property(fc.double({ min: 1, max: 999e12, noNaN: true }), (size) => {
    const bytes = Math.round(size);
    const text = formatBytes(bytes);
    const back = parseBytes(text);
    ok(Math.abs(back - bytes) <= bytes * 0.005_001, `${bytes} as ${text} is ${back}`);
  }));
});

Deno.test("Whole numbers of each unit are read as they are written", () => {
  fc.assert(fc.property(fc.nat({ max: 1_000_000 }), (count) => {
    strictEqual(parseDurationMs(`${count}ms`), count);
    strictEqual(parseDurationMs(`${count}s`), count * 1_000);
    strictEqual(parseDurationMs(`${count}`), count * 1_000);
    strictEqual(parseDurationMs(`${count}m${count}s`), count * 61_000);
    strictEqual(parseBytes(`${count}`), count);
    strictEqual(parseBytes(`${count}KiB`), count * 1_024);
  }));
});
