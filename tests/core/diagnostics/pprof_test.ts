import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { encodePprof, type Frame, type ProfileContents } from "../../../core/diagnostics/pprof.ts";

const outer: Frame = frame("outer", { url: "file:///srv/my%20app/main.ts", lineNumber: 9 });
const inner: Frame = frame("", { url: "file:///srv/my%20app/main.ts", lineNumber: 9, column: 30 });
const native: Frame = frame("op_read", { scriptId: "0", url: "", lineNumber: -1, column: -1 });

const CONTENTS: ProfileContents = {
  measures: [{ type: "samples", unit: "count" }, { type: "cpu", unit: "nanoseconds" }],
  defaultMeasure: "cpu",
  samples: [
    { stack: [inner, outer], values: [2, 2_000_000] },
    { stack: [native, inner, outer], values: [1, 4_000_000_000] },
    { stack: [outer], values: [3, 0] },
  ],
  period: { type: "cpu", unit: "nanoseconds", value: 1_000_000 },
  startedAt: new Date("2026-03-01T12:00:00.125Z"),
  durationMs: 1_234.5,
  comments: ["main thread only"],
};

function frame(
  functionName: string,
  at: { scriptId?: string; url: string; lineNumber: number; column?: number },
): Frame {
  const { scriptId = "7", url, lineNumber, column = 0 } = at;
  return { functionName, scriptId, url, lineNumber, columnNumber: column };
}

async function roundTrip(contents: ProfileContents): Promise<Profile> {
  return Profile.decode(gunzipSync(await encodePprof(contents)));
}

/** The string with this index in the profile's table. */
function reader(profile: Profile): (index: number | bigint) => string | undefined {
  return (index) => profile.stringTable.strings[Number(index)];
}

Deno.test("a profile says what it counts, when it began and how long it took", async () => {
  const profile = await roundTrip(CONTENTS);
  const text = reader(profile);
  assert.deepEqual(
    profile.sampleType.map(({ type, unit }) => [text(type), text(unit)]),
    [["samples", "count"], ["cpu", "nanoseconds"]],
  );
  assert.equal(text(profile.defaultSampleType), "cpu");
  assert.ok(profile.periodType);
  assert.deepEqual(
    [text(profile.periodType.type), text(profile.periodType.unit), Number(profile.period)],
    ["cpu", "nanoseconds", 1_000_000],
  );
  assert.equal(BigInt(profile.timeNanos), 1_772_366_400_125_000_000n);
  assert.equal(BigInt(profile.durationNanos), 1_234_500_000n);
  assert.deepEqual(profile.comment.map(text), ["main thread only"]);
  assert.equal(text(0), "");
});

Deno.test("each function is written once, with its path and with lines that count from 1", async () => {
  const profile = await roundTrip(CONTENTS);
  const text = reader(profile);
  assert.deepEqual(
    profile.function.map((fn) => [text(fn.name), text(fn.filename), Number(fn.startLine)]),
    [
      ["(anonymous)", "/srv/my app/main.ts", 10],
      ["outer", "/srv/my app/main.ts", 10],
      ["op_read", "", 0],
    ],
  );
  assert.deepEqual(
    profile.location.map(({ line }) => line.map((one) => [Number(one.line), Number(one.column)])),
    [[[10, 31]], [[10, 1]], [[0, 0]]],
  );
});

Deno.test("each sample keeps its stack from the inside out, and its values", async () => {
  const profile = await roundTrip(CONTENTS);
  const text = reader(profile);
  const names = new Map(profile.function.map((fn) => [Number(fn.id), text(fn.name)]));
  const functionIds = new Map(
    profile.location.map(({ id, line }) => [Number(id), Number(line[0]?.functionId)]),
  );
  const nameAt = (locationId: number | bigint) =>
    names.get(functionIds.get(Number(locationId)) ?? NaN);
  assert.deepEqual(
    profile.sample.map(({ locationId, value }) => [locationId.map(nameAt), value.map(Number)]),
    [
      [["(anonymous)", "outer"], [2, 2_000_000]],
      [["op_read", "(anonymous)", "outer"], [1, 4_000_000_000]],
      [["outer"], [3, 0]],
    ],
  );
});

Deno.test("functions of one name in different places stay apart", async () => {
  const twins = [
    frame("run", { url: "file:///a.ts", lineNumber: 1 }),
    frame("run", { url: "file:///b.ts", scriptId: "8", lineNumber: 1 }),
    frame("run", { url: "file:///a.ts", lineNumber: 2 }),
    frame("run", { url: "file:///a.ts", lineNumber: 1, column: 5 }),
  ];
  const profile = await roundTrip({
    ...CONTENTS,
    samples: twins.map((twin) => ({ stack: [twin], values: [1, 1] })),
  });
  assert.equal(profile.function.length, 4);
  assert.deepEqual(profile.sample.map(({ locationId }) => Number(locationId[0])), [1, 2, 3, 4]);
});

Deno.test("scripts that are no files keep the name that tells them apart", async () => {
  const urls: [string, string][] = [
    ["ext:core/01_core.js", "ext:core/01_core.js"],
    ["node:timers", "node:timers"],
    ["data:text/javascript,export%20const%20a%20=%201", "data:"],
    ["file:///srv/a%2Fb.ts", "file:///srv/a%2Fb.ts"],
  ];
  const samples = urls.map(([url], index) => ({
    stack: [frame("f", { url, lineNumber: 0, scriptId: String(index) })],
    values: [1, 1],
  }));
  const profile = await roundTrip({ ...CONTENTS, samples });
  const text = reader(profile);
  assert.deepEqual(profile.function.map((fn) => text(fn.filename)), urls.map(([, name]) => name));
});

Deno.test("a profile without samples is a profile", async () => {
  const profile = await roundTrip({ ...CONTENTS, samples: [] });
  assert.deepEqual([profile.sample, profile.location, profile.function], [[], [], []]);
  assert.equal(profile.sampleType.length, 2);
});
