/**
 * scaletool as a library: schedules, the executor, measuring and judging, without the command line.
 *
 * @example Drive a function at a Poisson rate and judge it
 * ```ts
 * import { createRng, execute, Judge, parseThreshold, poisson, Recorder, SystemClock } from "./mod.ts";
 *
 * const clock = new SystemClock();
 * const recorder = new Recorder({ startMs: clock.now() });
 * const never = new AbortController().signal;
 * const context = { clock, rng: createRng(1), recorder, stopping: never, aborted: never };
 *
 * await execute(context, {
 *   model: {
 *     kind: "open",
 *     arrivals: poisson(1_000),
 *     maxInFlight: 100,
 *     whenFull: "queue",
 *     catchUp: "burst",
 *   },
 *   workload: {
 *     name: "nothing",
 *     firstOp: "call",
 *     iterate: (iteration) => iteration.timed(() => Promise.resolve(), { op: "call" }),
 *   },
 *   maxIterations: 200,
 * });
 *
 * const judge = new Judge([parseThreshold("call.response.p99 < 1s")]);
 * for (const interval of recorder.rotate(clock.now())) judge.add(interval);
 * const [finding] = judge.findings({ level: "valid", reasons: [] });
 * if (finding?.verdict !== "pass") throw new Error(finding?.reason);
 * ```
 * @module
 */

export * from "./core/judge/cause.ts";
export * from "./core/judge/class.ts";
export * from "./core/judge/class_spec.ts";
export { evaluate, type Evaluation, type EvaluationOptions } from "./core/judge/evaluation.ts";
export { type Figure, type FigureTerm, formatFigure, parseFigure } from "./core/judge/figure.ts";
export * from "./core/judge/finding.ts";
export * from "./core/judge/judge.ts";
export * from "./core/judge/table_spec.ts";
export * from "./core/judge/threshold.ts";
export * from "./core/judge/validity.ts";
export * from "./core/load/arrival.ts";
export * from "./core/load/arrival_spec.ts";
export * from "./core/load/clock.ts";
export * from "./core/load/executor.ts";
export * from "./core/load/normal_arrival.ts";
export * from "./core/load/rng.ts";
export * from "./core/load/timed.ts";
export * from "./core/load/until.ts";
export * from "./core/load/workload.ts";
export * from "./core/measure/histogram.ts";
export * from "./core/measure/interval.ts";
export * from "./core/measure/operation_totals.ts";
export * from "./core/measure/recorder.ts";
export * from "./core/measure/sample.ts";
export * from "./core/measure/stage.ts";
export * from "./core/measure/summary.ts";
export * from "./core/measure/totals.ts";
export * from "./core/report/figure_table.ts";
export * from "./core/report/report.ts";
