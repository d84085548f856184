import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Manifest } from "../../../core/run_log/manifest.ts";
import { SAMPLE_MANIFEST } from "../../support/sample_report.ts";

Deno.test("a manifest that was written is read as the same manifest", () => {
  deepStrictEqual(Manifest.parse(JSON.parse(JSON.stringify(SAMPLE_MANIFEST))), SAMPLE_MANIFEST);
});

Deno.test("a run without an end and with a closed model has a manifest too", () => {
  const manifest = { ...SAMPLE_MANIFEST, durationMs: null, targetRatePerSec: null };
  deepStrictEqual(Manifest.parse(manifest), manifest);
});

Deno.test("what a later version adds is left out, not refused", () => {
  deepStrictEqual(Manifest.parse({ ...SAMPLE_MANIFEST, user: "someone" }), SAMPLE_MANIFEST);
});

Deno.test("a manifest from before there were facts has none", () => {
  const { facts: _facts, ...old } = SAMPLE_MANIFEST;
  deepStrictEqual(Manifest.parse(old).facts, {});
});

Deno.test("a manifest from before measures were named names none", () => {
  const { measures: _measures, ...old } = SAMPLE_MANIFEST;
  deepStrictEqual(Manifest.parse(old).measures, []);
});

const ADDED_LATER = [
  ...["facts", "measures", "isStaged", "classes", "causes", "tables", "ladder"],
  ...["invariants", "weighsChance", "k6", "isSimulated", "generators"],
];

for (const key of Object.keys(SAMPLE_MANIFEST).filter((key) => !ADDED_LATER.includes(key))) {
  Deno.test(`a manifest without ${key} is refused, and the key is named`, () => {
    const { error } = Manifest.safeParse({ ...SAMPLE_MANIFEST, [key]: undefined });
    deepStrictEqual(error?.issues.map(({ path }) => path), [[key]]);
  });
}

const WRONG: readonly [what: string, change: object][] = [
  ["of another schema version", { schemaVersion: 2 }],
  ["with a seed that is no whole number", { seed: 1.5 }],
  ["with a setting from an unknown place", { flags: { rate: { value: "1", source: "guess" } } }],
  ["with a fact that is no text", { facts: { nodes: 3 } }],
  ["with a label that is no text", { labels: { team: 7 } }],
  ["with a time that is not finite", { warmUpMs: Infinity }],
];

for (const [what, change] of WRONG) {
  Deno.test(`a manifest ${what} is refused`, () => {
    strictEqual(Manifest.safeParse({ ...SAMPLE_MANIFEST, ...change }).success, false);
  });
}
