/**
 * Settings and plan -> the manifest that says what a run was, and its command line for people.
 * @module
 */

import os from "node:os";
import { classesOf } from "../judge/class.ts";
import { formatThreshold, parseThreshold, thresholdSubject } from "../judge/threshold.ts";
import { NAME, VERSION } from "../version.ts";
import type { Invocation } from "../command/command.ts";
import { isStaged, type RunPlan } from "./run_plan.ts";
import type { Manifest } from "../run_log/manifest.ts";
import { parseLabel } from "../command/label.ts";
import { namesOf } from "./measures.ts";
import { RUN_FLAGS, type RunFlags, type RunValues } from "../command/run_flags.ts";
import { isGiven, shownWithChosen } from "../command/settings.ts";

export function makeManifest(
  { command, values, shown }: Invocation<RunFlags>,
  plan: RunPlan,
  run: Pick<Manifest, "runId" | "seed" | "rng" | "startedAt">,
): Manifest {
  const chosen = { "run-id": run.runId, seed: run.seed };
  const thresholds = effectiveThresholds(values, plan.defaultThresholds);
  const { ladder = null, classes } = plan;
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
    thresholds: ladder === null ? thresholds : [],
    classes: ladder === null && classes === undefined ? [] : classesOf(classes ?? [], thresholds),
    ladder,
    measures: plan.measures === undefined ? [] : namesOf(plan.measures),
    flags: shownWithChosen(shown, { flags: RUN_FLAGS, chosen, source: "derived" }),
    labels: Object.fromEntries(values.label.map(parseLabel)),
  };
}

/** The command line as it could have been typed, secrets masked. */
export function commandLineOf({ command, shown }: Invocation<RunFlags>): string[] {
  const given = Object.entries(shown).filter(([name]) => isGiven(shown, name));
  return [NAME, command, ...given.map(([name, { value }]) => `--${name}=${value}`)];
}

/**
 * What the run is judged by: the user's thresholds, and the defaults about other metrics.
 * @throws {SyntaxError} for a threshold that was not read as a flag before and cannot be
 */
export function effectiveThresholds(
  { threshold }: Pick<RunValues, "threshold">,
  defaults: readonly string[],
): string[] {
  const given = threshold.map(parseThreshold);
  const subjects = new Set(given.map(thresholdSubject));
  const kept = defaults.map(parseThreshold).filter((one) => !subjects.has(thresholdSubject(one)));
  return [...given, ...kept].map(formatThreshold);
}
