/**
 * Settings and plan -> the manifest that says what a run was, and its command line for people.
 * @module
 */

import os from "node:os";
import { messageOf, UsageError } from "../errors.ts";
import { formatThreshold, parseThreshold, thresholdSubject } from "../judge/threshold.ts";
import { NAME, VERSION } from "../version.ts";
import type { Invocation } from "./command.ts";
import type { LoadPlan } from "./load_plan.ts";
import type { Manifest } from "./manifest.ts";
import type { RunFlags, RunValues } from "./run_flags.ts";

/** @throws {UsageError} for a threshold or label that cannot be read */
export function makeManifest(
  { command, values, shown }: Invocation<RunFlags>,
  plan: LoadPlan,
  run: Pick<Manifest, "runId" | "seed" | "rng" | "startedAt">,
): Manifest {
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
    thresholds: effectiveThresholds(values, plan.defaultThresholds),
    flags: shown,
    labels: parseLabels(values.label),
  };
}

/** The command line as it could have been typed, secrets masked. */
export function commandLineOf({ command, shown }: Invocation<RunFlags>): string[] {
  const given = Object.entries(shown).filter(([, { source }]) => source !== "default");
  return [NAME, command, ...given.map(([name, { value }]) => `--${name}=${value}`)];
}

/** The user's thresholds, and the defaults about other metrics. */
function effectiveThresholds(values: RunValues, defaults: readonly string[]): string[] {
  const given = values.threshold.map((text) => {
    try {
      return parseThreshold(text);
    } catch (error) {
      throw new UsageError(messageOf(error), { cause: error });
    }
  });
  const subjects = new Set(given.map(thresholdSubject));
  const kept = defaults.map(parseThreshold).filter((one) => !subjects.has(thresholdSubject(one)));
  return [...given, ...kept].map(formatThreshold);
}

function parseLabels(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((label) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(label) ?? [];
    if (key === undefined || value === undefined) {
      throw new UsageError(`--label must be key=value, not "${label}"`);
    }
    return [key, value];
  }));
}
