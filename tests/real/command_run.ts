/**
 * What does a command do to a real cluster, and what does it leave in its folder? Runs the program in
 * a folder of its own as a user of a cluster, and reads the files that it wrote. Judges nothing.
 * @module
 */

import assert from "node:assert/strict";
import { Report } from "../../core/report/report.ts";
import {
  type NotificationRow,
  parseNotificationRows,
} from "../../kube/sample_log/notification_row.ts";
import { type OperationRow, parseOperationRows } from "../../kube/sample_log/operation_row.ts";
import { type Finished, OF_A_BUSY_MACHINE, Scaletool, TempDir } from "../support/scaletool.ts";
import type { ControlPlane, User } from "./control_plane.ts";

const RUNS = "scaletool-runs";

export interface CommandOptions {
  /** `load` unless given: an ordinary user who may do everything. */
  readonly user?: User;
  readonly env?: Record<string, string>;
  /** No file of the program grows beyond that, as if its disk were full. */
  readonly largestFileKiB?: number;
}

/** One use of the program; dispose it to end it and to remove its folder. */
export class CommandRun implements AsyncDisposable {
  readonly program: Scaletool;
  readonly #dir = new TempDir();

  /**
   * @param args the command line; files that it names are in the run's own folder
   * @param options `files`: put there before the start, by name
   */
  constructor(
    args: readonly string[],
    { kubeconfig, env, files = {}, largestFileKiB }: Omit<CommandOptions, "user"> & {
      kubeconfig: string;
      files?: Readonly<Record<string, string>>;
    },
  ) {
    for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(this.path(name), text);
    this.program = new Scaletool(args, {
      cwd: this.#dir.path,
      env: { ...env, KUBECONFIG: kubeconfig },
      ...(largestFileKiB === undefined ? {} : { largestFileKiB }),
    });
  }

  /** Of a file in the run's folder. */
  path(name: string): string {
    return this.#dir.file(name);
  }

  text(name: string): string {
    return Deno.readTextFileSync(this.path(name));
  }

  /** Names of all that is in the run's folder. */
  get files(): string[] {
    return [...Deno.readDirSync(this.#dir.path)].map(({ name }) => name).sort();
  }

  /** The only file whose name ends so. */
  fileWith(ending: string): string {
    const names = this.files.filter((name) => name.endsWith(ending));
    assert.equal(names.length, 1, `expected one file *${ending} among ${this.files.join(", ")}`);
    return names[0]!;
  }

  finished(): Promise<Finished> {
    return this.program.finished();
  }

  /** Waits for the end; fails unless that is the exit code. */
  async endsWith(code: number): Promise<Finished> {
    const finished = await this.finished();
    assert.equal(finished.code, code, `${finished.stderr}\n${finished.stdout}`);
    return finished;
  }

  /**
   * Waits for the end of a run that nothing speaks against: exit code 0, or 4 for no other reason
   * than that this machine was too busy to measure on, which is not what tests of behaviour ask.
   */
  async endsWell(): Promise<Finished> {
    const finished = await this.finished();
    const isBusy = finished.code === 4 &&
      this.report.validity.reasons.every((reason) => OF_A_BUSY_MACHINE.test(reason));
    assert.ok(finished.code === 0 || isBusy, `${finished.stderr}\n${finished.stdout}`);
    assert.ok(this.report.findings.every(({ verdict }) => verdict !== "fail"));
    return finished;
  }

  /** What the finished run reports; it fits the schema, or this throws. */
  get report(): Report {
    const [name, ...others] = this.runDirectories;
    assert.ok(name !== undefined && others.length === 0, "expected exactly one run directory");
    return Report.parse(JSON.parse(this.text(`${RUNS}/${name}/result.json`)));
  }

  /** Their names. */
  get runDirectories(): string[] {
    if (!this.files.includes(RUNS)) return [];
    return [...Deno.readDirSync(this.path(RUNS))].map(({ name }) => name);
  }

  /** A driver's rows. */
  get writes(): OperationRow[] {
    return [...parseOperationRows(this.text(this.fileWith("-driver.csv")))];
  }

  /** A logger's rows. */
  get notifications(): NotificationRow[] {
    return [...parseNotificationRows(this.text(this.fileWith("-log.csv")))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.#dir[Symbol.asyncDispose]();
  }
}

/** Starts the program as a user of the cluster. */
export function startCommand(
  plane: ControlPlane,
  args: readonly string[],
  { user = "load", ...options }: CommandOptions & {
    files?: Readonly<Record<string, string>>;
  } = {},
): CommandRun {
  return new CommandRun(args, { ...options, kubeconfig: plane.kubeconfig(user) });
}

/**
 * Runs a command line that the program has printed, as the one for whom it is meant.
 * @throws {Error} with what it says if it fails
 */
export async function shell(line: string, kubeconfig: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-ec", line],
    env: { KUBECONFIG: kubeconfig },
  }).output();
  assert.ok(success, `${line}: ${new TextDecoder().decode(stderr)}`);
}

/** The metrics page of a run that serves one; empty as long as there is none. */
export async function metricsPage({ program }: CommandRun): Promise<string> {
  const [, url] = /metrics and profiles at (\S+)/.exec(program.stderr) ?? [];
  return url === undefined ? "" : await (await fetch(`${url}/metrics`)).text();
}

/** What a metric is now, over all its labels; 0 as long as there is none. */
export async function metricOf(run: CommandRun, name: string): Promise<number> {
  const page = await metricsPage(run);
  const values = page.matchAll(new RegExp(`^scaletool_${name}(?:\\{.*\\})? (.*)$`, "gm"));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** The figures of one operation. */
export function operationOf(report: Report, op: string) {
  const found = report.summary.operations.find((one) => one.op === op);
  assert.ok(found !== undefined, `no operation ${op} in the report`);
  return found;
}

/** A counter's total over all series with these tags, 0 if there is none. */
export function totalOf(
  report: Report,
  counter: string,
  wanted: Readonly<Record<string, string>> = {},
): number {
  return report.summary.counters
    .filter(({ name, tags = {} }) =>
      name === counter && Object.entries(wanted).every(([key, value]) => tags[key] === value)
    )
    .reduce((sum, { total }) => sum + total, 0);
}

export function gaugeOf(report: Report, gauge: string) {
  const found = report.summary.gauges.find(({ name }) => name === gauge);
  assert.ok(found !== undefined, `no gauge ${gauge} in the report`);
  return found;
}

/** The figures of a distribution, over whatever tags it has one series for. */
export function statsOf(report: Report, distribution: string) {
  const [found, ...others] = report.summary.distributions
    .filter(({ name }) => name === distribution);
  assert.ok(found !== undefined && others.length === 0, `expected one series ${distribution}`);
  return found.stats;
}
