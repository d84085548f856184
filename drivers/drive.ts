/**
 * The one way in which every driver runs: files, the cluster made ready, the load with its readings,
 * and what is left said. Decides no schedule and knows no kind of object.
 * @module
 */

import type { Say } from "../core/say.ts";
import { givenLadder, ladderOf } from "../core/command/given_ladder.ts";
import { shownWithChosen } from "../core/command/settings.ts";
import { CannotRunError, messageOf, OperationFailedError, UsageError } from "../core/errors.ts";
import { withinTime } from "../core/load/deadline.ts";
import { execute } from "../core/load/executor.ts";
import type { Ladder } from "../core/ladder/ladder.ts";
import { Ticker } from "../core/load/ticker.ts";
import { allMeasures, countersOf } from "../core/run/measures.ts";
import { climb } from "../core/run/ladder.ts";
import type { Run } from "../core/run/run.ts";
import type { Groundwork, RunPlan } from "../core/run/run_plan.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { isOrderly } from "../core/run_log/record.ts";
import { formatDuration } from "../core/units.ts";
import type { Cluster } from "../kube/cluster.ts";
import type { ClusterUse, GrantedSession, Identified } from "../kube/conduct_on_cluster.ts";
import { Footprint } from "../kube/owned/footprint.ts";
import { ObjectWriter } from "../kube/owned/object_writer.ts";
import type { OwnedObjects } from "../kube/owned/owned_objects.ts";
import { deleteByHand, type RunIdentity, shareSelector } from "../kube/owned/ownership.ts";
import { Population } from "../kube/owned/population.ts";
import type { Resource } from "../kube/resource.ts";
import { formatAnnotationTime } from "../kube/sample_log/times.ts";
import { retrying } from "../kube/set_up_retry.ts";
import { isAlreadyExists } from "../kube/status_error.ts";
import { type Driver, driverNeeds, driverThresholds, drySections, onLadder } from "./driver.ts";
import { isDevice } from "../core/files.ts";
import { dataFilePath, DriverFiles } from "./driver_files.ts";
import { type DriverFlags, type DriverValues, OPEN_FLAGS } from "./flags.ts";
import { RunObjects } from "./run_objects.ts";

const FLUSH_PERIOD_MS = 1_000;
/** The notifications of the last writes have come by then, if they ever will. */
const QUIET_MS = 500;
/** Ten readings a second make a smooth curve, and cost nothing. */
const POPULATION_PERIOD_MS = 100;

export const POPULATION_GAUGES = [
  "population",
  "populationPeak",
  "populationTarget",
  "populationSteady",
] as const;

/**
 * What the driver asks of a cluster, and its run there.
 * @throws {UsageError} if --datafile names no file
 */
export function driverUse(given: Driver, invocation: Identified<DriverFlags>): ClusterUse {
  const { values, shown, identity } = invocation;
  const ladder = ladderOf(invocation, given.climbs);
  if (ladder !== undefined && values.keep !== "never") {
    throw new UsageError(
      `--keep ${values.keep} does not go with a ladder: what a rung leaves behind is removed ` +
        "before the next one",
    );
  }
  const driver = ladder === undefined ? given : onLadder(given, ladder);
  dataFilePath(values.datafile, identity); // refused before anything is shown or examined
  const { connections: { count, ...connections }, kind, derived } = driver;
  return {
    needs: driverNeeds(driver, values),
    connections: { ...connections, ...(count === undefined ? {} : { connections: count }) },
    values,
    shown: shownWithChosen(shown, { flags: OPEN_FLAGS, chosen: derived, source: "derived" }),
    dryRun: values["dry-run"] ? drySections(driver, { ...invocation, ladder }) : undefined,
    plan: (session) =>
      runPlanOf(driver, { values, identity, session, ladder, resource: session.resourceOf(kind) }),
  };
}

/** The part of the connected cluster that a driver's run needs. */
type DriverSession = Pick<GrantedSession, "servers" | "target"> & {
  readonly cluster: Cluster;
  readonly flow: Pick<GrantedSession["flow"], "reset">;
};

/** A driver on a cluster. */
interface Drive {
  readonly driver: Driver;
  readonly values: DriverValues;
  readonly identity: RunIdentity;
  readonly session: DriverSession;
  /** The driver's kind as the server has it. */
  readonly resource: Resource;
  /** Undefined: one load. */
  readonly ladder?: Ladder | undefined;
  readonly say: Say;
}

/** The run of a driver on a cluster. */
export function runPlanOf(driver: Driver, given: Omit<Drive, "driver" | "say">): RunPlan {
  const { values, session, resource, ladder } = given;
  const where = resource.namespaced ? `, ${namespacesText(values.namespace)}` : "";
  const { startLogger, lingerMs } = driver;
  return {
    target: `${session.target.server}${where}`,
    model: driver.model,
    targetRatePerSec: driver.targetRatePerSec,
    changes: driver.changes,
    defaultThresholds: driverThresholds(driver),
    mainOperation: "create",
    measures: allMeasures(
      {
        counters: values["on-429"] === "retry" ? countersOf("retries") : [],
        others: [...driver.writes, ...POPULATION_GAUGES],
      },
      ...(startLogger?.measures === undefined ? [] : [startLogger.measures]),
    ),
    facts: { objects: driver.objects },
    isDivisible: true,
    groundwork: (run, say) => layGroundwork(run, { ...given, driver, say }),
    ...(lingerMs === undefined ? {} : { lingerMs }),
    ...givenLadder(values, ladder),
    instrument: (run, say) => drive(run, { ...given, driver, say }),
  };
}

function namespacesText(names: readonly string[]): string {
  return `namespace${names.length > 1 ? "s" : ""} ${names.join(", ")}`;
}

/** What is there when the load begins. */
interface Ready extends Drive {
  readonly files: DriverFiles;
  readonly owned: OwnedObjects;
  readonly objects: RunObjects;
}

/**
 * Resolves when the load is over, or if the run is stopped before it begins.
 * @throws {CannotRunError} before any load
 */
async function drive(run: Run, given: Drive): Promise<void> {
  const { driver, values, identity, session, resource, ladder, say } = given;
  await using closing = new AsyncDisposableStack();
  const { share } = run;
  const { servers } = session;
  const files = new DriverFiles({
    values,
    identity,
    share,
    parms: (dataFile) => driver.parms({ servers, dataFile }),
  });
  const isInPod = run.rungs !== undefined && isDevice(files.log.path);
  // Nobody could fetch a file out of it.
  if (!isInPod) say(`writes go to ${files.log.path}, parameters are in ${files.parmsPath}`);
  closing.defer(() => files.close(run));
  const namespaces = resource.namespaced ? values.namespace : [];
  const isApart = ladder !== undefined;
  const objects = new RunObjects({ ...driver, identity, share, isApart, namespaces, resource });
  try {
    const owned = await setUp(run, { ...given, namespaces, objects });
    const observer = await driver.startLogger?.(session.cluster, {
      run,
      resource,
      namespaces,
      // Its own: what another one notes down and what is seen here are on two clocks.
      labelSelector: shareSelector(identity.runId, share),
      seesOwn: true,
      say,
    });
    if (observer !== undefined) closing.defer(() => observer.stop());
    session.flow.reset(); // getting ready was no load
    const ready = { ...given, files, owned, objects };
    if (ladder === undefined) {
      await putOn(run, ready);
    } else {
      const isRate = ladder.flag === "lambda";
      const tidyUp = () => tidyUpRung(run, ready);
      await climb(run, { ladder, isRate, rung: rungsOf(ready, ladder), tidyUp });
    }
    await observer?.untilQuiet(QUIET_MS, run.aborted);
  } catch (error) {
    if (run.hasBegun) throw error;
    if (run.stopping.aborted) return;
    files.remove();
    throw refusal(error, { identity, resource, namespaces });
  }
}

/** What all generators of the load find there. @throws {CannotRunError} */
async function layGroundwork(run: Run, given: Drive): Promise<Groundwork> {
  const { driver, values, identity, resource } = given;
  const namespaces = resource.namespaced ? values.namespace : [];
  const objects = new RunObjects({ ...driver, identity, namespaces, resource });
  try {
    const owned = await setUp(run, { ...given, namespaces, objects });
    return { tidyUp: () => tidyUpRung(run, { ...given, owned }) };
  } catch (error) {
    throw run.stopping.aborted ? error : refusal(error, { identity, resource, namespaces });
  }
}

/** Rejects with what the server refuses it for: see {@link refusal}. */
async function setUp(
  run: Run,
  { driver, values, identity, session: { cluster }, resource, namespaces, objects, say }: Drive & {
    /** None for a cluster-scoped resource. */
    namespaces: readonly string[];
    objects: RunObjects;
  },
): Promise<OwnedObjects> {
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces,
    createsNamespaces: values["create-namespace"],
    kinds: [resource],
    say,
    isKept: () => isKept(run, { driver, values }),
  });
  if (!run.isOnGroundwork) {
    const object = objects.make(1, formatAnnotationTime(run.clock.wallNow()));
    const options = { signal: run.stopping, query: { dryRun: "All" } };
    await retrying(() => cluster.create(resource, object, options), footprint.context);
  }
  // Not before: objects that are there already are another run's.
  return footprint.objects(resource);
}

function isKept(
  { live, end }: Run,
  { driver: { leavesObjects }, values: { keep } }: Pick<Drive, "driver" | "values">,
): boolean {
  if (keep === "always" || (leavesObjects && isOrderly(end))) return true;
  const hasFailures = [...live.operations.values()].some(({ failedCount }) => failedCount > 0);
  return keep === "on-failure" && (!isOrderly(end) || hasFailures);
}

/** What the server says of the run's beginning, as one line. */
function refusal(
  error: unknown,
  { identity: { runId }, resource, namespaces }: Pick<Drive, "identity" | "resource"> & {
    namespaces: readonly string[];
  },
): unknown {
  if (!(error instanceof OperationFailedError)) return error;
  if (!isAlreadyExists(error)) {
    return new CannotRunError(`The server does not let the load begin: ${error.message}`, {
      cause: error,
    });
  }
  const byHand = deleteByHand({ resource, namespaces, runId });
  return new CannotRunError(
    `Objects of a run "${runId}" are there already; choose another --run-id, or delete them with: ${byHand}`,
  );
}

/**
 * Puts the driver's load on the whole run, or on one stage of it, whose objects are then its own.
 * Resolves when it is over, its readings with it.
 */
async function putOn(scope: LoadScope, ready: Ready): Promise<void> {
  const { driver, values, identity, session: { cluster }, resource, files, owned } = ready;
  const { clock, recorder } = scope;
  await scope.begin();
  const population = new Population({ startMs: clock.now() });
  const writer = new ObjectWriter({
    clock,
    recorder,
    cluster,
    resource,
    owned,
    population,
    fieldManager: identity.command,
    log: files.log,
    on429: values["on-429"],
    onOverload: () => endForOverload(scope.run),
  });
  await using readings = new AsyncDisposableStack();
  readings.use(
    new Ticker(populationReader(scope, { driver, population }), {
      clock,
      periodMs: POPULATION_PERIOD_MS,
    }),
  );
  readings.use(new Ticker(() => files.log.flush(), { clock, periodMs: FLUSH_PERIOD_MS }));
  await execute(scope, driver.load(scope, { objects: ready.objects, writer }));
  scope.stop("limit"); // unless something else stopped it: what follows is no load
}

/**
 * Puts the load on at one level after another, each on a stage of its own, for so long.
 * @returns what does it for one level; what is left of that is for {@link tidyUpRung}
 */
export function rungsOf(
  ready: Ready,
  { settleMs, stageDurationMs }: Pick<Ladder, "settleMs" | "stageDurationMs">,
): (stage: LoadScope, level: number) => Promise<void> {
  const options = { durationMs: settleMs + stageDurationMs };
  let { objects } = ready;
  return async (stage, level) => {
    await putOn(stage, { ...ready, objects, driver: ready.driver.at(level, options) });
    objects = objects.following();
  };
}

/**
 * Deletes the objects of a rung. What is not gone in time would be a part of the next one, so that
 * there is none then.
 */
export async function tidyUpRung(
  run: Run,
  ready: Pick<Ready, "owned" | "values" | "say">,
): Promise<void> {
  const { owned, values: { "cleanup-timeout": limitMs } } = ready;
  try {
    await withinTime(run.clock, (signal) => owned.deleteAll(signal, ready), {
      limitMs,
      signal: run.stopping, // the clean-up of the whole run comes then
      late: () => new Error(`not done in ${formatDuration(limitMs)}`),
    });
  } catch (error) {
    if (run.stopping.aborted) return;
    const why = messageOf(error);
    run.warn(
      "rung-not-cleaned",
      `The objects of the last rung could not be deleted: ${why}; no further one was climbed`,
    );
    run.stop("limit");
  }
}

/** Records, each time that it is called, what the population was since the time before. */
function populationReader(
  scope: LoadScope,
  { driver, population }: { driver: Driver; population: Population },
): () => void {
  const { recorder, clock, stopping, tempo } = scope;
  const startMs = tempo.running.at(scope.startMs);
  const { targetPopulation, steadyAfterMs = Infinity } = driver;
  let sinceMs = startMs;
  return () => {
    if (stopping.aborted) return; // what is deleted then is no load
    const atMs = clock.now();
    const { mean, max } = population.takeReading(atMs);
    const ofShare = { atMs, addsUp: true };
    recorder.gauge("population", mean, ofShare);
    recorder.gauge("populationPeak", max, ofShare);
    recorder.gauge("populationTarget", targetPopulation * tempo.state.factor, { atMs });
    // After a change of the rate it is another one.
    const steadyMs = Math.max(startMs, tempo.pacedSinceMs) + steadyAfterMs;
    if (sinceMs >= steadyMs && !scope.arrivalsAreOver) {
      recorder.gauge("populationSteady", mean, ofShare);
    }
    sinceMs = tempo.running.now();
  };
}

function endForOverload(run: Run): void {
  if (run.stopping.aborted) return;
  const message = "The server answered 429, which ended the run (--on-429=abort)";
  run.warn("overload", message, { line: message });
  run.stop("failed");
}
