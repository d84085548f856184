/**
 * What a load is, and what it needs of its run. Words only: the executor puts it on.
 * @module
 */

import type { ArrivalProcess } from "./arrival.ts";
import type { CatchUp } from "./catch_up.ts";
import type { Rng } from "./rng.ts";
import type { Share } from "./share.ts";
import type { Tempo } from "./tempo.ts";
import type { TimedContext } from "./timed.ts";
import type { Workload } from "./workload.ts";

/** What an execution needs of its run. */
export interface LoadContext extends TimedContext {
  /** Of the whole load: the schedule is the same for each share of it. */
  readonly rng: Rng;
  /** What of it is put on here. @default {WHOLE} */
  readonly share?: Share | undefined;
  /** By which it goes. @default as it was made */
  readonly tempo?: Tempo | undefined;
}

/**
 * Open: iterations start at their due times, however slow the system is. Closed: each worker
 * starts its next iteration when its last one has ended, so a slow system gets less load.
 */
export type LoadModel =
  | {
    readonly kind: "open";
    readonly arrivals: ArrivalProcess;
    /** Most operations outstanding at a time in the whole load, >= 1; Infinity for no bound. */
    readonly maxInFlight: number;
    /** What an iteration's first operation does when that many are; later ones always queue. */
    readonly whenFull: "drop" | "queue";
    readonly catchUp: CatchUp;
  }
  | {
    readonly kind: "closed";
    /** Of the whole load. */
    readonly workers: number;
    /** Pause of a worker between two iterations, ms. */
    readonly thinkMs: number;
    /** When each begins, ms since the start, by its number. @default all at once */
    readonly beginsMs?: (worker: number) => number;
  };

/** One load: what to do, when, and how often at most. */
export interface Load {
  readonly workload: Workload;
  readonly model: LoadModel;
  /**
   * Of the whole load. Open model: of its arrivals, those included that were dropped.
   * @default {Infinity}
   */
  readonly maxIterations?: number;
  /** Open model: called once when no arrival will be due any more; what is under way goes on. */
  readonly onArrivalsOver?: () => void;
}

export type OpenModel = Extract<LoadModel, { kind: "open" }>;
export type ClosedModel = Extract<LoadModel, { kind: "closed" }>;
