/**
 * Which functions allocated the objects that are still on the heap? Samples the calling thread's
 * allocations since the sampling was started; what was allocated before is not in it, nor are other
 * threads, nor buffers outside the JavaScript heap.
 * @module
 */

import { type HeapProfiler, Session } from "node:inspector/promises";
import type { Clock } from "../load/clock.ts";
import { encodePprof, type Frame, type StackSample } from "./pprof.ts";

/**
 * One sample about every 128 KiB. A sample costs some 4 us: at 100 MB of garbage a second that is
 * 0.3 % of a core, a quarter of what V8's default (32 KiB) costs. Go samples every 512 KiB, but its
 * heaps are larger than the few MB that a run keeps.
 */
const SAMPLING_INTERVAL_BYTES = 128 * 1024;

/** V8's answer; the field types that Deno ships leave out the two numbers that join node and sample. */
interface SampledHeap extends HeapProfiler.SamplingHeapProfile {
  head: SampledNode;
  /** One entry for each sample whose object is still alive. */
  samples: readonly { nodeId: number }[];
}

export interface SampledNode extends HeapProfiler.SamplingHeapProfileNode {
  id: number;
  children: SampledNode[];
}

/** Heap sampling under way; `close()` gives it up. */
export interface HeapSampling extends AsyncDisposable {
  /** The objects of now that were allocated since the start, as gzipped pprof. */
  takeProfile(): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** V8 has one sampler for the whole thread, and whoever stops it stops it for all: so it is shared. */
const shared: { users: number; session?: Session; startedAt: Date; startedMs: number } = {
  users: 0,
  startedAt: new Date(0),
  startedMs: 0,
};
/** The last start or stop; each waits for the one before. */
let lastChange: Promise<void> = Promise.resolve();

/** Starts sampling, or joins in if it was started already; the last to close it ends it. */
export async function startHeapSampling(clock: Clock): Promise<HeapSampling> {
  await change(() => join(clock));
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await change(leave);
  };
  return {
    takeProfile: () => takeProfile(clock, closed ? undefined : shared.session),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function change(step: () => Promise<void>): Promise<void> {
  const done = lastChange.then(step);
  lastChange = done.catch(() => {});
  return done;
}

async function join(clock: Clock): Promise<void> {
  if (shared.session === undefined) {
    const session = new Session();
    session.connect();
    try {
      await session.post("HeapProfiler.startSampling", {
        samplingInterval: SAMPLING_INTERVAL_BYTES,
      });
    } catch (error) {
      session.disconnect();
      throw error;
    }
    Object.assign(shared, { session, startedAt: clock.wallNow(), startedMs: clock.now() });
  }
  shared.users++;
}

async function leave(): Promise<void> {
  const { session } = shared;
  if (--shared.users > 0 || session === undefined) return;
  delete shared.session;
  try {
    // Disconnecting alone does not stop it everywhere: Deno 2.6.8 goes on sampling.
    await session.post("HeapProfiler.stopSampling");
  } finally {
    session.disconnect();
  }
}

async function takeProfile(
  clock: Clock,
  session: Session | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const { startedAt, startedMs } = shared;
  if (session === undefined) {
    throw new Error("Cannot take a heap profile: the sampling was closed; start it again first");
  }
  const { profile } = await session.post("HeapProfiler.getSamplingProfile");
  return await encodeHeapProfile(profile as SampledHeap, {
    startedAt,
    durationMs: clock.now() - startedMs,
  });
}

/** V8's sampling heap profile as gzipped pprof with the measures `samples` and `inuse_space`. */
function encodeHeapProfile(
  profile: SampledHeap,
  options: { startedAt: Date; durationMs: number },
): Promise<Uint8Array<ArrayBuffer>> {
  return encodePprof({
    ...options,
    measures: [{ type: "samples", unit: "count" }, { type: "inuse_space", unit: "bytes" }],
    defaultMeasure: "inuse_space",
    samples: heapSamples(profile),
    period: { type: "space", unit: "bytes", value: SAMPLING_INTERVAL_BYTES },
    comments: [
      `Allocated on the JavaScript heap of the main thread since ${options.startedAt.toISOString()}`,
    ],
  });
}

/**
 * One stack sample for every function that allocated, values `[samples, estimated bytes]`. V8 tells
 * estimated bytes, but neither an object's size nor how many it stands for, so unlike Go's this
 * profile cannot say `inuse_objects`; the number of samples says how sure an estimate is.
 */
export function heapSamples(profile: SampledHeap): StackSample[] {
  const counts = new Map<number, number>();
  for (const { nodeId } of profile.samples) counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
  const found: StackSample[] = [];
  // A list of work instead of recursion, because stacks may be deeper than ours may get.
  const pending: PlacedNode[] = [{ node: profile.head, caller: undefined }];
  for (let placed = pending.pop(); placed !== undefined; placed = pending.pop()) {
    const { node } = placed;
    if (node.selfSize > 0) {
      found.push({ stack: stackOf(placed), values: [counts.get(node.id) ?? 0, node.selfSize] });
    }
    for (const child of node.children) pending.push({ node: child, caller: placed });
  }
  return found;
}

interface PlacedNode {
  node: SampledNode;
  caller: PlacedNode | undefined;
}

/** The frames up to the root, which itself is none. */
function stackOf(top: PlacedNode): Frame[] {
  const stack: Frame[] = [];
  for (let at: PlacedNode | undefined = top; at !== undefined; at = at.caller) {
    if (at.node.callFrame.functionName !== "(root)") stack.push(at.node.callFrame);
  }
  return stack;
}
