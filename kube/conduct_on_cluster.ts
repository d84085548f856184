/**
 * The one way of a load command onto a cluster: who the run is, where it goes, whether it may, and
 * the run itself. Knows nothing of what the command does there.
 * @module
 */

import type { Invocation } from "../core/command/command.ts";
import { type PlanSection, renderPlan } from "../core/command/dry_run.ts";
import { runIdentityOf } from "../core/command/run_id.ts";
import { CannotRunError } from "../core/errors.ts";
import { EXIT_CODE, type ExitCode } from "../core/exit_code.ts";
import { SystemClock } from "../core/load/clock.ts";
import { Ticker } from "../core/load/ticker.ts";
import { conduct } from "../core/run/conduct.ts";
import { allMeasures } from "../core/run/measures.ts";
import type { RunPlan } from "../core/run/run_plan.ts";
import type { ClusterValues, LoadFlags } from "./cluster_flags.ts";
import { type ClusterTarget, resolveTarget, systemWorld } from "./config/target.ts";
import { type ClusterSession, connectCluster, type ConnectOptions } from "./connect.ts";
import { lookAtOpenFiles } from "./doctor/files.ts";
import { FLOW_MEASURES, type FlowControl } from "./http/flow_control.ts";
import { LIFE_MEASURES, type LifeGuard } from "./http/life_guard.ts";
import { STREAM_MEASURES, type StreamWaits } from "./http/stream_waits.ts";
import type { ClusterNeeds } from "./kubernetes_command.ts";
import type { RunIdentity } from "./owned/ownership.ts";
import type { KindName, Resource } from "./resource.ts";
import { permissionsOf } from "./server/access.ts";
import { discover } from "./server/discovery.ts";
import { UnansweredError } from "./set_up_question.ts";
import { isNotFound, KUBERNETES_REASONS } from "./status_error.ts";

const FLUSH_PERIOD_MS = 1_000;

/** An invocation of which a run's objects can be made before there is a run: it has an id and a seed. */
export interface Identified<F extends LoadFlags> extends Invocation<F> {
  readonly identity: RunIdentity;
}

/** What one use of a command asks of a cluster and does there; all of it known before it connects. */
export interface ClusterUse {
  /** Its rights are required, but for those that the run does without. */
  readonly needs: ClusterNeeds;
  /** Where connections go and how many there are; absent: as the flags say. */
  readonly connections?: Pick<ConnectOptions, "spread" | "connections" | "random">;
  /** Where to go instead of where the flags lead, to a server that may answer for no permissions. */
  readonly retarget?: (target: ClusterTarget) => ClusterTarget;
  /** The answer to `--dry-run`, if that was asked for: then nothing is contacted. */
  readonly dryRun?: readonly PlanSection[] | undefined;
  /** The values with those that follow from others; absent: as they were given. */
  readonly values?: Invocation<LoadFlags>["values"];
  /** The settings with those that follow from others; absent: as they were given. */
  readonly shown?: Invocation["shown"];
  /** The run on a cluster that has answered and grants what is needed. */
  readonly plan: (session: GrantedSession) => RunPlan;
}

/** The part of a connected cluster that a run works with. */
export interface GrantedSession extends
  Pick<
    ClusterSession,
    "cluster" | "servers" | "facts" | "warnings"
  > {
  readonly target: Pick<ClusterTarget, "server" | "fetch">;
  readonly flow: Pick<FlowControl, "flush" | "reset">;
  readonly waits: Pick<StreamWaits, "flush">;
  readonly life: Pick<LifeGuard, "flush" | "finish">;
  /** A needed kind as the server has it. */
  resourceOf(kind: Resource | KindName): Resource;
}

/**
 * With the given run id and seed, or new ones.
 * @throws {UsageError} if the id cannot be one
 */
export function identified<F extends LoadFlags>(invocation: Invocation<F>): Identified<F> {
  const { command, values }: Invocation<LoadFlags> = invocation;
  const identity = runIdentityOf(values, new SystemClock().wallNow());
  return {
    ...invocation,
    identity: { runId: identity["run-id"], command },
    values: { ...invocation.values, ...identity },
  };
}

/**
 * Shows or runs it.
 * @throws {UsageError | CannotRunError} before any load
 */
export async function conductOnCluster(
  invocation: Identified<LoadFlags>,
  use: ClusterUse,
): Promise<ExitCode> {
  const { io, identity, simulation } = invocation;
  const { values = invocation.values, shown = invocation.shown } = use;
  if (use.dryRun !== undefined) {
    io.stdout(renderPlan(use.dryRun, values.output));
    return EXIT_CODE.pass;
  }
  // Who leads generators opens none of their sockets; each of them looks for itself.
  if (invocation.generators === undefined) requireOpenFiles(use.needs, values);
  const clock = simulation?.clock ?? new SystemClock();
  const target = resolveTarget(values, systemWorld(clock, simulation?.fetch));
  using session = await connectCluster({
    identity,
    values,
    target: use.retarget?.(target) ?? target,
    clock,
    ...use.connections,
  });
  const granted = await grantedSession(session, use);
  const isFromPods = invocation.generators?.place.kind === "pods";
  // They go as another user, and by another way: what our own does to figures is none of theirs.
  const measuring = isFromPods ? { ...granted, warnings: [] } : granted;
  const plan = planOnSession(measuring, use.plan(granted));
  return await conduct({ ...invocation, values, shown }, plan);
}

/** The plan with what the session itself knows, warns of and measures. */
export function planOnSession(
  session: Pick<GrantedSession, "facts" | "warnings" | "flow" | "waits" | "life">,
  plan: RunPlan,
): RunPlan {
  const { flow, waits, life } = session;
  return {
    ...plan,
    facts: { ...session.facts, ...plan.facts },
    warnings: [...session.warnings, ...plan.warnings ?? []],
    reasons: [...KUBERNETES_REASONS, ...plan.reasons ?? []],
    measures: allMeasures(
      ...(plan.measures === undefined ? [] : [plan.measures]),
      FLOW_MEASURES,
      LIFE_MEASURES,
      STREAM_MEASURES,
    ),
    instrument: async (run, say) => {
      await using _figures = new Ticker(() => {
        if (run.hasBegun) flow.flush(run.recorder, run.clock.now());
        waits.flush(run);
        life.flush(run);
      }, { clock: run.clock, periodMs: FLUSH_PERIOD_MS });
      await plan.instrument(run, say);
      await life.finish(run);
    },
  };
}

/** @throws {CannotRunError} if this process may not open as many sockets as the run takes */
function requireOpenFiles(needs: ClusterNeeds, values: ClusterValues): void {
  const { status, what, fix } = lookAtOpenFiles(needs, values);
  if (status !== "problem") return;
  throw new CannotRunError(`Too many sockets for the open files of this process: ${what}; ${fix}`);
}

/** @throws {CannotRunError} if the server does not serve a kind, or grants less than is needed */
async function grantedSession(
  session: ClusterSession,
  { needs: { rights }, retarget }: ClusterUse,
): Promise<GrantedSession> {
  const { cluster, ask } = session;
  const needed = rights.filter(({ onlyFor }) => onlyFor === undefined);
  const found = new Map<Resource | KindName, Resource>();
  for (const { kind } of needed) {
    if (found.has(kind)) continue;
    found.set(kind, "plural" in kind ? kind : await ask(() => discover(cluster, kind)));
  }
  const resourceOf = (kind: Resource | KindName) => {
    const resource = "plural" in kind ? kind : found.get(kind);
    if (resource !== undefined) return resource;
    throw new RangeError(`Cannot say what ${kind.kind} is served as: it is not among the needs`);
  };
  try {
    await session.require(permissionsOf(needed, resourceOf));
  } catch (error) {
    // An aggregated server does not answer for permissions; it asks the API server at each request.
    const isUnknown = error instanceof UnansweredError && isNotFound(error.why);
    if (retarget === undefined || !isUnknown) throw error;
  }
  const { target, flow, waits, life, servers, facts, warnings } = session;
  return { cluster, target, flow, waits, life, servers, facts, warnings, resourceOf };
}
