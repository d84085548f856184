/**
 * Which load does each driver put on while something breaks under it? About 40 writes a second in a
 * namespace that is there before, for so long. Breaks nothing itself.
 * @module
 */

import assert from "node:assert/strict";
import type { ControlPlane } from "./control_plane.ts";
import { CONFIG_MAPS, FLUNDERS } from "./cluster_state.ts";
import { type CommandOptions, type CommandRun, operationOf, startCommand } from "./command_run.ts";

const WRITES_PER_SEC = 40;

export interface DriverLoad {
  readonly command: "cmdriver" | "cmdriverclosed" | "flunder-driver";
  /** Where its objects are. */
  readonly collection: string;
  readonly apiGroup: string;
  readonly plural: string;
  /** More writes than this many objects' creates. */
  readonly args: (seconds: number) => readonly string[];
}

const open = (seconds: number) => [
  ...["--lambda", `${WRITES_PER_SEC}`, "--ttl", "1s", "--duration", `${seconds}s`],
];

export const DRIVER_LOADS: readonly DriverLoad[] = [
  {
    command: "cmdriver",
    collection: CONFIG_MAPS,
    apiGroup: "",
    plural: "configmaps",
    args: open,
  },
  {
    command: "cmdriverclosed",
    collection: CONFIG_MAPS,
    apiGroup: "",
    plural: "configmaps",
    args: (seconds) => [
      // Each object is created, updated and deleted.
      ...["--n", `${Math.round(seconds * WRITES_PER_SEC / 3)}`, "--updates", "1"],
      ...["--rate", `${WRITES_PER_SEC}`, "--threads", "4", "--maxpop", "20"],
    ],
  },
  {
    command: "flunder-driver",
    collection: FLUNDERS,
    apiGroup: "wardle.example.com",
    plural: "flunders",
    args: open,
  },
];

export interface Place {
  /** Namespace and run id. */
  readonly name: string;
  readonly driver: DriverLoad;
}

/** A driver at work in the namespace that has the run's id as its name. */
export function startLoad(
  plane: ControlPlane,
  { name, driver }: Place,
  { args = [], seconds, ...options }: CommandOptions & {
    seconds: number;
    /** Instead of what the load has. */
    args?: readonly string[];
    files?: Readonly<Record<string, string>>;
  },
): CommandRun {
  return startCommand(plane, [
    ...[driver.command, "--namespace", name, "--run-id", name, ...driver.args(seconds), ...args],
  ], options);
}

/** What all writes of a run failed with, and how often. */
export function failuresOf({ report }: CommandRun): Readonly<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const { failures } of report.summary.operations) {
    for (const [reason, count] of Object.entries(failures)) {
      all[reason] = (all[reason] ?? 0) + count;
    }
  }
  return all;
}

/** Fails unless the run's default check of creates failed, for failures that are all counted. */
export function assertCreatesFailed({ report, writes }: CommandRun): void {
  const { failed, failures } = operationOf(report, "create");
  const counted = Object.values(failures).reduce((sum, count) => sum + count, 0);
  assert.equal(failed, counted);
  assert.ok(failed > 0, "no create failed");
  const rows = writes.filter(({ op, reason }) => op === "create" && (reason ?? "") !== "");
  assert.equal(rows.length, failed, "each failure has its row");
  const finding = report.findings.find(({ subject }) => subject === "create.failed.count <= 0");
  assert.equal(finding?.verdict, "fail");
  assert.equal(report.verdict, "fail");
}

/** The command lines that a run has printed for what it could not clean up. */
export function cleaningCommands(stderr: string): string[] {
  return [...stderr.matchAll(/^not cleaned: .*; finish with: (kubectl .*)$/gm)]
    .map(([, command]) => command!);
}
