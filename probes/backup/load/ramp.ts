/**
 * When does each worker of the executor ramping-vus begin? In its stages the number of workers grows
 * evenly: to a quarter in 2 minutes, to a half in 5 more, to three quarters in 8, to all in 10.
 * Source: Grafana k6, "Ramping VUs"; the stages are those of the field's load test.
 * @module
 */

const MINUTE_MS = 60_000;
const STAGES = [[2, 0.25], [5, 0.5], [8, 0.75], [10, 1]] as const;

/** @param workers in all, >= 1 @returns by the worker's number, from 0 */
export function rampBeginsMs(workers: number): (worker: number) => number {
  const begins: number[] = [];
  let startMs = 0;
  for (const [minutes, share] of STAGES) {
    const before = begins.length;
    const after = Math.floor(workers * share);
    const lastsMs = minutes * MINUTE_MS;
    while (begins.length < after) {
      begins.push(startMs + lastsMs * (begins.length + 1 - before) / (after - before));
    }
    startMs += lastsMs;
  }
  return (worker) => begins[worker] ?? Infinity;
}
