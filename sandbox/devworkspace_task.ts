/**
 * A sandbox with a DevWorkspace Operator: the stand-in for the Kubernetes API and that for the operator,
 * in a thread of its own from the start to the stop of the thread's run.
 * @module
 */

import type { Clock } from "../core/load/clock.ts";
import type { Rng } from "../core/load/rng.ts";
import type { WorkerTask } from "../core/run/worker.ts";
import { SECRETS } from "../kube/resource.ts";
import { DevWorkspaceStandIn } from "./devworkspace/dev_workspace_stand_in.ts";
import { isDevWorkspaceFault, parseDevWorkspaceFault } from "./devworkspace/faults/fault_spec.ts";
import { KubeWriter } from "./devworkspace/kube_writer.ts";
import type { ProfileName } from "./devworkspace/profile.ts";
import { registrySecret } from "./devworkspace/registry_credentials.ts";
import type { ApiHandler } from "./faults/fault.ts";
import type { FaultHits } from "./faults/fault_chain.ts";
import { parseFault } from "./faults/fault_spec.ts";
import type { Api, ServiceOptions } from "./service.ts";
import { type SandboxAddress, startApi } from "./sandbox_task.ts";
import { type ListenedAt, startServer } from "./server.ts";

/** Plain data: it comes from the main thread. */
export interface DevWorkspaceSandboxOptions {
  readonly token: string;
  /** As they were given. */
  readonly faults: readonly string[];
  /** The operator's. */
  readonly profile: ProfileName;
  /** Where backups go. */
  readonly registryPath: string;
}

/** What it has seen. */
export interface DevWorkspaceAccount {
  readonly faults: readonly FaultHits[];
}

/** What is left to time and chance. */
interface Surroundings {
  readonly clock: Clock;
  readonly rng: Rng;
}

/** There may be thousands of workspaces, and nobody asks who has written what, or for long ago. */
const SPARING = { tracksManagers: false, historyLimit: 250, textLimit: 100 };
const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

/** Publishes the {@link SandboxAddress} of the API; resolves with a {@link DevWorkspaceAccount}. */
export const devWorkspaceSandboxTask: WorkerTask = async (
  run,
  given,
  channel,
): Promise<DevWorkspaceAccount> => {
  const options = given as DevWorkspaceSandboxOptions;
  const kube = await startServer({
    ...serviceOf(options, run),
    listen: LOOPBACK,
    onInterrupted: (message) => channel.say(`WARNING: ${message}`),
  });
  const operator = await startOperator(kube.handler, options, run);
  channel.publish({ url: kube.url, caPem: kube.caPem } satisfies SandboxAddress);
  await run.clock.sleepUntil(Infinity, run.stopping);
  operator.close();
  await kube.close();
  return { faults: [...operator.faultHits, ...kube.account().faults] };
};

/** Of the API, whatever it is asked over. */
export function serviceOf(
  { token, faults }: DevWorkspaceSandboxOptions,
  { clock, rng }: Surroundings,
): ServiceOptions & { readonly createApi: (at: ListenedAt) => Promise<Api> } {
  return {
    token,
    faults: faults.filter((text) => !isDevWorkspaceFault(text)).map(parseFault),
    clock,
    rng,
    createApi: (at) => startApi({ ...at, ...SPARING, clock, rng: rng.fork("api"), namespaces: [] }),
  };
}

/** Resolves when it works, and may get into its registry. */
export async function startOperator(
  kube: ApiHandler,
  { faults, profile, registryPath }: DevWorkspaceSandboxOptions,
  { clock, rng }: Surroundings,
): Promise<DevWorkspaceStandIn> {
  const operator = await DevWorkspaceStandIn.start({
    kube,
    clock,
    rng: rng.fork("operator"),
    profile,
    faults: faults.filter(isDevWorkspaceFault).map(parseDevWorkspaceFault),
  });
  await new KubeWriter(kube, "sandbox").create(SECRETS, registrySecret(registryPath));
  return operator;
}
