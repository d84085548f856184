/**
 * steve-watch: flags -> a cluster and a Steve that have answered -> a conducted run.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";
import { EXIT_CODE, type ExitCode } from "../../core/exit_code.ts";
import { createRng, randomSeed } from "../../core/load/rng.ts";
import { type Clock, SystemClock } from "../../core/load/clock.ts";
import { formatProxy, proxyFromEnvironment } from "../../core/net/proxy.ts";
import type { Invocation, Io } from "../../core/command/command.ts";
import { conduct } from "../../core/run/conduct.ts";
import { renderPlan } from "../../core/command/dry_run.ts";
import { runIdOf } from "../../core/command/run_id.ts";
import { readTextFile } from "../../core/text_file.ts";
import { KUBERNETES_REASONS } from "../../kube/kubernetes_reasons.ts";
import { type ClusterSession, connectCluster } from "../../kube/connect.ts";
import { lookAtOpenFiles } from "../../kube/doctor/open_files.ts";
import type { NeededRight } from "../../kube/kubernetes_command.ts";
import { type RunIdentity, userAgent } from "../../kube/owned/ownership.ts";
import type { Permission } from "../../kube/server/access.ts";
import { resolveTarget, systemWorld } from "../../kube/config/target.ts";
import { pageFetcher } from "./client/fetch_text.ts";
import type { SteveWatchFlags, SteveWatchValues } from "./flags.ts";
import { logIn } from "./client/login.ts";
import { type SteveAccess, SteveClient } from "./client/steve_client.ts";
import {
  planSections,
  steveMeasures,
  steveModel,
  steveNeeds,
  type StevePlan,
  stevePlan,
} from "./steve_plan.ts";
import { SteveRun } from "./steve_run.ts";
import { execProbe, RANCHER_WAL_PATH } from "./wal/exec_probe.ts";
import { fileProbe } from "./wal/file_probe.ts";
import { metricsProbe } from "./wal/metrics_probe.ts";
import type { WalProbe } from "./wal/wal_probe.ts";

const STEVE_TIMEOUT_MS = 30_000;
const EXEC_TIMEOUT_MS = 10_000;

/** Runs the command. @throws {UsageError | CannotRunError} before any load */
export async function runSteveWatch(invocation: Invocation<SteveWatchFlags>): Promise<ExitCode> {
  const plan = stevePlan(invocation);
  const { command, io } = invocation;
  if (plan.values["dry-run"]) {
    io.stdout(renderPlan(planSections(plan), plan.values.output));
    return EXIT_CODE.pass;
  }
  requireOpenFiles(plan);
  const clock = new SystemClock();
  const runId = runIdOf(plan.values["run-id"], clock.wallNow());
  const values = { ...plan.values, "run-id": runId };
  const identity = { runId, command };
  using session = await connectCluster({
    identity,
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
  });
  await session.require(steveNeeds(plan).rights.flatMap(asPermission));
  using steve = await openSteve(plan, { clock, identity, io });
  return await conduct({ ...invocation, values, shown: plan.shown }, {
    target: `Steve at ${steve.url}, cluster ${session.target.server}`,
    facts: { ...session.facts, ...proxyFact(steve) },
    warnings: session.warnings,
    model: steveModel(plan),
    targetRatePerSec: null,
    defaultThresholds: plan.defaultThresholds,
    reasons: KUBERNETES_REASONS,
    measures: steveMeasures(plan),
    mainOperation: "lightRead",
    instrument: async (run, say) => {
      await new SteveRun(run, {
        identity,
        plan,
        cluster: session.cluster,
        steve,
        walProbe: walProbeOf(plan, { session, clock }),
        spawnWorker: io.spawnWorker,
        say,
      }).work();
      await session.life.finish(run, say);
    },
  });
}

/** @throws {CannotRunError} if this process may not open as many sockets as there are watchers */
function requireOpenFiles(plan: StevePlan): void {
  const isRelayed = plan.values["insecure-skip-tls-verify"];
  const { status, what, fix } = lookAtOpenFiles(steveNeeds(plan), { isRelayed });
  if (status !== "problem") return;
  throw new CannotRunError(`Too many watchers for the open files of this process: ${what}; ${fix}`);
}

/** Those that the run cannot do without, of kinds that are known. */
function asPermission({ kind, onlyFor, ...right }: NeededRight): Permission[] {
  return onlyFor === undefined && "plural" in kind ? [{ ...right, resource: kind }] : [];
}

/** A Steve with the session of the user. @throws {CannotRunError | UsageError} */
async function openSteve(
  { values, credentials }: StevePlan,
  { clock, identity, io }: { clock: Clock; identity: RunIdentity; io: Io },
): Promise<SteveClient> {
  const baseUrl = values["steve-url"].replace(/\/+$/, "");
  const proxy = proxyFromEnvironment(baseUrl, io.env);
  const access: SteveAccess = {
    target: {
      baseUrl,
      insecure: values["insecure-skip-tls-verify"],
      ...caOf(values),
      ...(proxy === undefined ? {} : { proxy }),
    },
    headers: [],
    userAgent: userAgent(identity),
    requestTimeoutMs: STEVE_TIMEOUT_MS,
  };
  using nobody = await SteveClient.open(access, { clock });
  const headers = await logIn(nobody, {
    credentials,
    retry: { clock, rng: createRng(randomSeed()) },
  });
  return await SteveClient.open({ ...access, headers }, { clock });
}

/** For the report's head. */
function proxyFact({ access: { target: { proxy } } }: SteveClient): Record<string, string> {
  return proxy === undefined ? {} : { "way to Steve": formatProxy(proxy) };
}

function caOf({ "steve-ca": path }: SteveWatchValues): { caPem?: string } {
  if (path === undefined) return {};
  try {
    return { caPem: readTextFile(path) };
  } catch (error) {
    throw new CannotRunError(`--steve-ca: cannot read "${path}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function walProbeOf(
  { values, walSource }: StevePlan,
  { session: { cluster }, clock }: { session: ClusterSession; clock: Clock },
): WalProbe | undefined {
  switch (walSource?.kind) {
    case "file":
      return fileProbe(walSource.path);
    case "metrics":
      return metricsProbe({ urls: walSource.urls, fetchText: pageFetcher(clock) });
    case "exec":
      return execProbe({
        cluster,
        open: (path, protocols) => cluster.webSocket(path, protocols),
        clock,
        namespace: values["rancher-namespace"],
        labelSelector: values["rancher-pod-label"],
        container: values["rancher-container"],
        path: RANCHER_WAL_PATH,
        timeoutMs: EXEC_TIMEOUT_MS,
      });
  }
}
