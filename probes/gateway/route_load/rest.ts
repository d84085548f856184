/**
 * A Gateway at rest: nothing is asked of it, so that nothing should be written to it, and what its
 * components use is what they use anyway.
 * @module
 */

import { until } from "../../../core/load/until.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { ComponentUsage } from "./component_usage.ts";

/** Writes to a Gateway while nothing was asked of it. */
export const IDLE_WRITES = "idleWrites";

/** What was done before may have been written late: so long without a write is rest. */
const QUIET_MS = 2_000;
/** One that never rests is measured as it is. */
const PATIENCE_MS = 5_000;
const POLL_MS = 100;

/** Begins the stage once there is rest, and resolves when it is over. */
export async function restFor(
  stage: RunStage,
  { scene, usage }: { readonly scene: Scene; readonly usage: ComponentUsage },
): Promise<void> {
  const { clock, recorder, stopping } = stage;
  using listening = new DisposableStack();
  let lastMs = clock.now();
  for (const { tag, watch } of scene.gateways) {
    watch.phase = "idle";
    const stop = watch.onCount(({ atMs }) => {
      lastMs = atMs;
      if (stage.hasBegun) recorder.count(IDLE_WRITES, 1, { atMs, tags: { gateway: tag } });
    });
    listening.defer(stop);
  }
  await until(clock, () => clock.now() - lastMs >= QUIET_MS || stopping.aborted || undefined, {
    pollMs: POLL_MS,
    timeoutMs: PATIENCE_MS,
    late: () => true,
  });
  const before = await usage.read();
  await stage.begin();
  await clock.sleepUntil(Infinity, stopping);
  await usage.idleSince(before);
}
