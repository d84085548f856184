import assert from "node:assert/strict";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import {
  commandLineOf,
  effectiveThresholds,
  makeManifest,
} from "../../../core/run/make_manifest.ts";
import { RUN_FLAGS } from "../../../core/command/run_flags.ts";
import { type GivenTexts, resolveSettings } from "../../../core/command/settings.ts";

const PLAN: RunPlan = {
  target: "here",
  model: "closed",
  targetRatePerSec: null,
  defaultThresholds: ["request.failed.count <= 0"],
  mainOperation: "request",
  instrument: () => Promise.resolve(),
};
const RUN = { runId: "r1", seed: 7, rng: "x", startedAt: "2026-11-21T00:00:00Z" };

function invocationOf(flags: GivenTexts) {
  const settings = resolveSettings(RUN_FLAGS, { command: "load", flags, env: () => undefined });
  return { command: "load", ...settings, positionals: [], io: undefined as never };
}

Deno.test("the manifest shows the seed and the id that the run has, and who chose them", () => {
  const drawn = makeManifest(invocationOf({}), PLAN, RUN).flags;
  assert.deepEqual(drawn.seed, { value: "7", source: "derived" });
  assert.deepEqual(drawn["run-id"], { value: "r1", source: "derived" });
  const given = makeManifest(invocationOf({ seed: ["7"], "run-id": ["r1"] }), PLAN, RUN).flags;
  assert.deepEqual([given.seed?.source, given["run-id"]?.source], ["flag", "flag"]);
});

Deno.test("the command line has what was given, and nothing that the program chose", () => {
  const invocation = invocationOf({ duration: ["5s"] });
  const shown = { ...invocation.shown, seed: { value: "7", source: "sandbox" as const } };
  assert.deepEqual(commandLineOf({ ...invocation, shown }), [
    "scaletool",
    "load",
    "--duration=5s",
  ]);
  const command = "gateway attached-routes";
  assert.deepEqual(commandLineOf({ ...invocation, shown: {}, command }), [
    ...["scaletool", "gateway", "attached-routes"],
  ]);
});

Deno.test("a default threshold gives way to one about the same figure", () => {
  const threshold = ["request.failed.count <= 3", "request.p99 < 1s"];
  assert.deepEqual(
    effectiveThresholds({ threshold }, ["request.failed.count <= 0", "connect.failed.count <= 0"]),
    ["request.failed.count <= 3", "request.p99 < 1s", "connect.failed.count <= 0"],
  );
});

Deno.test("a threshold about a failure that the plan's load cannot have is refused", () => {
  const about = (reason: string) => `request.failed{reason=${reason}}.count <= 0`;
  const manifestOf = (reason: string, reasons?: readonly string[]) => {
    const invocation = invocationOf({});
    const values = { ...invocation.values, threshold: [about(reason)] };
    const plan = { ...PLAN, ...(reasons === undefined ? {} : { reasons }) };
    return makeManifest({ ...invocation, values }, plan, RUN).thresholds[0];
  };
  assert.equal(manifestOf("timeout"), about("timeout"));
  assert.equal(manifestOf("http-503"), about("http-503"));
  assert.equal(manifestOf("no-pvc", ["no-pvc"]), about("no-pvc"));
  assert.throws(() => manifestOf("no-pvc"), {
    name: "UsageError",
    message: /^Cannot read threshold ".*": expected one of .*, not "no-pvc"$/,
  });
  assert.throws(() => manifestOf("no-pcv", ["no-pvc"]), {
    name: "UsageError",
    message: / \(did you mean "no-pvc"\?\)$/,
  });
});

const REFUSED: readonly [name: string, text: string, says: RegExp][] = [
  ["threshold", "bogus", /^--threshold: Cannot read threshold "bogus": expected /],
  [
    "threshold",
    "x.failed{reason=timeuot}.count == 0",
    /^--threshold: Cannot read threshold .* not "timeuot" \(did you mean "timeout"\?\)$/,
  ],
  ["label", "x", /^--label must be key=value, not "x"$/],
  ["run-id", "UPPER", /^--run-id must be at most 50 of a-z, /],
  ["metrics-addr", ":::", /^--metrics-addr: Cannot read address ":::": expected /],
];

for (const [name, text, says] of REFUSED) {
  Deno.test(`a ${name} that cannot be read is refused with the flags, before anything is made of them`, () => {
    assert.throws(() => invocationOf({ [name]: [text] }), { name: "UsageError", message: says });
  });
}
