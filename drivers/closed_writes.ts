/**
 * In which order does cmdriverclosed create, update and delete, and when is each operation due?
 * Every thread works through its own objects, each phase a fixed lag behind the one before it, so
 * that the population stays bounded. Pure arithmetic: it neither sleeps nor sends.
 * Source: k8api-scaletest, cmdriverclosed/main.go (branch main, 2022-07-05).
 * @module
 */

/** What the order and the times follow from. */
export interface WriteOrder {
  /** Objects of all threads together; >= 1. */
  readonly objects: number;
  /** How many objects may exist at once, see {@link peakPopulationOf}; >= 1. */
  readonly maxPopulation: number;
  /** Workers, each with one operation at a time; >= 1. */
  readonly threads: number;
  /** Operations of all kinds and threads together per second; 0: as fast as they get done. */
  readonly ratePerSec: number;
  /** How often each object is updated; >= 0. */
  readonly updates: number;
  /** Nothing is deleted, and so the population has no bound but `objects`. */
  readonly createOnly: boolean;
}

/** One write of one thread. */
export interface OrderedWrite {
  /** 0: create; 1..updates: that update; updates + 1: delete. */
  readonly phase: number;
  readonly op: "create" | "update" | "delete";
  /** Number of the object, from 1 to {@link highestObjectOf}. */
  readonly object: number;
  /** When it is due, ms after the start of all threads; undefined if the rate is 0. */
  readonly dueMs: number | undefined;
}

/**
 * The operations of one thread in the order in which it makes them, one after the other. Its k-th
 * (from 0) is due in slot k * threads + thread + 1 of the common rate, so that the threads
 * interleave evenly.
 * @param thread from 0
 * @throws {RangeError} (from the first `next`) if the thread or an option is out of range
 */
export function* writesOf(thread: number, options: WriteOrder): Generator<OrderedWrite> {
  requireThread(thread, options);
  const { threads, ratePerSec, updates } = options;
  const own = objectCountOf(thread, options);
  const lag = lagOf(thread, options);
  const done = new Array<number>(phasesOf(options)).fill(0);
  for (let k = 0; k < own * done.length; k++) {
    const phase = nextPhase(done, { own, lag });
    const earlier = done[phase] ?? 0;
    done[phase] = earlier + 1;
    yield {
      phase,
      op: phase === 0 ? "create" : phase <= updates ? "update" : "delete",
      object: earlier * threads + thread + 1,
      dueMs: ratePerSec === 0 ? undefined : (k * threads + thread + 1) * 1_000 / ratePerSec,
    };
  }
}

/**
 * How many objects further a phase of this thread must be before the next phase follows it:
 * max(1, floor((maxPopulation + updates * threads + thread) / ((1 + updates) * threads))).
 * @param thread from 0
 */
export function lagOf(thread: number, options: WriteOrder): number {
  requireThread(thread, options);
  const { maxPopulation, threads, updates } = options;
  return Math.max(
    1,
    Math.floor((maxPopulation + updates * threads + thread) / ((1 + updates) * threads)),
  );
}

/**
 * How many objects this thread owns: they are numbered thread + 1, thread + 1 + threads,
 * thread + 1 + 2 * threads, ...
 * @param thread from 0
 */
export function objectCountOf(thread: number, options: WriteOrder): number {
  requireThread(thread, options);
  return Math.floor((options.objects + thread) / options.threads);
}

/**
 * The highest number that an object gets. It exceeds `objects`, and some numbers below it are
 * missing, when the threads do not divide them: the LAST threads own one object more, so that 10
 * objects of 4 threads are 1 to 8, 11 and 12. That is as upstream has it, and kept, because scripts
 * compute the names.
 */
export function highestObjectOf(options: WriteOrder): number {
  requireOptions(options);
  return Math.ceil(options.objects / options.threads) * options.threads;
}

/** Operations of all threads: each object goes through every phase once. */
export function operationsOf(options: WriteOrder): number {
  requireOptions(options);
  return options.objects * phasesOf(options);
}

/**
 * The most objects that can exist at once, however the threads interleave: for each thread
 * (updates + 1) * (lag - 1) + 1 or all that it owns, whichever is less. At most
 * max(maxPopulation, threads), because no thread can do with less than one object.
 */
export function peakPopulationOf(options: WriteOrder): number {
  requireOptions(options);
  if (options.createOnly) return options.objects;
  let peak = 0;
  for (let thread = 0; thread < options.threads; thread++) {
    const perLag = (options.updates + 1) * (lagOf(thread, options) - 1) + 1;
    peak += Math.min(perLag, objectCountOf(thread, options));
  }
  return peak;
}

function phasesOf({ updates, createOnly }: WriteOrder): number {
  return createOnly ? 1 + updates : 2 + updates;
}

/** The highest phase that may go on: the one before it is the lag ahead, or through with all objects. */
function nextPhase(
  done: readonly number[],
  { own, lag }: { own: number; lag: number },
): number {
  for (let phase = done.length - 1; phase > 0; phase--) {
    const count = done[phase] ?? 0;
    const ahead = done[phase - 1] ?? 0;
    if (count < own && (ahead === own || ahead >= count + lag)) return phase;
  }
  return 0;
}

function requireThread(thread: number, options: WriteOrder): void {
  requireOptions(options);
  if (!Number.isSafeInteger(thread) || thread < 0 || thread >= options.threads) {
    throw new RangeError(
      `Cannot order thread ${thread}: expected a whole number from 0 to ${options.threads - 1}`,
    );
  }
}

function requireOptions(options: WriteOrder): void {
  requireWhole("objects", options.objects, { from: 1 });
  requireWhole("maxPopulation", options.maxPopulation, { from: 1 });
  requireWhole("threads", options.threads, { from: 1 });
  requireWhole("updates", options.updates, { from: 0 });
  const { ratePerSec } = options;
  if (!Number.isFinite(ratePerSec) || ratePerSec < 0) {
    throw new RangeError(`Cannot order ratePerSec ${ratePerSec}: expected a number from 0 on`);
  }
}

function requireWhole(name: string, value: number, { from }: { from: number }): void {
  if (Number.isSafeInteger(value) && value >= from) return;
  throw new RangeError(`Cannot order ${name} ${value}: expected a whole number from ${from} on`);
}
