/**
 * Drivers on a clock that only the test moves and a cluster in memory: one writer for the tests of
 * single writes, and whole conducted runs.
 * @module
 */

import { execute, type LoadModel } from "../../core/load/executor.ts";
import { constant } from "../../core/load/arrival.ts";
import { createRng } from "../../core/load/rng.ts";
import type { Iteration } from "../../core/load/workload.ts";
import type { Flags, Values } from "../../core/command/flags.ts";
import type { Manifest } from "../../core/run_log/manifest.ts";
import { Run } from "../../core/run/run.ts";
import { RUN_FLAGS } from "../../core/command/run_flags.ts";
import { type GivenTexts, resolveSettings } from "../../core/command/settings.ts";
import {
  operationHeader,
  type OperationRow,
  parseOperationRows,
} from "../../kube/sample_log/operation_row.ts";
import { SampleLogWriter } from "../../kube/sample_log/writer.ts";
import { CLOSED_FLAGS, CMDRIVER_FLAGS, OPEN_FLAGS } from "../../drivers/flags.ts";
import {
  ObjectWriter,
  type ObjectWriterOptions,
  type RunObjects,
} from "../../drivers/object_writer.ts";
import { Population } from "../../drivers/population.ts";
import { closedDriver } from "../../drivers/run_closed.ts";
import { type Driver, runPlanOf, withIdentity } from "../../drivers/run_driver.ts";
import { cmdriver, flunderDriver } from "../../drivers/run_open.ts";
import type { StartObserver } from "../../kube/watch/observer.ts";
import { OwnedObjects } from "../../kube/owned/owned_objects.ts";
import { CONFIG_MAPS, type Resource } from "../../kube/resource.ts";
import { Conducted } from "../core/run/conducted.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MemoryCluster } from "../support/memory_cluster.ts";
import { TempDir } from "../support/scaletool.ts";

/** What the command line would make of these texts. */
export function settingsOf<F extends Flags>(
  flags: F,
  given: Readonly<Record<string, string | readonly string[]>>,
): { values: Values<F>; shown: Manifest["flags"] } {
  return resolveSettings(flags, { command: "driver", flags: texts(given), env: () => undefined });
}

function texts(given: Readonly<Record<string, string | readonly string[]>>): GivenTexts {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value].flat()]));
}

/** `ns/o-1`, `ns/o-2`, ... */
export const OBJECTS: RunObjects = {
  refOf: (index) => ({ namespace: "ns", name: `o-${index}` }),
  make: (index, stamp) => ({
    metadata: { namespace: "ns", name: `o-${index}`, annotations: { stamp } },
  }),
};

/** An {@link ObjectWriter} and everything that it tells what it does. */
export class Writing implements AsyncDisposable {
  readonly clock = new FakeClock(1_000);
  readonly cluster = new MemoryCluster();
  readonly run = new Run({
    id: "r1",
    clock: this.clock,
    rng: createRng(1),
    log: () => {},
  });
  readonly owned = new OwnedObjects(this.cluster, {
    resource: CONFIG_MAPS,
    namespaces: ["ns"],
    runId: "r1",
    clock: this.clock,
    rng: createRng(2),
  });
  readonly population = new Population({ startMs: 1_000 });
  readonly writer: ObjectWriter;
  readonly #dir = new TempDir();
  readonly #log: SampleLogWriter;

  constructor(
    options: Partial<Pick<ObjectWriterOptions, "on429" | "dialect" | "onOverload">> = {},
  ) {
    const { dialect = "rfc4180" } = options;
    const header = operationHeader(dialect);
    this.#log = SampleLogWriter.create(this.#dir.file("rows.csv"), { dialect, header });
    this.writer = new ObjectWriter({
      clock: this.clock,
      recorder: this.run.recorder,
      cluster: this.cluster,
      resource: CONFIG_MAPS,
      fieldManager: "cmdriver",
      owned: this.owned,
      population: this.population,
      log: this.#log,
      dialect,
      on429: "record",
      onOverload: () => {},
      ...options,
    });
  }

  /** Makes every call take this long, unless the run is aborted meanwhile. */
  answersAfter(ms: number): void {
    const { clock, run } = this;
    this.cluster.onCall = async () => {
      await clock.sleepUntil(clock.now() + ms, run.aborted);
      run.aborted.throwIfAborted();
    };
  }

  /**
   * Runs one iteration, due now; what it gave once it has ended. With `withinMs` 0 the test itself
   * moves the clock.
   */
  async iterate<T>(
    body: (iteration: Iteration) => Promise<T>,
    { model, withinMs = 60_000 }: { model?: Partial<LoadModel>; withinMs?: number } = {},
  ): Promise<T> {
    const { clock, run: { recorder, rng, stopping, aborted } } = this;
    let result: { value: T } | undefined;
    const ended = execute({ clock, rng, recorder, stopping, aborted }, {
      workload: {
        name: "one",
        firstOp: "create",
        iterate: async (iteration) => void (result = { value: await body(iteration) }),
      },
      model: {
        kind: "open",
        arrivals: constant(1),
        maxInFlight: Infinity,
        whenFull: "queue",
        catchUp: "burst",
        ...model,
      } as LoadModel,
      maxIterations: 1,
    });
    await clock.advance(withinMs);
    await ended;
    if (result === undefined) throw new Error("the iteration did not end");
    return result.value;
  }

  /** Creates object `index`, due when the iteration is. */
  create(index = 1, options: { withinMs?: number } = {}): Promise<boolean> {
    return this.iterate((iteration) =>
      this.writer.create(iteration, {
        ref: OBJECTS.refOf(index),
        dueMs: iteration.dueMs,
        make: (stamp) => OBJECTS.make(index, stamp),
      }), options);
  }

  delete(index = 1): Promise<void> {
    return this.iterate((iteration) =>
      this.writer.delete(iteration, { ref: OBJECTS.refOf(index), dueMs: iteration.dueMs })
    );
  }

  get csv(): string {
    this.#log.flush();
    return Deno.readTextFileSync(this.#log.path);
  }

  get rows(): OperationRow[] {
    return [...parseOperationRows(this.csv)];
  }

  /** How many samples there are so far: `create ok`, `delete not-found`, ... */
  get outcomes(): Record<string, number> {
    this.run.rotate();
    const counts: Record<string, number> = {};
    for (const { op, ok, failed, dropped, cancelled } of this.run.live.operations.values()) {
      for (const [kind, count] of Object.entries({ ok, dropped, cancelled, ...failed })) {
        if (count > 0) counts[`${op} ${kind}`] = count;
      }
    }
    return counts;
  }

  /** `create configmaps ns/o-1 @100`: every call with its time since now. */
  callTimes(): string[] {
    const startMs = this.clock.now();
    const calls: string[] = [];
    const before = this.cluster.onCall;
    this.cluster.onCall = (call) => {
      calls.push(`${call.replace(" configmaps ns/", " ")} @${this.clock.now() - startMs}`);
      return before(call);
    };
    return calls;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#log.close();
    await this.#dir[Symbol.asyncDispose]();
  }
}

const NO_LOGGER: StartObserver = () => Promise.reject(new Error("no logger was asked for"));

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
  given: Readonly<Record<string, string | readonly string[]>>,
  startLogger: StartObserver = NO_LOGGER,
) {
  if (command === "cmdriverclosed") {
    const values = withIdentity(settingsOf(CLOSED_FLAGS, given).values);
    return { values, driver: closedDriver(values) };
  }
  if (command === "flunder-driver") {
    const { values: unnamed, shown } = settingsOf(OPEN_FLAGS, given);
    const values = withIdentity(unnamed);
    return { values, driver: flunderDriver(values, { shown, startLogger }) };
  }
  const { values: unnamed, shown } = settingsOf(CMDRIVER_FLAGS, given);
  const values = withIdentity(unnamed);
  return { values, driver: cmdriver(values, { shown, startLogger }) };
}

/** A conducted run of a driver on a {@link MemoryCluster}, in a folder of its own; its id is `r1`. */
export class Driven implements AsyncDisposable {
  readonly cluster: MemoryCluster;
  readonly conducted: Conducted;
  readonly #cwd = Deno.cwd();
  readonly dir = new TempDir();

  constructor(
    given: Readonly<Record<string, string | readonly string[]>>,
    options: DrivenOptions = {},
  ) {
    const { command = "cmdriver", cluster = new MemoryCluster(), startLogger, flow } = options;
    Deno.chdir(this.dir.path);
    this.cluster = cluster;
    const flags = { "run-id": "r1", seed: "7", ...given };
    const { values, driver } = driverOf(command, flags, startLogger);
    const plan = runPlanOf({ ...driver, ...options.driver }, {
      values,
      identity: { runId: "r1", command },
      session: {
        cluster,
        flow: flow ?? { flush() {}, reset() {} },
        life: { flush() {}, finish: () => Promise.resolve() },
        servers: ["https://10.0.0.1:6443", "https://10.0.0.2:6443"],
        facts: { server: "https://10.0.0.1:6443" },
        warnings: [],
        target: { server: "https://10.0.0.1:6443" },
      },
      resource: options.resource ?? driver.kind as Resource,
    });
    const ofRun = Object.entries(texts(flags)).filter(([name]) => name in RUN_FLAGS);
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
