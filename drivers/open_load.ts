/**
 * The open load of cmdriver and flunder-driver: objects arrive as a schedule says, live for a while
 * and go, each independently of all others and of how the server does.
 * @module
 */

import { messageOf, UsageError } from "../core/errors.ts";
import { type ArrivalProcess, meanRatePerSec, poisson } from "../core/load/arrival.ts";
import { parseArrival } from "../core/load/arrival_spec.ts";
import type { Load } from "../core/load/executor.ts";
import { readTextFile } from "../core/files.ts";
import { formatDuration } from "../core/units.ts";
import type { Workload } from "../core/load/workload.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import type { OpenValues } from "./flags.ts";
import type { DriverTools } from "./driver.ts";

/** When objects come and how long they stay. */
export interface OpenSchedule {
  readonly arrivals: ArrivalProcess;
  /** From the end of an object's create to its delete. */
  readonly lifetimeMs: number;
  /** Undefined: as many as come. */
  readonly objects: number | undefined;
  /** Mean arrivals per second over the time that they are driven. */
  readonly ratePerSec: number;
  /** By Little's law: rate times lifetime. */
  readonly meanPopulation: number;
}

/** @throws {UsageError} if `--rate` cannot be read, or no lifetime follows from it and none is given */
export function openSchedule(
  values: OpenValues,
  { isGiven }: { isGiven: (flag: string) => boolean },
): OpenSchedule {
  const { lambda, rate, maxpop, ttl } = values;
  const arrivals = arrivalsOf(values);
  const wanted = isGiven("n") || values.duration === undefined ? values.n : undefined;
  const objects = objectsOf(arrivals, { wanted, limitMs: loadLimitMs(values) });
  const ratePerSec = rate === undefined ? lambda : meanRatePerSec(arrivals, loadLimitMs(values));
  if (ttl === undefined && ratePerSec === 0) {
    throw new UsageError(
      `--rate: "${rate}" has no mean rate to derive the objects' life from; give it with --ttl`,
    );
  }
  return {
    arrivals,
    objects,
    ratePerSec,
    lifetimeMs: ttl ?? maxpop * 1_000 / ratePerSec,
    meanPopulation: ttl === undefined ? maxpop : ratePerSec * ttl / 1_000,
  };
}

/** No more than are going to come, where that is known. */
function objectsOf(
  arrivals: ArrivalProcess,
  { wanted, limitMs }: { wanted: number | undefined; limitMs: number },
): number | undefined {
  if (arrivals.count === undefined) return wanted;
  const coming = arrivals.expectedBy(limitMs);
  if (coming > 0) return Math.min(wanted ?? Infinity, coming);
  throw new UsageError(
    `--rate: nothing of ${arrivals.label} is due in the ${formatDuration(limitMs)} of the load`,
  );
}

function arrivalsOf({ rate, lambda }: OpenValues): ArrivalProcess {
  if (rate === undefined) return poisson(lambda);
  try {
    return parseArrival(rate, readTextFile);
  } catch (error) {
    throw new UsageError(`--rate: ${messageOf(error)}`, { cause: error });
  }
}

/** When `--duration` ends the load; Infinity without it. */
export function loadLimitMs({ warmup, duration }: OpenValues): number {
  return warmup + (duration ?? Infinity);
}

/** The most objects that can come; for the width of their names. */
export function mostObjects({ arrivals, objects }: OpenSchedule, values: OpenValues): number {
  if (objects !== undefined) return objects;
  // Twice the mean is dozens of standard deviations away for all but the shortest runs.
  return Math.ceil(2 * arrivals.expectedBy(loadLimitMs(values))) + 100;
}

/** The load of this schedule; an iteration is one object's life. */
export function openLoad(
  scope: LoadScope,
  { schedule, values, ...tools }: DriverTools & { schedule: OpenSchedule; values: OpenValues },
): Load {
  const { arrivals, objects, lifetimeMs } = schedule;
  return {
    workload: lifecycle(scope, { ...tools, lifetimeMs }),
    model: {
      kind: "open",
      arrivals,
      maxInFlight: values["max-in-flight"] ?? Infinity,
      whenFull: values["when-full"],
      catchUp: values["catch-up"],
    },
    ...(objects === undefined ? {} : { maxIterations: objects }),
    onArrivalsOver: () => scope.endArrivals(),
  };
}

/** Create, live, delete. Once the load is stopped, deleting is the business of the clean-up. */
function lifecycle(
  { tempo }: LoadScope,
  { objects, writer, lifetimeMs }: DriverTools & { lifetimeMs: number },
): Workload {
  return {
    name: "object lifecycle",
    firstOp: "create",
    async iterate(iteration) {
      const index = iteration.index + 1;
      const ref = objects.refOf(index);
      const mayExist = await writer.create(iteration, {
        ref,
        dueMs: iteration.dueMs,
        make: (stamp) => objects.make(index, stamp),
      });
      if (!mayExist) return;
      // While the load is paused nobody grows older.
      const endMs = tempo.afterNowMs + lifetimeMs;
      await tempo.running.sleepUntil(endMs, iteration.stopping);
      if (iteration.stopping.aborted) return;
      await writer.delete(iteration, { ref, dueMs: tempo.running.dueTimeOf(endMs) });
    },
  };
}
