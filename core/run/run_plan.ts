/** What a load command hands over to be conducted. @module */

import type { CauseSpec } from "../judge/cause.ts";
import type { ClassSpec } from "../judge/class_spec.ts";
import type { K6Spec } from "../judge/k6_spec.ts";
import type { TableSpec } from "../judge/table_spec.ts";
import type { Ladder } from "../ladder/ladder.ts";
import type { LoadModel } from "../load/load.ts";
import type { Totals } from "../measure/totals.ts";
import type { Say } from "../say.ts";
import type { Measures } from "./measures.ts";
import type { Run } from "./run.ts";
import type { RunStage } from "./run_stage.ts";
import type { Warning } from "../run_log/record.ts";

/** What a command wants done; all of it known before the first operation. */
export interface RunPlan {
  /** What the load goes to, for people. */
  readonly target: string;
  /** What else is known of the target, in words for people, e.g. its server version. */
  readonly facts?: Readonly<Record<string, string>>;
  /** What the reader of the figures must know; said before the load and kept in the report. */
  readonly warnings?: readonly Warning[];
  /** The load model, for people. */
  readonly model: string;
  /** Offered load of an open model; null for a closed one. */
  readonly targetRatePerSec: number | null;
  /** Thresholds that hold unless the user gives one about the same metric. */
  readonly defaultThresholds: readonly string[];
  /**
   * Thresholds that hold throughout, whatever the classes of a ladder ask for, unless the user gives
   * one about the same metric: nothing that the target could be excused for breaking. @default {[]}
   */
  readonly invariants?: readonly string[];
  /**
   * The classes of failure that it can have beside the common ones: a threshold about any other is
   * refused, as it could only pass. @default {[]}
   */
  readonly reasons?: readonly string[];
  /** What there may be to measure; absent: known only when it comes. */
  readonly measures?: Measures;
  /**
   * The load is put on in stages that `instrument` begins with `runStage`, and nothing outside
   * of them is judged. Absent: it is one load, after the warm-up.
   */
  readonly isStaged?: boolean;
  /**
   * What stages are, best first; absent: with a ladder, those in which the thresholds hold. What the
   * user asks for beside them has to hold in the best one.
   */
  readonly classes?: readonly ClassSpec[];
  /**
   * Whether a border of a class that is within the 95 % interval of its figure leaves the class open:
   * of percentiles and of shares. @default {false}
   */
  readonly weighsChance?: boolean;
  /** What accuses a component when a stage is below the best class, or a threshold does not hold. */
  readonly causes?: readonly CauseSpec[];
  /** Figures that the report is to set side by side. */
  readonly tables?: readonly TableSpec[];
  /** Summaries of stages in k6's shapes, below the run directory; absent: none. */
  readonly k6?: K6Spec;
  /** The ladder that `instrument` climbs; its stages are the rungs. */
  readonly ladder?: Ladder;
  /**
   * Several generators can put it on, each the share that its run has (`run.share`): all together it is
   * the same load. @default {false}
   */
  readonly isDivisible?: boolean;
  /**
   * Makes what all of its generators share on the target, and registers how that and all that any of
   * them makes goes again. Called by their coordinator, before it starts them; they make and remove
   * none of it (`run.isOnGroundwork`). Absent: there is no such thing.
   */
  readonly groundwork?: (run: Run, say: Say) => Promise<Groundwork>;
  /**
   * From one look at the event loop of this program to the next, ms: for a load of few operations that
   * take seconds, whose waiting would cost more than its work. @default {19}
   */
  readonly loopLagIntervalMs?: number;
  /**
   * What can be changed of its load while it goes, beside its end; all that begins in such a load
   * takes its times from the run's tempo. Absent: nothing, not even that it is paused.
   */
  readonly changes?: LoadChanges | undefined;
  /** What each arrival begins with; the live line shows its rate and times. */
  readonly mainOperation: string;
  /**
   * Gets ready, calls `run.begin()`, works until done or until `run.stopping`, and leaves nothing
   * running. What it throws before the beginning means that the run could not take place.
   */
  readonly instrument: (run: Run, say: Say) => Promise<void>;
  /**
   * What the live line shows of the last second beside what all loads have; empty: nothing.
   * @default {() => ""}
   */
  readonly liveText?: (lastSecond: Totals) => string;
  /**
   * The instrument's own metric families for `/metrics`, in the Prometheus text format 0.0.4, with
   * names that no operation, counter or gauge of the run has. Asked at any time, also before the
   * instrument works.
   */
  readonly metrics?: (run: Run) => string;
  /**
   * With `--metrics-addr`: how long after a load that ended by itself `/metrics` is still served, so
   * that a last scrape sees the end. A stop signal ends it.
   */
  readonly lingerMs?: number;
}

/** What a coordinator has made for its generators. Disposed of when they are through. */
export interface Groundwork extends Partial<AsyncDisposable> {
  /** Removes what a rung of a ladder leaves behind, before the next one. @default nothing */
  readonly tidyUp?: () => Promise<void>;
  /** What goes along with a rung of a ladder while `work`, the load of the generators, is put on. */
  readonly beside?: (stage: RunStage, work: () => Promise<void>) => Promise<void>;
  /** Once the last rung is over, and before the run is. */
  readonly end?: () => Promise<void>;
}

/** What can be changed of a load beside that it is paused. */
export interface LoadChanges {
  /** Arrivals per second of all its schedule, as it was made; absent: it has no one rate. */
  readonly ratePerSec?: number | undefined;
  /** Workers of a closed load, as it was made; absent: it has no such number. */
  readonly workers?: number | undefined;
}

/** Of a load by this model alone. @param model of all generators */
export function changesOf(model: LoadModel): LoadChanges {
  return model.kind === "open"
    ? { ratePerSec: model.arrivals.ratePerSec }
    : { workers: model.workers };
}

/** Whether all of the run is in stages that its instrument begins. */
export function isStaged({ isStaged, ladder }: RunPlan): boolean {
  return isStaged === true || ladder !== undefined;
}
