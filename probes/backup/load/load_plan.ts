/** How many workspaces, by how many workers, and since when does each work? Flags -> plan. @module */

import { UsageError } from "../../../core/errors.ts";
import type { BackupValues } from "../flags.ts";
import { formatDuration } from "../../../core/units.ts";
import { rampBeginsMs } from "./ramp.ts";

/** Those of the field's smoke test. */
const USUAL_COUNT = 50;
/** Of ramping-vus, where nothing else is said: the field's load test stops there, too. */
const MOST_RAMPED = 3_000;
const UNLIMITED = -1;

export interface LoadPlan {
  /** Workspaces that are made at most. */
  readonly count: number;
  readonly workers: number;
  /** See the closed model of `LoadModel`; absent: all at once. */
  readonly beginsMs?: (worker: number) => number;
  /** How long workspaces are made; Infinity: until there are as many as there are to be. */
  readonly lastsMs: number;
  /** For people. */
  readonly model: string;
}

/** @throws {UsageError} if there is no number of workspaces */
export function loadPlan(values: BackupValues): LoadPlan {
  const { executor, "max-vus": vus } = values;
  const most = values["max-devworkspaces"];
  const where = values["separate-namespaces"] ? "a namespace each" : "one namespace";
  if (most === 0) throw new UsageError("--max-devworkspaces must be at least 1, not 0");
  if (executor === "ramping-vus") {
    const count = most === undefined || most === UNLIMITED ? MOST_RAMPED : most;
    const workers = Math.min(vus, count);
    const minutes = values["test-duration-minutes"];
    const [beginsMs, lastsMs] = [rampBeginsMs(workers), minutes * 60_000];
    requireWorker(workers, { firstMs: beginsMs(0), lastsMs });
    return {
      ...{ count, workers, beginsMs, lastsMs },
      model: `up to ${workers} workers for ${minutes} min, ${count} workspaces at most, ${where}`,
    };
  }
  if (most === UNLIMITED) {
    throw new UsageError(
      "--max-devworkspaces: shared-iterations needs to know how many; only ramping-vus takes -1",
    );
  }
  const count = most ?? USUAL_COUNT;
  const workers = Math.min(vus, count);
  const model = `${count} workspaces shared by ${workers} workers, ${where}`;
  return { count, workers, lastsMs: Infinity, model };
}

/** @throws {UsageError} if the time is over before any worker begins */
function requireWorker(
  workers: number,
  { firstMs, lastsMs }: { readonly firstMs: number; readonly lastsMs: number },
): void {
  if (firstMs < lastsMs) return;
  throw new UsageError(
    `--test-duration-minutes: of ${workers} workers the first begins after ` +
      `${
        formatDuration(firstMs)
      }, so that no workspace is made; use more --max-vus, or a longer time`,
  );
}
