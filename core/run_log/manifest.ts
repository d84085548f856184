/**
 * What was asked of a run and where it ran: written before the first operation, so that even a run
 * that was killed says what it was.
 * @module
 */

import * as z from "zod";
import { CauseSpec } from "../judge/cause.ts";
import { K6Spec } from "../judge/k6_spec.ts";
import { TableSpec } from "../judge/table_spec.ts";
import { parseThreshold } from "../judge/threshold.ts";
import { namedValues } from "../named_values_schema.ts";

/** Where a setting came from: what the user said, strongest first, or else who chose it. */
export const SettingSource = z.enum([
  ...["flag", "env", "plan"] as const,
  "default",
  // What the program itself chose: it follows from other settings, ...
  "derived",
  // ... belongs to a size of the load, to a short demonstration, or to the sandbox that was started.
  ...["profile", "demo", "sandbox"] as const,
]);
export type SettingSource = z.infer<typeof SettingSource>;
/** Of a setting that the user left to the program. */
export type ChosenSource = Exclude<SettingSource, "flag" | "env" | "plan" | "default">;

const ClassSpec = z.object({
  name: z.string(),
  holds: z.array(z.string()).readonly().describe(
    "thresholds; none: whatever is in no better class",
  ),
});

/** See {@link import("../ladder/ladder.ts").Ladder}. */
const Ladder = z.object({
  flag: z.string().describe("the one that climbs, e.g. lambda"),
  unit: z.string().describe("of the levels, in words, e.g. arrivals/s"),
  isWhole: z.boolean().describe("the levels count something"),
  way: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("levels"),
      levels: z.array(z.number()).readonly().describe("ascending"),
      climbsOn: z.boolean().describe("whether a rung of the worst class is not the last one"),
    }),
    z.object({
      kind: z.literal("search"),
      startLevel: z.number().describe("the command's own"),
      lowestLevel: z.number().describe("nothing below it is tried"),
      highestLevel: z.number().describe("nothing above it is tried"),
      toleranceRatio: z.number()
        .describe("how far apart the levels of the edge may be, of the lower"),
    }),
  ]),
  settleMs: z.number().describe("load at the start of a rung that is not judged"),
  stageDurationMs: z.number().describe("load that is judged"),
  classes: z.array(z.string()).readonly().describe(
    "of the rungs, best first; the last takes everything",
  ),
  judgesOffer: z.boolean().optional()
    .describe("its classes say themselves how far answers may stay behind an offered rate"),
  pauseMs: z.number().describe("from rung to rung, without load"),
});

export const Manifest = z.object({
  schemaVersion: z.literal(1),
  runId: z.string(),
  command: z.string(),
  tool: z.object({
    name: z.string(),
    version: z.string(),
    runtime: z.string().describe("e.g. deno 2.9.6"),
    os: z.string(),
    arch: z.string(),
  }),
  host: z.object({ name: z.string(), cpus: z.number().int(), memoryBytes: z.number() }),
  startedAt: z.string().refine((text) => Number.isFinite(Date.parse(text)), "expected a time")
    .describe("RFC 3339, UTC"),
  target: z.string().describe("what the load goes to"),
  // Without the default, run directories from before there were facts could not be read any more.
  facts: namedValues(z.string()).default({})
    .describe("what else is known of the target, e.g. its server version"),
  mainOperation: z.string().describe("what each arrival begins with, e.g. request"),
  model: z.string().describe("the load model, e.g. closed, 4 workers"),
  seed: z.number().int(),
  rng: z.string().describe("name of the random generator"),
  warmUpMs: z.number(),
  durationMs: z.number().nullable().describe("null: until stopped or done"),
  targetRatePerSec: z.number().nullable().describe("offered load of the open model; null: closed"),
  isStaged: z.boolean().default(false)
    .describe("the load is in stages of the command's own; else it is one load after the warm-up"),
  thresholds: z.array(z.string().refine(isThreshold, "expected a threshold"))
    .describe("of the whole run; those of a ladder are in its classes"),
  invariants: z.array(z.string()).default([]).describe(
    "those of the thresholds that hold throughout: a ladder asks for them as well, and one that broke " +
      "is broken whatever stood in the way of other answers",
  ),
  classes: z.array(ClassSpec).default([]).describe("of a stage, best first; none: not classified"),
  isSimulated: z.boolean().default(false).describe(
    "its times are those of a simulation, which nothing measured: they depend on no machine",
  ),
  weighsChance: z.boolean().default(false).describe(
    "a border of a class that is within the 95 % interval of its figure leaves the class open",
  ),
  causes: z.array(CauseSpec).default([])
    .describe("of a stage that is below the best class; none: nobody is accused"),
  tables: z.array(TableSpec).default([]).describe("figures that the report sets side by side"),
  k6: K6Spec.nullable().default(null).describe("summaries in k6's shapes; null: none"),
  ladder: Ladder.nullable().default(null).describe("null: no ladder was asked for"),
  generators: z.object({
    kind: z.enum(["processes", "pods"]),
    count: z.number().int().positive(),
    found: namedValues(z.string()).describe("how they are found again, e.g. namespace and job"),
  }).nullable().default(null).describe("that put the load on; null: the program itself"),
  measures: z.array(z.string()).default([])
    .describe("names of all that can be measured; empty: not told"),
  flags: namedValues(z.object({ value: z.string(), source: SettingSource }))
    .describe("effective settings; secrets are masked"),
  labels: namedValues(z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

function isThreshold(text: string): boolean {
  try {
    parseThreshold(text);
    return true;
  } catch {
    return false;
  }
}
