import assert, { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Tags } from "../../../core/measure/sample.ts";
import { baseName, seriesKey, tagsMatch, unitOfName } from "../../../core/measure/series_key.ts";

Deno.test("seriesKey() is the name with its tags in the order of their keys", () => {
  const cases: [name: string, tags: Tags | undefined, key: string][] = [
    ["get", undefined, "get"],
    ["get", {}, "get"],
    ["get", { connection: "0" }, 'get{connection="0"}'],
    ["get", { b: "2", a: "1" }, 'get{a="1",b="2"}'],
    ["get", { path: "" }, 'get{path=""}'],
  ];
  for (const [name, tags, key] of cases) strictEqual(seriesKey(name, tags), key);
});

Deno.test("seriesKey() tells different tags apart when their values hold no quote", () => {
  const text = fc.string({ unit: fc.constantFrom("1", "2", ",", "=", "\\", "{", "}", "b") });
  const tags = fc.dictionary(fc.constantFrom("a", "b", "c"), text);
  fc.assert(fc.property(tags, tags, (one, other) => {
    const sorted = (from: Tags) => JSON.stringify(Object.entries(from).sort());
    strictEqual(seriesKey("get", one) === seriesKey("get", other), sorted(one) === sorted(other));
  }));
});

Deno.test("tagsMatch() wants every tag of the filter and does not mind others", () => {
  const tags = { connection: "0", verb: "get" };
  const cases: [filter: Tags, tags: Tags | undefined, matches: boolean][] = [
    [{}, tags, true],
    [{}, undefined, true],
    [{ verb: "get" }, tags, true],
    [{ verb: "get", connection: "0" }, tags, true],
    [{ verb: "put" }, tags, false],
    [{ verb: "get", zone: "a" }, tags, false],
    [{ verb: "get" }, undefined, false],
    [{ verb: "get" }, {}, false],
    [{ verb: "" }, {}, false],
  ];
  deepStrictEqual(
    cases.map(([filter, own]) => tagsMatch(filter, own)),
    cases.map(([, , matches]) => matches),
  );
});

Deno.test("the unit of a series is the one that its name states", () => {
  const units = {
    receivedBytes: "bytes",
    'receivedBytes{connection="0"}': "bytes",
    bytes_sent: "bytes",
    "rss-bytes": "bytes",
    cpuRatio: "ratio",
    loopLagMs: "ms",
    inFlight: "count",
    kilobytesque: "count",
    'items{unit="bytes"}': "count",
  };
  for (const [name, unit] of Object.entries(units)) assert.equal(unitOfName(name), unit, name);
});

Deno.test("the base name of a series is its name without tags", () => {
  assert.equal(baseName('received{connection="{"}'), "received");
  assert.equal(baseName("received"), "received");
});
