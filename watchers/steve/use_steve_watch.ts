/**
 * steve-watch: flags -> what is asked of the cluster, and the run on it and on a Steve.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";
import { createRng, randomSeed } from "../../core/load/rng.ts";
import type { Clock } from "../../core/load/clock.ts";
import { formatProxy, proxyFromEnvironment } from "../../core/net/proxy.ts";
import { givenLadder } from "../../core/command/given_ladder.ts";
import { type Io, shareOf } from "../../core/command/command.ts";
import type { Say } from "../../core/say.ts";
import { readTextFile } from "../../core/files.ts";
import type { Run } from "../../core/run/run.ts";
import type { ClusterUse, Identified } from "../../kube/conduct_on_cluster.ts";
import type { HttpCluster } from "../../kube/http/http_cluster.ts";
import { type RunIdentity, userAgent } from "../../kube/owned/ownership.ts";
import { pageFetcher } from "../../kube/component/fetch_text.ts";
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
import {
  execProbe,
  fileProbe,
  metricsProbe,
  RANCHER_WAL_PATH,
  type WalProbe,
} from "./wal/wal_probe.ts";

const STEVE_TIMEOUT_MS = 30_000;
const EXEC_TIMEOUT_MS = 10_000;

/**
 * What the flags make.
 * @throws {UsageError} for values of which no run can be made
 */
export function useSteveWatch(invocation: Identified<SteveWatchFlags>): ClusterUse {
  const plan = stevePlan(invocation);
  const { identity, io } = invocation;
  const { values, defaultThresholds } = plan;
  return {
    needs: steveNeeds(plan, shareOf(invocation)),
    // Rungs end by themselves.
    values: plan.ladder === undefined ? values : { ...values, duration: undefined },
    shown: plan.shown,
    dryRun: values["dry-run"] ? planSections(plan) : undefined,
    plan: ({ cluster, flow, target }) => {
      const access = steveAccess(values, { identity, io });
      const withRun = async (run: Run, say: Say, use: (steve: SteveRun) => Promise<void>) => {
        using steve = await logInToSteve(access, { plan, run });
        const walProbe = walProbeOf(plan, { cluster, clock: run.clock });
        const { spawnWorker } = io;
        const parts = { identity, plan, cluster, steve, walProbe, spawnWorker, say };
        await use(new SteveRun(run, parts));
      };
      return {
        target: `Steve at ${access.target.baseUrl}, cluster ${target.server}`,
        facts: proxyFact(access),
        model: steveModel(plan),
        targetRatePerSec: null,
        defaultThresholds,
        measures: steveMeasures(plan),
        mainOperation: "lightRead",
        ...givenLadder(values, plan.ladder),
        isDivisible: true,
        groundwork: async (run, say) => {
          await withRun(run, say, (steve) => steve.layGroundwork());
          return {};
        },
        instrument: async (run, say) => {
          void run.begun.then(() => flow.reset()); // getting ready is no load
          await withRun(run, say, (steve) => steve.work());
        },
      };
    },
  };
}

/** The way to Steve, for nobody in particular yet. @throws {CannotRunError | UsageError} */
function steveAccess(
  values: SteveWatchValues,
  { identity, io }: { identity: RunIdentity; io: Io },
): SteveAccess {
  const baseUrl = values["steve-url"].replace(/\/+$/, "");
  const proxy = proxyFromEnvironment(baseUrl, io.env);
  return {
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
}

/** A Steve with the session of the user. @throws {CannotRunError} */
async function logInToSteve(
  access: SteveAccess,
  { plan: { credentials }, run: { clock } }: { plan: StevePlan; run: Run },
): Promise<SteveClient> {
  using anonymous = await SteveClient.open(access, { clock });
  const retry = { clock, rng: createRng(randomSeed()) };
  const headers = await logIn(anonymous, { credentials, retry });
  return await SteveClient.open({ ...access, headers }, { clock });
}

/** For the report's head. */
function proxyFact({ target: { proxy } }: SteveAccess): Record<string, string> {
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
  { cluster, clock }: { cluster: HttpCluster; clock: Clock },
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
