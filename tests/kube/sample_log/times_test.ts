import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  formatAnnotationTime,
  formatRowTime,
  parseAnnotationTime,
  parseRowTime,
} from "../../../kube/sample_log/times.ts";

const FOUR_DIGIT_YEARS = {
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T00:00:00Z"),
  noInvalidDate: true,
};

Deno.test("formatRowTime() is UTC with a blank, milliseconds cut off, whatever the local zone", () => {
  for (
    const [iso, expected] of [
      ["2026-11-21T10:31:51.482Z", "2026-11-21 10:31:51.482"],
      ["2026-11-21T10:31:51Z", "2026-11-21 10:31:51.000"],
      ["2026-11-21T23:59:59.999-05:00", "2026-11-22 04:59:59.999"],
      ["1970-01-01T00:00:00.001Z", "1970-01-01 00:00:00.001"],
    ] as const
  ) strictEqual(formatRowTime(new Date(iso)), expected);
  strictEqual(formatRowTime(new Date(1_999.999)), "1970-01-01 00:00:01.999");
});

Deno.test("parseRowTime() reads back every instant that formatRowTime() writes", () => {
  fc.assert(
    fc.property(fc.date(FOUR_DIGIT_YEARS), (date) => {
      strictEqual(parseRowTime(formatRowTime(date)), date.getTime());
    }),
  );
});

Deno.test("parseRowTime() refuses other layouts and days that no calendar has", () => {
  for (
    const text of [
      "",
      "2026-11-21",
      "2026-11-21 10:31:51",
      "2026-11-21 10:31:51.4",
      "2026-11-21 10:31:51.4821",
      "2026-11-21T10:31:51.482",
      "2026-11-21 10:31:51.482Z",
      "2026-02-30 10:31:51.482",
      "2026-13-01 10:31:51.482",
      "2026-11-21 24:00:00.000",
      "2026-11-21 10:60:51.482",
      " 2026-11-21 10:31:51.482",
      "1-01-01 00:00:00.000",
    ]
  ) {
    throws(() => parseRowTime(text), {
      name: "SyntaxError",
      message: `Cannot read time "${text}": expected YYYY-MM-DD hh:mm:ss.mmm`,
    });
  }
});

Deno.test("parseAnnotationTime() takes the zone into account", () => {
  for (
    const [text, iso] of [
      ["2026-11-21 10:31:51.482 +0000", "2026-11-21T10:31:51.482Z"],
      ["2026-11-21 10:31:51.482 -0000", "2026-11-21T10:31:51.482Z"],
      ["2026-11-21 10:31:51.482 +0530", "2026-11-21T05:01:51.482Z"],
      ["2026-11-21 22:31:51.482 -0930", "2026-11-22T08:01:51.482Z"],
      ["2026-01-01 00:00:00.000 +1400", "2025-12-31T10:00:00.000Z"],
    ] as const
  ) strictEqual(parseAnnotationTime(text), Date.parse(iso), text);
});

Deno.test("parseAnnotationTime() takes and refuses what Go's time.Parse does", () => {
  const takes = [
    "2026-11-21 9:31:51.482 +0000",
    "2026-11-21 10:31:51,482 +0000",
    "2026-11-21  10:31:51.482  +0000",
    "2026-11-21 10:31:51.482 +2460",
  ];
  const refuses = [
    "",
    "2026-11-21 10:31:51 +0000",
    "2026-11-21 10:31:51.4 +0000",
    "2026-11-21 10:31:51.48 +0000",
    "2026-11-21 10:31:51.4820 +0000",
    "2026-11-21 10:31:51.482123456 +0000",
    "2026-11-21 10:31:51.482 +00:00",
    "2026-11-21 10:31:51.482 Z",
    "2026-11-21 10:31:51.482",
    "2026-11-21 10:31:51.482 +0000 UTC",
    "2026-11-21T10:31:51.482 +0000",
    "2026-11-21 24:31:51.482 +0000",
    "2026-02-29 10:31:51.482 +0000",
    "2026-11-21 10:31:60.482 +0000",
    "2026-11-21 10:31:51.482 +2500",
    "2026-11-21 10:31:51.482 +0061",
  ];
  for (const text of takes) strictEqual(typeof parseAnnotationTime(text), "number", text);
  for (const text of refuses) {
    throws(() => parseAnnotationTime(text), {
      name: "SyntaxError",
      message: `Cannot read timestamp "${text}": expected YYYY-MM-DD hh:mm:ss.mmm +hhmm`,
    });
  }
});

Deno.test("parseAnnotationTime() reads back every instant that formatAnnotationTime() writes", () => {
  const day = { ...FOUR_DIGIT_YEARS, min: new Date("1975-01-01T00:00:00Z") };
  fc.assert(
    fc.property(fc.date(day), (date) => {
      strictEqual(parseAnnotationTime(formatAnnotationTime(date)), date.getTime());
    }),
  );
});

/** What a process in the zone writes for the instants. */
function annotationsIn(zone: string, instants: readonly string[]): string[] {
  const module = new URL("../../../kube/sample_log/times.ts", import.meta.url).href;
  const code = `import { formatAnnotationTime } from ${JSON.stringify(module)};
    const times = ${JSON.stringify(instants)}.map((iso) => formatAnnotationTime(new Date(iso)));
    await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(times)));`;
  const { stdout } = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    env: { TZ: zone },
  }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("formatAnnotationTime() is local time with its offset, on both sides of summer time", () => {
  deepStrictEqual(
    annotationsIn("America/New_York", [
      "2026-03-08T06:59:59.999Z",
      "2026-03-08T07:00:00.000Z",
      "2026-11-01T05:59:59.999Z",
      "2026-11-01T06:00:00.000Z",
      "2026-03-08T06:59:59.999Z",
    ]),
    [
      "2026-03-08 01:59:59.999 -0500",
      "2026-03-08 03:00:00.000 -0400",
      "2026-11-01 01:59:59.999 -0400",
      "2026-11-01 01:00:00.000 -0500",
      "2026-03-08 01:59:59.999 -0500",
    ],
  );
  deepStrictEqual(annotationsIn("Asia/Kathmandu", ["2025-12-31T23:00:00.005Z"]), [
    "2026-01-01 04:45:00.005 +0545",
  ]);
});
