/**
 * The life of one driver run between the connected cluster and the report: files, namespaces, what
 * has to be deleted again, readings, and in the middle the load itself. Decides no schedule.
 * @module
 */

import { CannotRunError, messageOf, OperationFailedError } from "../core/errors.ts";
import { Ticker } from "../core/load/ticker.ts";
import type { Run } from "../core/run/run.ts";
import { operationHeader } from "../core/sample_log/operation_row.ts";
import { formatAnnotationTime } from "../core/sample_log/times.ts";
import { SampleLogWriter } from "../core/sample_log/writer.ts";
import type { Cluster } from "../kube/cluster.ts";
import type { FlowControl } from "../kube/http/flow_control.ts";
import { ensureNamespaces, removeNamespaces } from "../kube/owned/namespaces.ts";
import type { Observer, StartObserver } from "../kube/watch/observer.ts";
import { OwnedObjects } from "../kube/owned/owned_objects.ts";
import {
  deleteByHand,
  ownerLabels,
  type RunIdentity,
  runSelector,
} from "../kube/owned/ownership.ts";
import { type Resource, resourceName } from "../kube/resource.ts";
import { retrying } from "../kube/set_up_retry.ts";
import { isAlreadyExists } from "../kube/status_error.ts";
import type { DriverValues } from "./flags.ts";
import { ObjectWriter, type RunObjects } from "./object_writer.ts";
import { parmsText, type ParmValue } from "./parms.ts";
import { Population } from "./population.ts";
import { dataFilePath, parmsFileName } from "./run_names.ts";

const FLUSH_PERIOD_MS = 1_000;
/** The notifications of the last writes have come by then, if they ever will. */
const QUIET_MS = 500;
/** Ten readings a second make a smooth curve, and cost nothing. */
const POPULATION_PERIOD_MS = 100;

/** What a driver wants done with the cluster that it was given. */
export interface DriverPlan {
  readonly identity: RunIdentity;
  readonly values: DriverValues;
  readonly resource: Resource;
  /** The parameter file, in order. */
  readonly parms: Iterable<readonly [key: string, value: ParmValue]>;
  readonly objects: RunObjects;
  /** What the population should be in the steady state. */
  readonly targetPopulation: number;
  /**
   * Since the start of the load, until its arrivals are over: the first objects have lived out their
   * lives, so that the population is as Little's law has it. Undefined: the load has no steady state.
   */
  readonly steadyAfterMs: number | undefined;
  /** The objects stay after a run that ends by itself. */
  readonly leavesObjects: boolean;
  /** Watches the objects beside the load; undefined: nobody does. */
  readonly startLogger: StartObserver | undefined;
  /** Puts the load on; resolves when it is over. */
  readonly load: (run: Run, writer: ObjectWriter) => Promise<void>;
}

/** The connected cluster. */
export interface DriverSession {
  readonly cluster: Cluster;
  readonly flow: Pick<FlowControl, "flush" | "reset">;
}

/** One run of one plan. */
export class DriverRun {
  readonly #run: Run;
  readonly #session: DriverSession;
  readonly #plan: DriverPlan;
  readonly #say: (line: string) => void;
  /** None for a cluster-scoped resource. */
  readonly #namespaces: readonly string[];
  readonly #owned: OwnedObjects;

  constructor(
    run: Run,
    { session, plan, say }: {
      session: DriverSession;
      plan: DriverPlan;
      say: (line: string) => void;
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
      await this.#prepare();
      observer = await this.#observe();
    } catch (error) {
      if (this.#run.stopping.aborted) return;
      throw this.#refusal(error);
    }
    if (observer !== undefined) closing.defer(() => observer.stop());
    await this.#putOnLoad(log);
    await observer?.untilQuiet(QUIET_MS, this.#run.aborted);
  }

  async #putOnLoad(log: SampleLogWriter): Promise<void> {
    const { recorder, clock } = this.#run;
    const { flow } = this.#session;
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
    const log = SampleLogWriter.create(path, { dialect, header: operationHeader(dialect) });
    const parmsPath = parmsFileName(identity);
    try {
      Deno.writeTextFileSync(parmsPath, text);
    } catch (error) {
      log.close();
      throw new CannotRunError(`Cannot write to "${parmsPath}": ${messageOf(error)}`, {
        cause: error,
      });
    }
    this.#say(`writes go to ${path}, parameters are in ${parmsPath}`);
    return log;
  }

  #closeLog(log: SampleLogWriter): void {
    log.close();
    if (log.writeError === undefined) return;
    this.#run.warn(
      "csv-incomplete",
      `${log.path} lacks ${log.lostRows} of ${log.rows} rows (${log.writeError}); the report has all`,
    );
  }

  /** Everything on the cluster that must be there before the load, and the undoing of it. */
  async #prepare(): Promise<void> {
    const { identity, resource, objects } = this.#plan;
    const { clock, rng, stopping: signal } = this.#run;
    const { cluster } = this.#session;
    const context = { clock, rng: rng.fork("set-up"), signal, say: this.#say };
    await this.#prepareNamespaces(context);
    const object = objects.make(1, formatAnnotationTime(clock.wallNow()));
    const query = { dryRun: "All" };
    await retrying(() => cluster.create(resource, object, { signal, query }), context);
    // Not before: objects that are there already are another run's.
    this.#undo(`deleting ${resourceName(resource)}`, {
      byHand: deleteByHand({ resource, namespaces: this.#namespaces, runId: identity.runId }),
      undo: (signal) => this.#owned.deleteAll(signal, { say: this.#say }),
    });
  }

  async #prepareNamespaces(
    context: Omit<Parameters<typeof ensureNamespaces>[2], "labels" | "create">,
  ): Promise<void> {
    const { values, identity, resource } = this.#plan;
    const { runId } = identity;
    const { cluster } = this.#session;
    // Those that carry the run's label, until it is known which ones it has made.
    let made = this.#namespaces;
    this.#undo("removing namespaces", {
      byHand: `kubectl delete namespace -l ${runSelector(runId)}`,
      isNeeded: () => made.length > 0,
      undo: (signal) =>
        removeNamespaces(cluster, made, { ...context, signal, runId, resources: [resource] }),
    });
    made = await ensureNamespaces(cluster, made, {
      ...context,
      labels: ownerLabels(identity),
      create: values["create-namespace"],
    });
  }

  #undo(
    label: string,
    { undo, byHand, isNeeded = () => true }: {
      undo: (signal: AbortSignal) => Promise<void>;
      byHand: string;
      isNeeded?: () => boolean;
    },
  ): void {
    this.#run.defer(label, async (signal) => {
      if (!isNeeded()) return;
      if (!this.#isKept()) return await undo(signal);
      const message = `Left behind as asked; delete with: ${byHand}`;
      this.#run.warn("kept", message);
      this.#say(message);
    }, { byHand });
  }

  #isKept(): boolean {
    const { values: { keep }, leavesObjects } = this.#plan;
    const { live, end } = this.#run;
    const endedByItself = end?.reason === "limit" || end?.reason === "duration";
    if (keep === "always" || (leavesObjects && endedByItself)) return true;
    const hasFailures = [...live.operations.values()].some(({ failedCount }) => failedCount > 0);
    return keep === "on-failure" && (!endedByItself || hasFailures);
  }

  /** What the server says of the run's beginning, as one line. */
  #refusal(error: unknown): unknown {
    if (!(error instanceof OperationFailedError)) return error;
    if (!isAlreadyExists(error)) {
      return new CannotRunError(`The server does not let the load begin: ${error.message}`, {
        cause: error,
      });
    }
    const { resource, identity: { runId } } = this.#plan;
    const byHand = deleteByHand({ resource, namespaces: this.#namespaces, runId });
    return new CannotRunError(
      `Objects of a run "${runId}" are there already; choose another --run-id, or delete them with: ${byHand}`,
    );
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
    this.#run.warn("overload", message);
    this.#say(message);
    this.#run.stop("failed");
  }
}
