/**
 * Which runs are still alive? Those whose record is seen to be renewed: no clock of one machine is
 * compared with that of another, unless they would have to differ by more than an hour.
 * @module
 */

import { until } from "../../core/load/until.ts";
import type { ClusterReader } from "../cluster.ts";
import { eachAtMost } from "../each_at_most.ts";
import { retrying } from "../set_up_retry.ts";
import { isNotFound } from "../status_error.ts";
import type { SetUpContext } from "./definition.ts";
import { LEASES, RECORD_LIFE_MS, type SeenRecord } from "./run_record.ts";

interface LookContext extends SetUpContext {
  readonly cluster: Pick<ClusterReader, "get">;
}

interface RecordedRun {
  readonly runId: string;
  /** Undefined: whether it lives cannot be seen. */
  readonly record: SeenRecord | undefined;
}

const POLL_MS = 1_000;
const LOOKS_AT_ONCE = 8;
const SURELY_OVER_MS = 3_600_000;

/** Watches the records for as long as the slowest renewal may take, or until each is decided. */
export async function livingRuns(
  runs: readonly RecordedRun[],
  context: LookContext,
): Promise<ReadonlySet<string>> {
  const { clock, signal, say } = context;
  const nowMs = clock.wallNow().getTime();
  const open = new Map<string, SeenRecord>();
  for (const { runId, record } of runs) {
    if (record !== undefined && mayLive(record, nowMs)) open.set(runId, record);
  }
  const living = new Set<string>();
  if (open.size === 0) return living;
  const records = open.size === 1 ? "1 run" : `${open.size} runs`;
  say(`watching the record of ${records} for up to ${RECORD_LIFE_MS / 1_000} s: still alive?`);
  const look = async () => {
    await eachAtMost([...open], async ([runId, before]) => {
      const state = await stateOf(before, context);
      if (state === "same") return;
      open.delete(runId);
      if (state === "renewed") living.add(runId);
    }, { limit: LOOKS_AT_ONCE, signal });
    return open.size === 0 ? living : undefined;
  };
  await clock.sleepUntil(clock.now() + POLL_MS, signal); // they were looked at just now
  const timeoutMs = RECORD_LIFE_MS - POLL_MS;
  return await until(clock, look, { pollMs: POLL_MS, timeoutMs, signal, late: () => living });
}

/** Whether a record of a run that ended by itself, or long ago, need not be watched. */
function mayLive({ facts, renewedMs }: SeenRecord, nowMs: number): boolean {
  return facts?.endedAt === undefined && !(nowMs - renewedMs > SURELY_OVER_MS);
}

async function stateOf(
  { ref, resourceVersion }: SeenRecord,
  context: LookContext,
): Promise<"same" | "renewed" | "gone"> {
  const { cluster, signal } = context;
  try {
    const lease = await retrying(() => cluster.get(LEASES, ref, { signal }), context);
    return lease.metadata.resourceVersion === resourceVersion ? "same" : "renewed";
  } catch (thrown) {
    if (isNotFound(thrown)) return "gone";
    throw thrown;
  }
}
