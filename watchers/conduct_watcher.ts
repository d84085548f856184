/**
 * The connection of every watcher: flags -> a cluster that has answered and grants what is needed ->
 * a conducted run. Knows nothing of what a watcher does.
 * @module
 */

import type { ExitCode } from "../core/exit_code.ts";
import { SystemClock } from "../core/load/clock.ts";
import { Ticker } from "../core/load/ticker.ts";
import type { Invocation } from "../core/command/command.ts";
import { conduct } from "../core/run/conduct.ts";
import { allMeasures } from "../core/run/measures.ts";
import { runIdOf } from "../core/command/run_id.ts";
import { shownWithChosen } from "../core/command/settings.ts";
import { CLUSTER_FLAGS } from "../kube/cluster_flags.ts";
import { KUBERNETES_REASONS } from "../kube/kubernetes_reasons.ts";
import { type ClusterSession, connectCluster } from "../kube/connect.ts";
import { FLOW_MEASURES } from "../kube/http/flow_control.ts";
import { LIFE_MEASURES } from "../kube/http/life_guard.ts";
import { UnansweredError } from "../kube/set_up_question.ts";
import { isNotFound } from "../kube/status_error.ts";
import { resolveTarget, systemWorld } from "../kube/config/target.ts";
import type { WatcherFlags } from "./flags.ts";
import type { WatcherPlan } from "./watcher_plan.ts";

const FLUSH_PERIOD_MS = 1_000;

/** @throws {UsageError | CannotRunError} before any load */
export async function conductWatcher(
  invocation: Invocation<WatcherFlags>,
  plan: WatcherPlan,
): Promise<ExitCode> {
  const clock = new SystemClock();
  const { command, values: given } = invocation;
  // Requests carry the run's id from the first on.
  const runId = runIdOf(given["run-id"], clock.wallNow());
  const values = { ...given, "run-id": runId };
  const configured = resolveTarget(values, systemWorld(clock));
  using session = await connectCluster({
    identity: { runId, command },
    values,
    target: plan.retarget?.(configured) ?? configured,
    clock,
    connections: plan.connections,
  });
  await requirePermissions(session, plan);
  const { metrics, model, mainOperation, defaultThresholds, measures } = plan;
  const shown = shownWithChosen(invocation.shown, {
    flags: CLUSTER_FLAGS,
    chosen: { conns: plan.connections },
    source: "derived",
  });
  return await conduct({ ...invocation, values, shown }, {
    target: session.target.server,
    facts: session.facts,
    warnings: [...session.warnings, ...plan.warnings],
    model,
    targetRatePerSec: null,
    defaultThresholds,
    reasons: KUBERNETES_REASONS,
    measures: allMeasures(measures, FLOW_MEASURES, LIFE_MEASURES),
    mainOperation,
    ...(metrics === undefined ? {} : { metrics }),
    instrument: async (run, say) => {
      const { flow, life } = session;
      await using _figures = new Ticker(() => {
        if (run.hasBegun) flow.flush(run.recorder, run.clock.now());
        life.flush(run);
      }, { clock: run.clock, periodMs: FLUSH_PERIOD_MS });
      await plan.work(session.cluster, { run, say });
      await life.finish(run, say);
    },
  });
}

async function requirePermissions(session: ClusterSession, plan: WatcherPlan): Promise<void> {
  try {
    await session.require(plan.permissions);
  } catch (error) {
    // An aggregated server does not answer for permissions; it asks the API server at each request.
    const isUnknown = error instanceof UnansweredError && isNotFound(error.why);
    if (plan.retarget === undefined || !isUnknown) throw error;
  }
}
