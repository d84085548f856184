/**
 * The life of one driver run between the connected cluster and the report: files, getting the
 * cluster ready, readings, and in the middle the load itself. Decides no schedule.
 * @module
 */

import type { Say } from "../core/say.ts";
import { Ticker } from "../core/load/ticker.ts";
import { removeResultFile, writeResultFile } from "../core/result_file.ts";
import type { Run } from "../core/run/run.ts";
import { operationHeader } from "../kube/sample_log/operation_row.ts";
import { SampleLogWriter } from "../kube/sample_log/writer.ts";
import type { Cluster } from "../kube/cluster.ts";
import type { FlowControl } from "../kube/http/flow_control.ts";
import type { LifeGuard } from "../kube/http/life_guard.ts";
import { OwnedObjects } from "../kube/owned/owned_objects.ts";
import { runSelector } from "../kube/owned/ownership.ts";
import type { Observer, StartObserver } from "../kube/watch/start_observer.ts";
import { ClusterSetUp, type SetUpPlan } from "./cluster_set_up.ts";
import { ObjectWriter } from "./object_writer.ts";
import { parmsText, type ParmValue } from "./parms.ts";
import { Population } from "./population.ts";
import { dataFilePath, parmsFilePath } from "./run_names.ts";

const FLUSH_PERIOD_MS = 1_000;
/** The notifications of the last writes have come by then, if they ever will. */
const QUIET_MS = 500;
/** Ten readings a second make a smooth curve, and cost nothing. */
const POPULATION_PERIOD_MS = 100;

/** What a driver wants done with the cluster that it was given. */
export interface DriverPlan extends SetUpPlan {
  /** The parameter file, in order. */
  readonly parms: Iterable<readonly [key: string, value: ParmValue]>;
  /** What the population should be in the steady state. */
  readonly targetPopulation: number;
  /**
   * Since the start of the load, until its arrivals are over: the first objects have lived out their
   * lives, so that the population is as Little's law has it. Undefined: the load has no steady state.
   */
  readonly steadyAfterMs: number | undefined;
  /** Watches the objects beside the load; undefined: nobody does. */
  readonly startLogger: StartObserver | undefined;
  /** Puts the load on; resolves when it is over. */
  readonly load: (run: Run, writer: ObjectWriter) => Promise<void>;
}

/** The connected cluster. */
export interface DriverSession {
  readonly cluster: Cluster;
  readonly flow: Pick<FlowControl, "flush" | "reset">;
  readonly life: Pick<LifeGuard, "flush" | "finish">;
}

export const POPULATION_GAUGES = [
  "population",
  "populationPeak",
  "populationTarget",
  "populationSteady",
] as const;

/** One run of one plan. */
export class DriverRun {
  readonly #run: Run;
  readonly #session: DriverSession;
  readonly #plan: DriverPlan;
  readonly #say: Say;
  /** None for a cluster-scoped resource. */
  readonly #namespaces: readonly string[];
  readonly #owned: OwnedObjects;
  readonly #setUp: ClusterSetUp;

  constructor(
    run: Run,
    { session, plan, say }: {
      session: DriverSession;
      plan: DriverPlan;
      say: Say;
    },
  ) {
    this.#run = run;
    this.#session = session;
    this.#plan = plan;
    this.#say = say;
    const { resource, values, identity } = plan;
    this.#namespaces = resource.namespaced ? values.namespace : [];
    this.#owned = new OwnedObjects(session.cluster, {
      resource,
      namespaces: this.#namespaces,
      runId: identity.runId,
      clock: run.clock,
      rng: run.rng.fork("clean-up"),
    });
    this.#setUp = new ClusterSetUp(run, {
      cluster: session.cluster,
      plan,
      namespaces: this.#namespaces,
      owned: this.#owned,
      say,
    });
  }

  /**
   * Resolves when the load is over, or if the run is stopped before it begins.
   * @throws {CannotRunError} before any load
   */
  async work(): Promise<void> {
    await using closing = new AsyncDisposableStack();
    const log = this.#openFiles();
    closing.defer(() => this.#closeLog(log));
    let observer: Observer | undefined;
    try {
      await this.#setUp.prepare();
      observer = await this.#observe();
    } catch (error) {
      if (this.#run.stopping.aborted) return;
      this.#removeFiles(log);
      throw this.#setUp.refusal(error);
    }
    if (observer !== undefined) closing.defer(() => observer.stop());
    await this.#putOnLoad(log);
    await observer?.untilQuiet(QUIET_MS, this.#run.aborted);
    await this.#session.life.finish(this.#run);
  }

  async #putOnLoad(log: SampleLogWriter): Promise<void> {
    const { recorder, clock } = this.#run;
    const { flow, life } = this.#session;
    flow.reset(); // getting ready was no load
    this.#run.begin();
    const population = new Population({ startMs: clock.now() });
    const readPopulation = this.#populationReader(population);
    await using readings = new AsyncDisposableStack();
    readings.use(new Ticker(readPopulation, { clock, periodMs: POPULATION_PERIOD_MS }));
    readings.use(
      new Ticker(() => {
        log.flush();
        flow.flush(recorder, clock.now());
        life.flush(this.#run);
      }, { clock, periodMs: FLUSH_PERIOD_MS }),
    );
    await this.#plan.load(this.#run, this.#writer(log, population));
    this.#run.stop("limit"); // unless something else stopped it: what follows is no load
  }

  #writer(log: SampleLogWriter, population: Population): ObjectWriter {
    const { resource, identity, values } = this.#plan;
    return new ObjectWriter({
      clock: this.#run.clock,
      recorder: this.#run.recorder,
      cluster: this.#session.cluster,
      resource,
      fieldManager: identity.command,
      owned: this.#owned,
      population,
      log,
      dialect: values["csv-dialect"],
      on429: values["on-429"],
      onOverload: () => this.#endForOverload(),
    });
  }

  /** The originals' files, made before the first request that counts. */
  #openFiles(): SampleLogWriter {
    const { values, identity, parms } = this.#plan;
    const dialect = values["csv-dialect"];
    const path = dataFilePath(values.datafile, identity);
    const text = parmsText(parms);
    const parmsPath = this.#parmsPath(path);
    const { overwrite } = values;
    const log = SampleLogWriter.create(path, {
      dialect,
      header: operationHeader(dialect),
      overwrite,
    });
    try {
      writeResultFile(parmsPath, text, { overwrite });
    } catch (error) {
      log.close();
      removeResultFile(path);
      throw error;
    }
    this.#say(`writes go to ${path}, parameters are in ${parmsPath}`);
    return log;
  }

  /** Of a run in which nothing happened: they would be in the way of the next try. */
  #removeFiles(log: SampleLogWriter): void {
    log.close();
    removeResultFile(log.path);
    removeResultFile(this.#parmsPath(log.path));
  }

  #parmsPath(dataFile: string): string {
    const { identity: { runId }, values: { out } } = this.#plan;
    return parmsFilePath(dataFile, { runId, out });
  }

  #closeLog(log: SampleLogWriter): void {
    log.close();
    if (log.writeError === undefined) return;
    const { path, lostRows, rows, writeError } = log;
    const message = `${path} lacks ${lostRows} of ${rows} rows (${writeError}); the report has all`;
    this.#run.warn("csv-incomplete", message);
  }

  async #observe(): Promise<Observer | undefined> {
    const { startLogger, resource, identity } = this.#plan;
    return await startLogger?.(this.#session.cluster, {
      run: this.#run,
      resource,
      namespaces: this.#namespaces,
      labelSelector: runSelector(identity.runId),
      say: this.#say,
    });
  }

  /** Records, each time that it is called, what the population was since the time before. */
  #populationReader(population: Population): () => void {
    const run = this.#run;
    const { recorder, clock, stopping, startMs } = run;
    const { targetPopulation, steadyAfterMs = Infinity } = this.#plan;
    let sinceMs = startMs;
    return () => {
      if (stopping.aborted) return; // what is deleted then is no load
      const atMs = clock.now();
      const { mean, max } = population.takeReading(atMs);
      recorder.gauge("population", mean, { atMs });
      recorder.gauge("populationPeak", max, { atMs });
      recorder.gauge("populationTarget", targetPopulation, { atMs });
      if (sinceMs >= startMs + steadyAfterMs && !run.arrivalsAreOver) {
        recorder.gauge("populationSteady", mean, { atMs });
      }
      sinceMs = atMs;
    };
  }

  #endForOverload(): void {
    if (this.#run.stopping.aborted) return;
    const message = "The server answered 429, which ended the run (--on-429=abort)";
    this.#run.warn("overload", message, { line: message });
    this.#run.stop("failed");
  }
}
