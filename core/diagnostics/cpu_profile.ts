/**
 * Where did this process's own JavaScript spend its CPU time? Samples the calling thread: workers and
 * the runtime's network threads are not in it, and time spent waiting is left out, as in Go.
 *
 * V8 does not know the names of code that it optimised in the middle of a loop (on-stack replacement)
 * before the profile began, and charges such a loop to its caller. Functions that became hot by being
 * called often, as those of a load do, are named.
 * @module
 */

import { type Profiler, Session } from "node:inspector/promises";
import type { Clock } from "../load/clock.ts";
import { encodePprof, type Frame, type StackSample } from "./pprof.ts";

/** Another CPU profile is being taken; V8 would slow this process down once more for a second one. */
export class CpuProfileBusyError extends Error {
  override name = "CpuProfileBusyError";
  constructor(
    /** How long the other one still takes. */
    readonly remainingMs: number,
  ) {
    const remainingSec = Math.ceil(remainingMs / 1_000);
    super(
      `Cannot take a CPU profile: another one is being taken; it ends in ${remainingSec} s, try again then`,
    );
  }
}

/** One sample a ms: ten times as dense as Go's, because the profiles of a short run should say something. */
const SAMPLING_INTERVAL_US = 1_000;
const US_PER_MS = 1_000;
const NS_PER_US = 1_000;

/** When the profile that is being taken ends; one at a time in the whole process, whoever asked. */
let endsAtMs: number | undefined;

/**
 * Begins to profile this thread, for `durationMs` or until the signal aborts (then the profile holds
 * what was seen up to there).
 * @returns once it began; `profile` is the gzipped pprof, when it ended
 * @throws {CpuProfileBusyError} if another profile is being taken
 */
export async function startCpuProfile(
  clock: Clock,
  options: { durationMs: number; signal?: AbortSignal },
): Promise<{ profile: Promise<Uint8Array<ArrayBuffer>> }> {
  if (endsAtMs !== undefined) throw new CpuProfileBusyError(Math.max(0, endsAtMs - clock.now()));
  const untilMs = endsAtMs = clock.now() + options.durationMs;
  const session = new Session();
  const release = () => {
    session.disconnect();
    endsAtMs = undefined;
  };
  try {
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_INTERVAL_US });
    await session.post("Profiler.start");
  } catch (error) {
    release();
    throw error;
  }
  const startedAt = clock.wallNow();
  const finish = async () => {
    await clock.sleepUntil(untilMs, options.signal);
    const { profile } = await session.post("Profiler.stop");
    await session.post("Profiler.disable");
    return await encodeCpuProfile(profile, startedAt);
  };
  return { profile: finish().finally(release) };
}

/** V8's CPU profile as gzipped pprof with the measures `samples` and `cpu`. */
function encodeCpuProfile(
  profile: Profiler.Profile,
  startedAt: Date,
): Promise<Uint8Array<ArrayBuffer>> {
  return encodePprof({
    measures: [{ type: "samples", unit: "count" }, { type: "cpu", unit: "nanoseconds" }],
    defaultMeasure: "cpu",
    samples: cpuSamples(profile),
    period: { type: "cpu", unit: "nanoseconds", value: SAMPLING_INTERVAL_US * NS_PER_US },
    startedAt,
    durationMs: (profile.endTime - profile.startTime) / US_PER_MS,
    comments: [
      "The main JavaScript thread only; (program) is native code, waiting is left out",
      "A long loop that was optimised before the profile began is charged to its caller",
    ],
  });
}

/**
 * One stack sample for every node that was seen on top of the stack, values `[samples, CPU ns]`. A
 * node is charged with the time from its sample to the next one, the last with the time to the
 * profile's end, as Chrome's DevTools do: the time before the first sample is the profiler's own start.
 */
export function cpuSamples(profile: Profiler.Profile): StackSample[] {
  const { samples = [], timeDeltas = [] } = profile;
  const seen = new Map<number, { count: number; timeUs: number }>();
  let nowUs = profile.startTime;
  samples.forEach((nodeId, index) => {
    nowUs += timeDeltas[index] ?? 0;
    const heldUs = timeDeltas[index + 1] ?? profile.endTime - nowUs;
    const node = seen.get(nodeId) ?? { count: 0, timeUs: 0 };
    seen.set(nodeId, node);
    node.count++;
    // V8 may write two samples in the wrong order; the negative step between them is no time.
    node.timeUs += Math.max(0, heldUs);
  });
  const stackOf = stacks(profile.nodes);
  return [...seen].flatMap(([nodeId, { count, timeUs }]) => {
    const stack = stackOf(nodeId);
    const top = stack[0]?.functionName;
    if (top === undefined || top === "(idle)") return [];
    return [{ stack, values: [count, Math.round(timeUs * NS_PER_US)] }];
  });
}

/** Finds the frames from a node up to the root, which itself is none. */
function stacks(nodes: readonly Profiler.ProfileNode[]): (nodeId: number) => Frame[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentIds = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((childId) => [childId, id] as const)),
  );
  return (nodeId) => {
    const stack: Frame[] = [];
    for (let id: number | undefined = nodeId; id !== undefined; id = parentIds.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame !== undefined && frame.functionName !== "(root)") stack.push(frame);
    }
    return stack;
  };
}
