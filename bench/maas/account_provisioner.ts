/**
 * `account_provisioner.ts KUBECONFIG RUN_ID COUNT CONCURRENCY CONNECTIONS`: makes so many service accounts,
 * each with a token, as the maas probes do, and prints how that went. They stay.
 * @module
 */

import process from "node:process";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { US_PER_MS } from "../../core/measure/recorder.ts";
import { Run } from "../../core/run/run.ts";
import { OwnedObjects } from "../../kube/owned/owned_objects.ts";
import { SERVICE_ACCOUNTS } from "../../kube/resource.ts";
import { SHORTEST_TOKEN_LIFE_MS } from "../../kube/service_account/shortest_life.ts";
import { AccountUsers } from "../../probes/maas/users/account_users.ts";
import { CREATE_ACCOUNT, REQUEST_TOKEN } from "../../probes/maas/users/measured.ts";
import { TokenSource } from "../../probes/maas/users/token_source.ts";
import { openSession } from "../own_session.ts";

/** What it prints; times are of single calls. */
export interface ProvisionerFigures {
  readonly users: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** User and system time of the process meanwhile. */
  readonly cpuSeconds: number;
  readonly create: Latency;
  readonly token: Latency;
}

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Job {
  readonly kubeconfig: string;
  readonly runId: string;
  readonly count: number;
  readonly concurrency: number;
  readonly connections: number;
}

const US_PER_SEC = 1e6;
const NAMESPACE = "default";
const TIER = "free";

async function provision(
  { kubeconfig, runId, count, concurrency, connections: conns }: Job,
): Promise<ProvisionerFigures> {
  const clock = new SystemClock();
  const identity = { runId, command: "bench" };
  const run = new Run({ id: runId, clock, rng: createRng(1), log: () => {} });
  using session = await openSession(clock, { kubeconfig, identity, conns });
  const { cluster } = session;
  const users = new AccountUsers(run, {
    cluster,
    identity,
    accounts: new OwnedObjects(cluster, {
      resource: SERVICE_ACCOUNTS,
      namespaces: [NAMESPACE],
      runId,
      clock,
      rng: run.rng,
    }),
    target: { tierNamespace: () => NAMESPACE },
    tiers: [{ tier: TIER, count }],
    source: new TokenSource(cluster, {
      audiences: ["maas-default-gateway-sa"],
      lifeMs: SHORTEST_TOKEN_LIFE_MS,
    }),
    atOnce: concurrency,
  });
  run.begin();
  const startMs = clock.now();
  const startCpu = process.cpuUsage();
  await users.makeAll();
  const { user, system } = process.cpuUsage(startCpu);
  const seconds = (clock.now() - startMs) / 1_000;
  run.rotate();
  return {
    users: users.all.length,
    seconds,
    cpuSeconds: (user + system) / US_PER_SEC,
    create: latencyOf(run, CREATE_ACCOUNT),
    token: latencyOf(run, REQUEST_TOKEN),
  };
}

function latencyOf({ live }: Run, op: string): Latency {
  const { service } = live.operation(op)!;
  return { p50Ms: service.valueAt(0.5) / US_PER_MS, p99Ms: service.valueAt(0.99) / US_PER_MS };
}

if (import.meta.main) {
  const [kubeconfig = "", runId = "", ...numbers] = Deno.args;
  const [count = 0, concurrency = 0, connections = 0] = numbers.map(Number);
  const job = { kubeconfig, runId, count, concurrency, connections };
  const figures = await provision(job);
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
}
