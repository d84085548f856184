/**
 * The test plans of the field's scripts: JSON with standard tests, of which it says the size, and
 * custom ones, of which it says the command line.
 * @module
 */

import * as z from "zod";
import { messageOf, UsageError } from "../../../core/errors.ts";
import { readTextFile } from "../../../core/files.ts";
import { JsonError, type PlacedJson, readPlacedJson } from "../../../core/placed_json.ts";
import { shellWords } from "./shell_words.ts";

/** One that is to run. */
export interface PlannedTest {
  /** Of its files, each another. */
  readonly name: string;
  /** Behind the command's name. */
  readonly words: readonly string[];
  /** What messages name it by: `plan.json:12:15: test "name"`. */
  readonly title: string;
}

export interface TestPlan {
  /** In the order in which they run; at least one. */
  readonly tests: readonly PlannedTest[];
  /** What is not as it seems, one line each. */
  readonly notes: readonly string[];
}

const StandardTest = z.object({
  max_devworkspaces: z.number().int().positive(),
  // Whatever is not "single" is separate.
  mode: z.string().default("separate"),
  duration_minutes: z.number().int().positive(),
});
type StandardTest = z.infer<typeof StandardTest>;

/** It names files. */
const NAME = /^(?!\.{1,2}$)[^/\\\p{Cc}]{1,200}$/u;
const CustomTest = z.object({
  name: z.string().regex(NAME, "must be usable as the name of a file"),
  args: z.string(),
});

/** What decides whether it runs is all that is asked of one that does not. */
const Entry = z.looseObject({ enabled: z.unknown().optional() });
const Plan = z.looseObject({
  tests: z.array(Entry).nullish().transform((all) => all ?? []),
  custom_tests: z.array(Entry).nullish().transform((all) => all ?? []),
});

/** What runs without a plan. */
const DEFAULT_TESTS: readonly StandardTest[] = [
  { max_devworkspaces: 1_500, mode: "single", duration_minutes: 40 },
  { max_devworkspaces: 1_500, mode: "separate", duration_minutes: 60 },
];

export function defaultPlan(): TestPlan {
  return {
    tests: DEFAULT_TESTS.map((test) => planned(standardTest(test), "the default plan")),
    notes: [],
  };
}

/** @throws {UsageError} one line with file, line and column, if it cannot be read or nothing of it would run */
export function readTestPlan(path: string): TestPlan {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    throw new UsageError(`cannot read the plan "${path}": ${messageOf(error)}`, { cause: error });
  }
  return testPlanOf(text, path);
}

/** @throws {UsageError} as {@link readTestPlan} */
export function testPlanOf(text: string, path: string): TestPlan {
  const source = { path, json: jsonOf(text, path) };
  const plan = checked(Plan, { source, at: [] });
  const tests: PlannedTest[] = [];
  const notes: string[] = [];
  for (const list of ["tests", "custom_tests"] as const) {
    for (const [index, { enabled }] of plan[list].entries()) {
      const at = [list, index];
      if (enabled === true) tests.push(testAt(at, source));
      else if (enabled !== false) notes.push(notEnabled(enabled, at, source));
    }
  }
  if (tests.length === 0) throw new UsageError(`${path}: no test is enabled`);
  return { tests: withOwnNames(tests), notes };
}

interface Source {
  readonly path: string;
  readonly json: PlacedJson;
}

type At = readonly (string | number)[];

function jsonOf(text: string, path: string): PlacedJson {
  try {
    return readPlacedJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { place: { line, column }, message } = error;
    throw new UsageError(`${path}:${line}:${column}: no JSON: ${message}`, { cause: error });
  }
}

function testAt(at: At, source: Source): PlannedTest {
  if (at[0] === "tests") {
    return planned(standardTest(checked(StandardTest, { source, at })), placeText(at, source));
  }
  const { name, args } = checked(CustomTest, { source, at });
  const where = placeText([...at, "args"], source);
  try {
    return planned({ name, words: shellWords(args) }, where);
  } catch (error) {
    throw new UsageError(`${where}: test "${name}": args: ${messageOf(error)}`, { cause: error });
  }
}

function planned(test: Pick<PlannedTest, "name" | "words">, where: string): PlannedTest {
  return { ...test, title: `${where}: test "${test.name}"` };
}

function standardTest(
  { max_devworkspaces: max, mode, duration_minutes: minutes }: StandardTest,
): Pick<PlannedTest, "name" | "words"> {
  const isSingle = mode === "single";
  const settings = {
    mode: "binary",
    "create-automount-resources": true,
    "max-devworkspaces": max,
    "delete-devworkspace-after-ready": false,
    "separate-namespaces": !isSingle,
    "devworkspace-ready-timeout-seconds": minutes * 60,
    "test-duration-minutes": minutes,
  };
  return {
    name: `${max}_${isSingle ? "single_ns" : "separate_ns"}_${minutes}m`,
    words: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
  };
}

function notEnabled(enabled: unknown, at: At, source: Source): string {
  const what = enabled === undefined ? "not told" : `${JSON.stringify(enabled)}, not true`;
  return `${placeText(at, source)}: ${at.join("[")}] does not run: "enabled" is ${what}`;
}

/** A name that is there already gets a number, so that no test writes over another's files. */
function withOwnNames(tests: readonly PlannedTest[]): PlannedTest[] {
  const taken = new Set<string>();
  return tests.map((test) => {
    let { name } = test;
    for (let count = 2; taken.has(name); count++) name = `${test.name}-${count}`;
    taken.add(name);
    return { ...test, name };
  });
}

function checked<T>(schema: z.ZodType<T>, { source, at }: { source: Source; at: At }): T {
  let value = source.json.value;
  for (const key of at) value = (value as Record<string | number, unknown>)[key];
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  const field = path.map(String).join(".");
  const where = placeText([...at, ...path as At], source);
  throw new UsageError(`${where}: ${field === "" ? "" : `"${field}": `}${message}`);
}

function placeText(at: At, { path, json }: Source): string {
  const { line, column } = json.placeOf(at);
  return `${path}:${line}:${column}`;
}
