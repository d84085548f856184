/**
 * An object writer on a clock that only the test moves and a cluster in memory.
 * @module
 */

import { constant } from "../../../core/load/arrival.ts";
import { execute, type LoadModel } from "../../../core/load/executor.ts";
import { createRng } from "../../../core/load/rng.ts";
import type { Iteration } from "../../../core/load/workload.ts";
import { Run } from "../../../core/run/run.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import { ObjectWriter, type ObjectWriterOptions } from "../../../kube/owned/object_writer.ts";
import { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import { Population } from "../../../kube/owned/population.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import type { CsvDialect } from "../../../kube/sample_log/dialect.ts";
import {
  operationHeader,
  type OperationRow,
  parseOperationRows,
} from "../../../kube/sample_log/operation_row.ts";
import { SampleLogWriter } from "../../../kube/sample_log/writer.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryCluster } from "../../support/memory_cluster.ts";
import { TempDir } from "../../support/scaletool.ts";

/** `ns/o-1`, `ns/o-2`, ... */
export const OBJECTS = {
  refOf: (index: number): ObjectRef => ({ namespace: "ns", name: `o-${index}` }),
  make: (index: number, stamp: string): KubeObject => ({
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
    options: Partial<Pick<ObjectWriterOptions, "on429" | "onOverload">> & {
      dialect?: CsvDialect;
    } = {},
  ) {
    const { dialect = "rfc4180", ...others } = options;
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
      ...others,
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
    const { clock } = this;
    let result: { value: T } | undefined;
    const ended = execute(this.run, {
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
