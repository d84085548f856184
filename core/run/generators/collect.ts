/**
 * What generators have told, and will, after their coordinator is gone: taken down as it would have.
 * Leads nobody: they go on to their planned end.
 * @module
 */

import type { GeneratorHost } from "../../generators/host.ts";
import type { Clock } from "../../load/clock.ts";
import { createRng } from "../../load/rng.ts";
import { loadStages } from "../../measure/stage.ts";
import type { Manifest } from "../../run_log/manifest.ts";
import type { RunLogRecord } from "../../run_log/record.ts";
import type { Say } from "../../say.ts";
import { Run } from "../run.ts";
import { Lead } from "./lead.ts";

interface CollectOptions {
  /** Whose orders reach nobody. */
  readonly host: GeneratorHost;
  readonly manifest: Manifest;
  /** The calendar's time at which the load was to begin. */
  readonly startAtMs: number;
  readonly clock: Clock;
  readonly say: Say;
  /** Ends the wait for those that have not ended. */
  readonly signal: AbortSignal;
  readonly log: (...records: readonly RunLogRecord[]) => void;
}

/**
 * Resolves when nothing more is to come of any of them, or the signal aborts.
 * @returns whether it has the end of all
 * @throws what broke the load of the first one that broke
 */
export async function collect(options: CollectOptions): Promise<boolean> {
  const { host, manifest, startAtMs, clock, say, signal, log } = options;
  const { warmUpMs, targetRatePerSec, isStaged } = manifest;
  const run = new Run({
    id: manifest.runId,
    clock,
    rng: createRng(manifest.seed),
    stages: isStaged ? [] : loadStages(warmUpMs, targetRatePerSec),
    say,
    log,
  });
  run.beginNow(undefined, 0, clock.now() + startAtMs - clock.wallNow().getTime());
  const takesStages = isStaged && manifest.ladder === null;
  const lead = new Lead(run, { host, readyTimeoutMs: Infinity, takesStages, say });
  lead.join(startAtMs);
  await using _leading = await lead.start();
  const cut = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener("abort", () => resolve(false), { once: true });
  });
  const isWhole = await Promise.race([lead.over().then(() => true), cut]);
  if (isWhole && run.end !== undefined) log({ type: "end", ...run.end });
  return isWhole;
}
