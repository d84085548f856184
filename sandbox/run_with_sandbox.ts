/**
 * One use of a command on a sandbox, to run or to be examined: starts it, points the command at it,
 * and stops it whichever way that ends. The command is told a kubeconfig, and nothing else.
 * @module
 */

import { TemporaryFolder } from "../core/files.ts";
import type { Say } from "../core/say.ts";
import { messageOf } from "../core/errors.ts";
import { randomSeed } from "../core/load/rng.ts";
import type { LoopLog } from "../core/measure/loop_log.ts";
import { type Invocation, type Io, withFlags } from "../core/command/command.ts";
import type { Flags, Values } from "../core/command/flags.ts";
import { isGiven, shownWithChosen } from "../core/command/settings.ts";
import type { ClusterNeeds, KubernetesCommand } from "../kube/kubernetes_command.ts";
import type { Resource } from "../kube/resource.ts";
import {
  GATEWAY_SANDBOX_FLAGS,
  HEEDED_FLAGS,
  MAAS_SANDBOX_FLAGS,
  STEVE_SANDBOX_FLAGS,
  WITH_SANDBOX_FLAGS,
} from "./flags.ts";
import type { FaultHits } from "./faults/fault_chain.ts";
import { START_BACKEND, START_GATEWAYS, START_NAMESPACE } from "./gateway/start_objects.ts";
import type { GatewayAccount, GatewaySandboxOptions } from "./gateway_task.ts";
import { kubeconfigText } from "./kubeconfig_file.ts";
import type { MaasAccount, MaasSandboxAddress, MaasSandboxOptions } from "./maas_task.ts";
import { refuseClusterFlags } from "./refused_flags.ts";
import { newToken, startSandbox, startThread } from "./sandbox.ts";
import type { SandboxAddress } from "./sandbox_task.ts";
import type { SteveAccount } from "./steve/steve.ts";
import type { SteveSandboxOptions } from "./steve_task.ts";
import { TRAFFIC_NAMESPACE, type TrafficOptions } from "./traffic.ts";
import { GATEWAY_SANDBOX_TASK, MAAS_SANDBOX_TASK, STEVE_SANDBOX_TASK } from "./worker_tasks.ts";

const DEFAULT_TRAFFIC_PER_SEC = 20;

const USED_FLAGS = { ...WITH_SANDBOX_FLAGS, ...HEEDED_FLAGS };
type UsedValues = Values<typeof USED_FLAGS>;
const USED_STEVE_FLAGS = { ...STEVE_SANDBOX_FLAGS, ...HEEDED_FLAGS };
const USED_GATEWAY_FLAGS = { ...GATEWAY_SANDBOX_FLAGS, ...HEEDED_FLAGS };
const USED_MAAS_FLAGS = { ...MAAS_SANDBOX_FLAGS, ...HEEDED_FLAGS };

/** A use of a command, and how it was called. */
export interface OneUse<T> {
  readonly invocation: Invocation;
  readonly use: (invocation: Invocation) => Promise<T>;
}

/** @throws {UsageError} for flags that name a cluster */
export async function runWithSandbox<T>(
  command: KubernetesCommand,
  { invocation, use }: OneUse<T>,
): Promise<T> {
  refuseClusterFlags(invocation);
  const { values } = withFlags(invocation, USED_FLAGS);
  if (values["dry-run"]) return await use(invocation);
  const { io } = invocation;
  const say = sayFor(io, values);
  const seed = values.seed || randomSeed();
  const traffic = trafficOf(values, await command.needs(invocation));
  await using closing = new AsyncDisposableStack();
  const sandbox = await startSandbox({
    hostname: "127.0.0.1",
    port: 0,
    faults: faultTexts(values),
    namespaces: [],
    ...(traffic === undefined ? {} : { traffic }),
    seed,
    spawnWorker: () => io.spawnWorker(),
    say,
  });
  closing.defer(() => sayFaults(sandbox, say));
  const kubeconfig = closing.use(new TemporaryFolder("sandbox")).write(
    "kubeconfig",
    sandbox.kubeconfig,
  );
  say(`sandbox at ${sandbox.url}: this is no cluster`);
  const ratePerSec = values["sandbox-traffic"] ?? traffic?.ratePerSec ?? 0;
  const chosen = { seed, kubeconfig, "sandbox-traffic": ratePerSec };
  return await use({
    ...chosenBySandbox(invocation, { flags: command.flags, chosen }),
    standIns: [sandbox.loop],
  });
}

/**
 * As {@link runWithSandbox}, for steve-watch: the command is told the URL and a token of Steve, too.
 * @throws {UsageError} for flags that name a cluster or a Steve
 */
export async function runWithSteveSandbox<T>(
  { flags }: KubernetesCommand,
  { invocation: given, use }: OneUse<T>,
): Promise<T> {
  refuseClusterFlags(given);
  const invocation = isGiven(given.shown, "profile")
    ? given
    : chosenBySandbox(given, { flags, chosen: { profile: "smoke" } });
  const { values } = withFlags(invocation, USED_STEVE_FLAGS);
  if (values["dry-run"]) return await use(invocation);
  return await onThread(
    { task: STEVE_SANDBOX_TASK, what: "no Steve and no cluster", io: invocation.io, values },
    ({ address, token, files, loop, ...common }) => {
      const chosen = {
        ...common,
        "steve-url": address.url,
        "steve-ca": files.write("ca.pem", address.caPem),
        "steve-token": token,
      };
      return use({ ...chosenBySandbox(invocation, { flags, chosen }), standIns: [loop] });
    },
  );
}

/**
 * As {@link runWithSandbox}, for the gateway probes: the command is told Gateways and a backend of the
 * sandbox as well, unless it was told others.
 * @throws {UsageError} for flags that name a cluster
 */
export async function runWithGatewaySandbox<T>(
  { flags }: KubernetesCommand,
  { invocation: given, use }: OneUse<T>,
): Promise<T> {
  refuseClusterFlags(given);
  const invocation = chosenBySandbox(given, { flags, chosen: gatewaysOf(given, flags) });
  const { values } = withFlags(invocation, USED_GATEWAY_FLAGS);
  if (values["dry-run"]) return await use(invocation);
  return await onThread(
    { task: GATEWAY_SANDBOX_TASK, what: "no cluster", io: invocation.io, values },
    ({ loop, seed, kubeconfig }) =>
      use({
        ...chosenBySandbox(invocation, { flags, chosen: { seed, kubeconfig } }),
        standIns: [loop],
      }),
  );
}

/**
 * As {@link runWithSandbox}, for the maas probes: the command is told where the gateway answers and
 * where its parts tell their metrics, unless it was told others.
 * @throws {UsageError} for flags that name a cluster
 */
export async function runWithMaasSandbox<T>(
  { flags }: KubernetesCommand,
  { invocation, use }: OneUse<T>,
): Promise<T> {
  refuseClusterFlags(invocation);
  const { values } = withFlags(invocation, USED_MAAS_FLAGS);
  if (values["dry-run"]) return await use(invocation);
  return await onThread<T, MaasSandboxAddress>(
    { task: MAAS_SANDBOX_TASK, what: "no cluster and no model", io: invocation.io, values },
    ({ loop, seed, kubeconfig, address }) => {
      const brought = untold(invocation, flags, {
        address: address.gatewayAddress,
        component: ["gateway", "auth", "limiter", "model"].map((name) =>
          `${name}=${address.metricsUrl}/${name}/metrics`
        ),
      });
      const chosen = { seed, kubeconfig, ...brought };
      return use({ ...chosenBySandbox(invocation, { flags, chosen }), standIns: [loop] });
    },
  );
}

/** A sandbox of several servers, as one who goes to it needs it. */
interface StartedThread<Address extends SandboxAddress = SandboxAddress> {
  readonly seed: number;
  /** A file. */
  readonly kubeconfig: string;
  readonly address: Address;
  readonly token: string;
  /** Gone with the sandbox. */
  readonly files: TemporaryFolder;
  readonly loop: LoopLog;
}

/** Starts one, and stops it however its use ends. @param options.what it is, for its user */
export async function onThread<T, Address extends SandboxAddress = SandboxAddress>(
  { task, what, io, values, more = {} }: {
    readonly task: string;
    readonly what: string;
    readonly io: Io;
    readonly values: Pick<UsedValues, "quiet" | "seed"> & GivenFaults;
    /** Options that no other task takes. */
    readonly more?: object;
  },
  use: (thread: StartedThread<Address>) => Promise<T>,
): Promise<T> {
  const say = sayFor(io, values);
  const seed = values.seed || randomSeed();
  const token = newToken();
  await using closing = new AsyncDisposableStack();
  const faults = faultTexts(values);
  const thread = await startThread<Address, SteveAccount | GatewayAccount | MaasAccount>({
    task,
    options: { token, faults, ...more } satisfies
      & SteveSandboxOptions
      & GatewaySandboxOptions
      & MaasSandboxOptions,
    seed,
    spawnWorker: () => io.spawnWorker(),
    say,
  });
  closing.defer(() => sayFaults(thread, say));
  const files = closing.use(new TemporaryFolder("sandbox"));
  const { address, loop } = thread;
  const kubeconfig = files.write("kubeconfig", kubeconfigText(address, { token }));
  say(`sandbox at ${address.url}: this is ${what}`);
  return await use({ seed, kubeconfig, address, token, files, loop });
}

/** What the command is to be told of the sandbox's Gateways: nothing that its user has said. */
function gatewaysOf(invocation: Invocation, flags: Flags): Record<string, unknown> {
  const names = START_GATEWAYS.map((name) => `${START_NAMESPACE}/${name}`);
  const brought = {
    gateways: invocation.values["joined"] === true ? names : names.slice(0, 1),
    backend: `${START_NAMESPACE}/${START_BACKEND.name}:${START_BACKEND.ports[0]}`,
  };
  return untold(invocation, flags, brought);
}

/** Of what a sandbox brings that which the command takes and its user has not said. */
export function untold(
  { shown }: Invocation,
  flags: Flags,
  brought: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(brought).filter(([name]) => name in flags && !isGiven(shown, name)),
  );
}

interface GivenFaults {
  readonly "sandbox-fault": readonly { readonly text: string }[];
}

export function faultTexts(values: GivenFaults): string[] {
  return values["sandbox-fault"].map(({ text }) => text);
}

export function sayFor(io: Io, { quiet }: { quiet: boolean }): Say {
  return (line) => quiet ? undefined : io.stderr(`${line}\n`);
}

/** The invocation with what the sandbox brings. */
export function chosenBySandbox(
  invocation: Invocation,
  { flags, chosen }: { flags: Flags; chosen: Readonly<Record<string, unknown>> },
): Invocation {
  return {
    ...invocation,
    values: { ...invocation.values, ...chosen },
    shown: shownWithChosen(invocation.shown, { flags, chosen, source: "sandbox" }),
  };
}

/** Who only watches needs something to see. */
function trafficOf(
  { "sandbox-traffic": given }: UsedValues,
  needs: ClusterNeeds,
): TrafficOptions | undefined {
  const ratePerSec = given ?? ((needs.objects ?? []).length === 0 ? DEFAULT_TRAFFIC_PER_SEC : 0);
  const resources = watched(needs);
  if (ratePerSec === 0 || resources.length === 0) return undefined;
  const namespaces = needs.namespaces.length === 0 ? [TRAFFIC_NAMESPACE] : needs.namespaces;
  return { ratePerSec, resources, namespaces };
}

/** A kind that would have to be looked up on the server is none that it has from the beginning. */
function watched({ rights }: ClusterNeeds): Resource[] {
  const kinds = rights.filter(({ verb }) => verb === "watch").map(({ kind }) => kind);
  const resources = kinds.filter((kind): kind is Resource => "plural" in kind && kind.namespaced);
  return [...new Map(resources.map((one) => [`${one.plural}.${one.group}`, one])).values()];
}

/**
 * Stops it, and says what its faults did. A fault that hit nothing may have been meant for another
 * command: that is said too.
 */
export async function sayFaults(
  sandbox: { stop(): Promise<{ readonly faults: readonly FaultHits[] }> },
  say: Say,
): Promise<void> {
  try {
    for (const { fault, concerned, hit, of = "requests" } of (await sandbox.stop()).faults) {
      const why = concerned === 0 ? ": none of that kind came" : "";
      say(`sandbox fault ${fault} hit ${hit} of ${concerned} ${of}${why}`);
    }
  } catch (error) {
    say(`the sandbox broke: ${messageOf(error)}`);
  }
}
