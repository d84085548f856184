/**
 * One use of the doctor: what the command needs, whether the cluster can be asked, every check, and
 * what all of it means. Changes nothing, in the cluster or here.
 * @module
 */

import { type Invocation, withFlags } from "../../core/command/command.ts";
import { runIdOf } from "../../core/command/run_id.ts";
import { CannotRunError, UsageError } from "../../core/errors.ts";
import type { ExitCode } from "../../core/exit_code.ts";
import { type Clock, SystemClock } from "../../core/load/clock.ts";
import { effectiveThresholds } from "../../core/run/make_manifest.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../cluster_flags.ts";
import { type ClusterTarget, resolveTarget, systemWorld, type World } from "../config/target.ts";
import type { KubernetesCommand, OnTarget } from "../kubernetes_command.ts";
import {
  type Check,
  type ClusterContext,
  type DoctorFinding,
  type MachineContext,
  makeChecks,
} from "./check.ts";
import { connect, type Connected } from "./connection.ts";
import { DIRECTORIES_CHECK, OPEN_FILES_CHECK } from "./files.ts";
import { FLOW_CONTROL_CHECK } from "./flow_control.ts";
import { lookAtKinds } from "./kinds.ts";
import { LEFTOVERS_CHECK } from "./leftovers.ts";
import { PRESENCE_CHECK } from "./presence.ts";
import { LIMIT_RANGE_CHECK, QUOTA_CHECK } from "./limits.ts";
import { CPU_CHECK, MEMORY_CHECK } from "./machine.ts";
import { NAMESPACES_CHECK } from "./namespaces.ts";
import {
  type Diagnosis,
  doctorJson,
  doctorText,
  EXIT_CODE_OF_VERDICT,
  hasProblem,
} from "./render.ts";
import { RIGHTS_CHECK } from "./rights.ts";
import { judgeClock, USER_CHECK, VERSION_CHECK } from "./server.ts";
import { STREAMS_CHECK } from "./streams.ts";

/** What will the run be judged by? */
const THRESHOLDS_CHECK: Check<MachineContext> = {
  id: "thresholds",
  look: ({ values: { threshold }, needs: { defaultThresholds = [] } }) => {
    const given = (threshold ?? []) as readonly string[];
    const all = effectiveThresholds({ threshold: given }, defaultThresholds);
    if (all.length > 0) {
      return [{ id: "thresholds", status: "ok", what: `the run passes if ${all.join(", ")}` }];
    }
    return [{
      id: "thresholds",
      status: "notice",
      what: "no threshold",
      why: "Nothing that is measured can fail the run",
      fix: "say what must hold with --threshold",
    }];
  },
};

const MACHINE_CHECKS: readonly Check<MachineContext>[] = [
  CPU_CHECK,
  MEMORY_CHECK,
  OPEN_FILES_CHECK,
  DIRECTORIES_CHECK,
  THRESHOLDS_CHECK,
];

const CLUSTER_CHECKS: readonly Check<ClusterContext>[] = [
  VERSION_CHECK,
  USER_CHECK,
  RIGHTS_CHECK,
  NAMESPACES_CHECK,
  PRESENCE_CHECK,
  QUOTA_CHECK,
  LIMIT_RANGE_CHECK,
  FLOW_CONTROL_CHECK,
  STREAMS_CHECK,
  LEFTOVERS_CHECK,
];

/** Prints the diagnosis of a command with these flags; says in its exit code what it means. */
export async function runDoctor(
  invocation: Invocation,
  command: KubernetesCommand,
): Promise<ExitCode> {
  const format = formatOf(invocation);
  // The run is examined whether or not this line would only show it.
  const examined = { ...invocation, values: { ...invocation.values, "dry-run": false } };
  const onTarget: OnTarget = command.onTarget ?? ((given, use) => use(given));
  const diagnosis = await onTarget(examined, (use) => diagnose(use, command));
  const { io } = invocation;
  io.stdout(format === "json" ? doctorJson(diagnosis) : doctorText(diagnosis, io));
  return EXIT_CODE_OF_VERDICT[diagnosis.verdict];
}

/** What a variable or plan sets is meant for the run, whose formats are more. */
function formatOf({ values: { output }, shown }: Invocation): "text" | "json" {
  if (output === "text" || output === "json") return output;
  if (shown.output?.source !== "flag") return "text";
  throw new UsageError(`--output must be text, json, not "${output}"`);
}

/** @throws {UsageError | CannotRunError} for flags of which no run can be made */
export async function diagnose(
  invocation: Invocation,
  command: KubernetesCommand,
  { clock = new SystemClock() }: { clock?: Clock } = {},
): Promise<Diagnosis> {
  const { command: fullName, values, simulation } = invocation;
  // The examination takes time of this machine alone.
  using _simulated = simulation?.clock.hold();
  const needs = await command.needs(invocation);
  const machine = { command: fullName, values, needs };
  const machineFindings = makeChecks(MACHINE_CHECKS, machine, { clock });
  const { values: clusterValues } = withFlags(invocation, CLUSTER_FLAGS);
  const world = systemWorld(clock, simulation?.fetch);
  const cluster = await lookAtCluster(machine, { clusterValues, world });
  const findings = [...cluster.findings, ...await machineFindings];
  const { target, connected } = cluster;
  return {
    command: fullName,
    server: target?.server ?? null,
    context: target?.names.context ?? null,
    serverVersion: connected?.serverVersion ?? null,
    user: connected?.user?.username ?? null,
    verdict: connected === undefined ? "unreachable" : hasProblem(findings) ? "problems" : "ready",
    findings,
  };
}

interface ClusterFindings {
  readonly findings: readonly DoctorFinding[];
  readonly target?: ClusterTarget;
  /** Disposed already; for what it told. */
  readonly connected?: Pick<Connected, "serverVersion" | "user">;
}

async function lookAtCluster(
  machine: MachineContext,
  { clusterValues, world }: Pick<ClusterContext, "clusterValues"> & { readonly world: World },
): Promise<ClusterFindings> {
  const { clock } = world;
  const target = targetOf(clusterValues, world);
  if ("status" in target) return { findings: [target, notAsked()] };
  const runId = runIdOf(undefined, clock.wallNow());
  const connected = await connect(target, { values: clusterValues, clock, runId });
  if ("status" in connected) return { findings: [connected, notAsked()], target };
  using session = connected;
  const { cluster, answers, serverVersion, user, sentMs, receivedMs } = session;
  const dateHeader = answers.headersOf("/version")?.get("date");
  const clockFinding = judgeClock({ sentMs, receivedMs, dateHeader });
  const kinds = await lookAtKinds(cluster, machine.needs, { clock });
  const { resources } = kinds;
  const context: ClusterContext = {
    ...machine,
    clusterValues,
    target,
    cluster,
    answers,
    user,
    serverVersion,
    resources,
    clock,
  };
  const checked = await makeChecks(CLUSTER_CHECKS, context, { clock });
  return {
    findings: [session.finding, clockFinding, ...kinds.findings, ...checked],
    target,
    connected,
  };
}

/** The cluster that the flags and the kubeconfig name, or why there is none. */
function targetOf(values: ClusterValues, world: World): ClusterTarget | DoctorFinding {
  try {
    return resolveTarget(values, world);
  } catch (thrown) {
    if (!(thrown instanceof CannotRunError)) throw thrown;
    return {
      id: "configuration",
      status: "problem",
      what: thrown.message,
      why: "Without a cluster and credentials for it no request of the run is sent",
      fix: "mend the kubeconfig, or choose with --kubeconfig, --context, --user or --server",
    };
  }
}

/** Said, so that nobody takes silence for consent. */
function notAsked(): DoctorFinding {
  const ids = ["clock", "kind", ...CLUSTER_CHECKS.map(({ id }) => id)];
  return {
    id: "cluster",
    status: "unknown",
    what: `not asked, because the cluster cannot be: ${ids.join(", ")}`,
    why: "More may stand against the run than is shown here",
  };
}
