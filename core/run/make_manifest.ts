/**
 * Settings and plan -> the manifest that says what a run was, and its command line for people.
 * @module
 */

import os from "node:os";
import { parseLabel } from "../command/run_id.ts";
import { classLadder, type ClassSpec } from "../judge/class_spec.ts";
import { messageOf, UsageError } from "../errors.ts";
import {
  formatThreshold,
  parseThreshold,
  type Threshold,
  thresholdParser,
  thresholdSubject,
} from "../judge/threshold.ts";
import { NAME, VERSION } from "../version.ts";
import type { Invocation } from "../command/command.ts";
import { isStaged, type RunPlan } from "./run_plan.ts";
import type { Manifest } from "../run_log/manifest.ts";
import { namesOf } from "./measures.ts";
import { RUN_FLAGS, type RunFlags, type RunValues } from "../command/run_flags.ts";
import { isGiven, shownWithChosen } from "../command/settings.ts";

/** @throws {UsageError} for a threshold about a class of failure that the plan does not have */
export function makeManifest(
  { command, values, shown, simulation, generators }: Invocation<RunFlags>,
  plan: RunPlan,
  run: Pick<Manifest, "runId" | "seed" | "rng" | "startedAt">,
): Manifest {
  const chosen = { "run-id": run.runId, seed: run.seed };
  return {
    schemaVersion: 1,
    command,
    tool: {
      name: NAME,
      version: VERSION,
      runtime: `deno ${Deno.version.deno}`,
      os: Deno.build.os,
      arch: Deno.build.arch,
    },
    host: {
      name: Deno.hostname(),
      cpus: navigator.hardwareConcurrency,
      memoryBytes: os.totalmem(),
    },
    ...run,
    target: plan.target,
    facts: { ...plan.facts },
    mainOperation: plan.mainOperation,
    model: plan.model,
    warmUpMs: values.warmup,
    durationMs: values.duration ?? null,
    targetRatePerSec: plan.targetRatePerSec,
    isStaged: isStaged(plan),
    ...askedOf(plan, values),
    isSimulated: simulation !== undefined,
    weighsChance: plan.weighsChance ?? false,
    causes: [...plan.causes ?? []],
    tables: [...plan.tables ?? []],
    k6: plan.k6 ?? null,
    ladder: plan.ladder ?? null,
    generators: generators === undefined ? null : { ...generators.place },
    measures: plan.measures === undefined ? [] : namesOf(plan.measures),
    flags: shownWithChosen(shown, { flags: RUN_FLAGS, chosen, source: "derived" }),
    labels: Object.fromEntries(values.label.map(parseLabel)),
  };
}

/**
 * What is asked of the run, and of its stages. The rungs of a ladder are asked in the run's place.
 * @throws {UsageError} for a class with a failure class that there is not
 */
function askedOf(
  { ladder, classes, reasons = [], defaultThresholds, invariants: always = [] }: RunPlan,
  values: Pick<RunValues, "threshold">,
): Pick<Manifest, "thresholds" | "invariants" | "classes"> {
  const given = effectiveThresholds(values, [], reasons);
  const invariants = effectiveThresholds(values, always, reasons).slice(given.length);
  const thresholds = effectiveThresholds(values, defaultThresholds, reasons);
  const ofStages: ClassSpec[] = classes === undefined ? [] : classLadder(classes);
  ofStages.flatMap(({ holds }) => holds).forEach(usable(thresholdParser(reasons)));
  if (ladder === undefined) {
    return { thresholds: [...thresholds, ...invariants], invariants, classes: ofStages };
  }
  const ofOne = (text: string) => parseThreshold(text).figure.stage !== null;
  const ofRungs = (texts: readonly string[]) => texts.filter((text) => !ofOne(text));
  const [best = "", worst = ""] = ladder.classes;
  const [first, ...others] = classes === undefined
    ? [{ name: best, holds: ofRungs(thresholds) }, { name: worst, holds: [] }]
    : ofStages;
  return {
    thresholds: [...thresholds.filter(ofOne), ...invariants],
    invariants,
    classes: [asked(first!, ofRungs(given)), ...others],
  };
}

/** The best class of rungs, with what the user asks for; its own about the same metric gives way. */
function asked({ name, holds }: ClassSpec, threshold: readonly string[]): ClassSpec {
  return { name, holds: effectiveThresholds({ threshold }, holds) };
}

/** The command line as it could have been typed, secrets masked. */
export function commandLineOf({ command, shown }: Invocation<RunFlags>): string[] {
  const given = Object.entries(shown).filter(([name]) => isGiven(shown, name));
  return [NAME, ...command.split(" "), ...given.map(([name, { value }]) => `--${name}=${value}`)];
}

/**
 * What the run is judged by: the user's thresholds, and the defaults about other metrics.
 * @param reasons the classes of failure that there are beside the common ones; absent: any
 * @throws {UsageError} for a threshold that cannot be read, as a flag refuses it
 */
export function effectiveThresholds(
  { threshold }: Pick<RunValues, "threshold">,
  defaults: readonly string[],
  reasons?: readonly string[],
): string[] {
  const parse = usable(reasons === undefined ? parseThreshold : thresholdParser(reasons));
  const given = threshold.map(parse);
  const subjects = new Set(given.map(thresholdSubject));
  const kept = defaults.map(parse).filter((one) => !subjects.has(thresholdSubject(one)));
  return [...given, ...kept].map(formatThreshold);
}

function usable(parse: (text: string) => Threshold): (text: string) => Threshold {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new UsageError(messageOf(error), { cause: error });
    }
  };
}
