/**
 * Conducted runs of drivers on a clock that only the test moves and a cluster in memory.
 * @module
 */

import { ladderOf } from "../../core/command/given_ladder.ts";
import { onLadder } from "../../drivers/driver.ts";
import type { Flags, Values } from "../../core/command/flags.ts";
import type { Manifest } from "../../core/run_log/manifest.ts";
import { RUN_FLAGS } from "../../core/command/run_flags.ts";
import { type GivenTexts, resolveSettings } from "../../core/command/settings.ts";
import { type OperationRow, parseOperationRows } from "../../kube/sample_log/operation_row.ts";
import { CLOSED_FLAGS, CMDRIVER_FLAGS, OPEN_FLAGS } from "../../drivers/flags.ts";
import { cmdriverclosed } from "../../drivers/closed_driver.ts";
import type { RunPlan } from "../../core/run/run_plan.ts";
import { runPlanOf } from "../../drivers/drive.ts";
import type { Driver } from "../../drivers/driver.ts";
import { cmdriver, flunderDriver } from "../../drivers/open_driver.ts";
import { identified, planOnSession } from "../../kube/conduct_on_cluster.ts";
import type { LoadFlags } from "../../kube/cluster_flags.ts";
import type { StartObserver } from "../../kube/watch/start_observer.ts";
import { type Resource } from "../../kube/resource.ts";
import { Conducted } from "../core/run/conducted.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MemoryCluster } from "../support/memory_cluster.ts";
import { recordingIo } from "../support/recording_io.ts";
import { TempDir } from "../support/scaletool.ts";

/** What the command line would make of these texts. */
export function settingsOf<F extends Flags>(
  flags: F,
  given: GivenFlags,
): { values: Values<F>; shown: Manifest["flags"] } {
  return resolveSettings(flags, { command: "driver", flags: texts(given), env: () => undefined });
}

function texts(given: GivenFlags): GivenTexts {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value].flat()]));
}

const NO_LOGGER: StartObserver = () => Promise.reject(new Error("no logger was asked for"));

type GivenFlags = Readonly<Record<string, string | readonly string[]>>;

/** Of every run unless it is told otherwise. */
const OF_R1 = { "run-id": "r1", seed: "7" };

/** The run of the driver that these flags make, on a cluster that has answered. */
export function driverPlan(given: GivenFlags, options: DrivenOptions = {}): RunPlan {
  const { command = "cmdriver", cluster = new MemoryCluster(), startLogger, flow } = options;
  const { driver: asked, ...invocation } = driverOf(command, { ...OF_R1, ...given }, startLogger);
  const { values } = invocation;
  const ladder = ladderOf(invocation, asked.climbs);
  const driver = ladder === undefined ? asked : onLadder(asked, ladder);
  const session = {
    cluster,
    flow: flow ?? { flush() {}, reset() {} },
    waits: { flush() {} },
    life: { flush() {}, finish: () => Promise.resolve() },
    servers: ["https://10.0.0.1:6443", "https://10.0.0.2:6443"],
    facts: { server: "https://10.0.0.1:6443" },
    warnings: [],
    target: { server: "https://10.0.0.1:6443" },
  };
  const plan = runPlanOf({ ...driver, ...options.driver }, {
    values,
    identity: { runId: "r1", command },
    session,
    ladder,
    resource: options.resource ?? driver.kind as Resource,
  });
  return planOnSession(session, plan);
}

/** What can be said of a whole run beside its flags. */
export interface DrivenOptions {
  readonly command?: "cmdriver" | "cmdriverclosed" | "flunder-driver";
  readonly cluster?: MemoryCluster;
  readonly startLogger?: StartObserver;
  readonly resource?: Resource;
  /** What differs from the driver that the flags make. */
  readonly driver?: Partial<Driver>;
  readonly flow?: { flush(): void; reset(): void };
}

/** The driver that these flags make. */
export function driverOf(
  command: NonNullable<DrivenOptions["command"]>,
  given: GivenFlags,
  startLogger: StartObserver = NO_LOGGER,
) {
  const invocationOf = <F extends LoadFlags>(flags: F) =>
    identified<F>({ command, ...settingsOf(flags, given), positionals: [], io: recordingIo().io });
  switch (command) {
    case "cmdriverclosed": {
      const invocation = invocationOf(CLOSED_FLAGS);
      return { driver: cmdriverclosed(invocation), ...invocation };
    }
    case "flunder-driver": {
      const invocation = invocationOf(OPEN_FLAGS);
      return { driver: flunderDriver(invocation, startLogger), ...invocation };
    }
    case "cmdriver": {
      const invocation = invocationOf(CMDRIVER_FLAGS);
      return { driver: cmdriver(invocation, startLogger), ...invocation };
    }
  }
}

/** A conducted run of a driver on a {@link MemoryCluster}, in a folder of its own; its id is `r1`. */
export class Driven implements AsyncDisposable {
  readonly cluster: MemoryCluster;
  readonly conducted: Conducted;
  readonly #cwd = Deno.cwd();
  readonly dir = new TempDir();

  constructor(
    given: GivenFlags,
    options: DrivenOptions = {},
  ) {
    Deno.chdir(this.dir.path);
    this.cluster = options.cluster ?? new MemoryCluster();
    const flags = { ...OF_R1, ...given };
    const ofRun = Object.entries(texts(flags)).filter(([name]) => name in RUN_FLAGS);
    const plan = driverPlan(given, { ...options, cluster: this.cluster });
    this.conducted = new Conducted(plan, Object.fromEntries(ofRun));
  }

  get clock(): FakeClock {
    return this.conducted.clock;
  }

  /** Advances until the run is over; its exit code. */
  async finish(withinMs = 600_000): Promise<number> {
    for (let ms = 0; ms < withinMs && !this.conducted.isOver; ms += 1_000) {
      await this.clock.advance(1_000);
    }
    return await this.conducted.exitCode;
  }

  text(name: string): string {
    return Deno.readTextFileSync(this.dir.file(name));
  }

  get rows(): OperationRow[] {
    return [...parseOperationRows(this.text("r1-driver.csv"))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Deno.chdir(this.#cwd);
    await this.dir[Symbol.asyncDispose]();
    await this.conducted[Symbol.asyncDispose]();
  }
}
