/**
 * May two sets of runs be compared at all? Says what differs beside the measurements, and which
 * runs are not sound. Never looks at a measured figure.
 * @module
 */

import { median } from "../../judge/statistics.ts";
import type { Manifest } from "../../run_log/manifest.ts";
import type { Warning } from "../../run_log/record.ts";
import type { Report } from "../report.ts";

/** Both sides of a comparison, each with at least one run. */
export interface Sides {
  readonly base: readonly Report[];
  readonly candidate: readonly Report[];
}

/** Measured times that differ by more than this share hold different mixes of start, steady state and rare events. */
const DURATION_TOLERANCE_RATIO = 0.2;

/** Flags that are about where a run's results go or which draw of chance it is, not about the load. */
const IRRELEVANT_FLAGS: ReadonlySet<string> = new Set([
  ..."cleanup-timeout color data-filename datafile help label log-format log-level".split(" "),
  ..."live-token metrics-addr no-color no-progress out output plan progress quiet run-id".split(
    " ",
  ),
  ..."seed threshold verbose".split(" "),
]);

/** Everything about the runs that a reader of the comparison must know. */
export function comparabilityWarnings(sides: Sides): Warning[] {
  return [
    ...sameRun(sides),
    ...differences(sides),
    ...differentDuration(sides),
    ...differentFlags(sides),
    ...unsoundRuns(sides),
  ];
}

function sameRun({ base, candidate }: Sides): Warning[] {
  const ids = new Set(base.map(({ manifest }) => manifest.runId));
  const shared = candidate.map(({ manifest }) => manifest.runId).filter((id) => ids.has(id));
  if (shared.length === 0) return [];
  return [warning("same-run", `${shared.join(", ")} is on both sides: name each run once`)];
}

/** Settings that should be one value in all the runs of both sides. */
function differences(sides: Sides): Warning[] {
  const settings: [code: string, what: string, of: (report: Report) => string][] = [
    ["different-command", "the command differs", ({ manifest }) => manifest.command],
    ["different-target", "the target differs", ({ manifest }) => manifest.target],
    ["different-model", "the load model differs", ({ manifest }) => manifest.model],
    [
      "different-rate",
      "the offered rate differs",
      ({ manifest: { targetRatePerSec } }) =>
        targetRatePerSec === null ? "none" : `${targetRatePerSec}/s`,
    ],
    [
      "different-warm-up",
      "the warm-up differs",
      ({ manifest }) => `${manifest.warmUpMs / 1_000}s`,
    ],
    [
      "different-version",
      "the tool differs, and so may what it costs",
      ({ manifest: { tool } }) => `${tool.version} (${tool.runtime})`,
    ],
    [
      "different-machine",
      "the generator's machine differs",
      ({ manifest: { host, tool } }) => `${host.cpus} CPUs, ${tool.os} ${tool.arch}`,
    ],
  ];
  return settings.flatMap(([code, what, of]) => {
    const change = changeOf(sides, of);
    return change === undefined ? [] : [warning(code, `${what}: ${change}`)];
  });
}

function differentDuration({ base, candidate }: Sides): Warning[] {
  const seconds = (runs: readonly Report[]) =>
    median(runs.map(({ summary }) => summary.measuredMs / 1_000));
  const [one, other] = [seconds(base), seconds(candidate)];
  if (Math.abs(one - other) <= DURATION_TOLERANCE_RATIO * Math.max(one, other)) return [];
  return [warning(
    "different-duration",
    `the measured time differs: ${one.toFixed(1)}s -> ${
      other.toFixed(1)
    }s; compare runs of one length`,
  )];
}

function differentFlags(sides: Sides): Warning[] {
  const names = new Set(
    [...sides.base, ...sides.candidate].flatMap(({ manifest }) => Object.keys(manifest.flags)),
  );
  const changes = [...names].filter((name) => !IRRELEVANT_FLAGS.has(name)).sort()
    .flatMap((name) => {
      const change = changeOf(sides, ({ manifest }) => settingText(manifest.flags[name]));
      return change === undefined ? [] : [`${name} ${change}`];
    });
  if (changes.length === 0) return [];
  return [warning("different-flags", `flags differ: ${changes.join(", ")}`)];
}

/** Where a sandbox happened to be is no difference. */
function settingText(setting: Manifest["flags"][string] | undefined): string {
  if (setting === undefined) return "(not set)";
  return setting.source === "sandbox" ? "(of the sandbox)" : setting.value;
}

function unsoundRuns({ base, candidate }: Sides): Warning[] {
  return [...base, ...candidate].flatMap(({ manifest: { runId }, validity, end }) => {
    const warnings: Warning[] = [];
    if (validity.level !== "valid") {
      const reasons = validity.reasons.join("; ");
      const meaning = validity.level === "invalid"
        ? "its figures are the generator's own"
        : "read its figures with that in mind";
      const because = reasons === "" ? "" : ` (${reasons})`;
      warnings.push(
        warning("run-not-valid", `run ${runId} is ${validity.level}${because}: ${meaning}`),
      );
    }
    if (end === null || !["duration", "limit"].includes(end.reason)) {
      const how = end === null ? "was killed" : `ended early (${end.reason})`;
      warnings.push(
        warning("run-interrupted", `run ${runId} ${how}: it holds less than was asked for`),
      );
    }
    return warnings;
  });
}

/** "base -> candidate", several values of a side with "|" between; undefined when all runs agree. */
function changeOf({ base, candidate }: Sides, of: (report: Report) => string): string | undefined {
  const all = new Set([...base, ...candidate].map(of));
  if (all.size < 2) return undefined;
  const [one, other] = [base, candidate].map((runs) => [...new Set(runs.map(of))].sort().join("|"));
  return `${one} -> ${other}`;
}

function warning(code: string, message: string): Warning {
  return { code, message };
}
