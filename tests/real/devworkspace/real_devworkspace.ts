/**
 * What is a real DevWorkspace Operator of one's own? Its controllers as a process beside a control plane
 * of tests/real, whose fake kubelets play the pods of workspaces and backups. It lives in the cluster's
 * directory and ends with the cluster.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import { writeAccountKubeconfig } from "../account_kubeconfig.ts";
import { createFakeNode } from "../bootstrap.ts";
import { ensureBinaries } from "../build.ts";
import type { Component } from "../components.ts";
import { DirProcesses } from "../dir_processes.ts";
import { ensureDefinitions } from "../gateway/definitions.ts";
import type { GatewayPlane } from "../gateway/plane.ts";
import { CONTROL_PLANE_MODULES, DEV_WORKSPACE_MODULE } from "../go_modules.ts";
import { claimPorts } from "../ports.ts";
import { residentBytes } from "../processes.ts";
import { requirePrograms } from "../require_control_plane.ts";
import { RunDir } from "../run_dir.ts";
import { CONFIGS, operatorConfig, operatorObjects } from "./objects.ts";
import {
  metricsUrlOf,
  OPERATOR,
  OPERATOR_PORT_COUNT,
  type OperatorName,
  operatorOf,
} from "./operator.ts";
import { type DevWorkspaceState, forgetDevWorkspace, writeDevWorkspace } from "./state.ts";

/** Of a node that all workspaces and their backups fit on. */
const ROOM = { cpu: "1000", memory: "4Ti", pods: "10000" };
const NODE_NAME = "workspaces";
/** What runs workspaces beside the operator. */
const NEEDED = ["kcm", "scheduler", "kwok"] as const;
/** As `oras push` complains of a registry that is not there. */
const PUSH_FAILED = [
  "Backing up devworkspace to its image",
  "Error: failed to resolve registry: dial tcp: lookup of the registry's host: no such host",
];

/** A cluster that was started here, or one that runs. */
export type DevWorkspacePlane = Pick<GatewayPlane, "dir" | "admin">;

export interface DevWorkspaceOptions {
  /** Takes a line about each step; without it only the lines about building go to stderr. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Ends what has been started so far. */
  readonly signal?: AbortSignal | undefined;
}

/** Whether the operator and its control plane can run here; see {@link requirePrograms}. */
export async function requireDevWorkspace(): Promise<boolean> {
  return await requirePrograms({
    modules: [...CONTROL_PLANE_MODULES, DEV_WORKSPACE_MODULE],
    needsGo: true,
  });
}

export class RealDevWorkspace implements AsyncDisposable {
  readonly state: DevWorkspaceState;
  readonly #dir: RunDir;
  readonly #operator: Component<OperatorName>;
  readonly #processes: DirProcesses<OperatorName>;

  private constructor(dir: RunDir, state: DevWorkspaceState) {
    this.#dir = dir;
    this.state = state;
    this.#operator = state.processes[0]!;
    this.#processes = new DirProcesses(dir);
  }

  /**
   * Starts one, about 4 s; the first time on a machine it is built before, about 90 s. One goes into a
   * cluster.
   * @throws {CannotRunError} if it cannot be built, if it does not start, or if the cluster does not
   *   have what runs workspaces
   */
  static async start(
    plane: DevWorkspacePlane,
    options: DevWorkspaceOptions = {},
  ): Promise<RealDevWorkspace> {
    const { progress = () => {}, signal } = options;
    const dir = RunDir.open(plane.dir)!;
    checkComponents(dir);
    const binaries = await ensureBinaries([DEV_WORKSPACE_MODULE], { ...options, signal });
    await createObjects(plane, signal);
    const kubeconfig = await writeAccountKubeconfig(plane, dir, {
      ...OPERATOR,
      file: dir.path("devworkspace.kubeconfig"),
    });
    using claim = claimPorts(OPERATOR_PORT_COUNT);
    const { ports } = claim;
    const program = binaries.get("devworkspace-operator")!;
    const real = new RealDevWorkspace(dir, {
      namespace: OPERATOR.namespace,
      metricsUrl: metricsUrlOf(ports),
      processes: [operatorOf({ program, kubeconfig, ports })],
    });
    real.say("backup", PUSH_FAILED);
    real.say("restore", []);
    // On record before there is any process.
    writeDevWorkspace(dir, real.state);
    try {
      await real.start(signal);
      progress("devworkspace-operator ready");
      return real;
    } catch (error) {
      await real[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#processes.pid("devworkspace-operator");
  }

  get logFile(): string {
    return this.#dir.log("devworkspace-operator");
  }

  /** Memory that it has in RAM, bytes; undefined if it is gone. */
  get rssBytes(): number | undefined {
    return residentBytes(this.pid);
  }

  /** What all containers that back up, or that restore, have in their logs from now on. */
  say(container: "backup" | "restore", lines: readonly string[]): void {
    // As a container runtime writes them.
    const text = lines.map((line) => `2026-01-01T00:00:00.000000000Z stdout F ${line}\n`).join("");
    Deno.writeTextFileSync(this.#dir.path(`${container}.log`), text);
  }

  /**
   * Ends it; resolves when it is dead.
   * @param graceMs see {@link DirProcesses.stop}
   */
  async stop(graceMs?: number): Promise<void> {
    await this.#processes.stop("devworkspace-operator", graceMs);
  }

  /** Starts it after a stop, at the same addresses; resolves when it is ready. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.#processes.start(this.#operator, signal);
  }

  /** Ends its process; its objects stay in the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#processes[Symbol.dispose]();
    await this.stop(0);
    forgetDevWorkspace(this.#dir);
  }
}

function checkComponents(dir: RunDir): void {
  const there = dir.readState().components.map(({ name }) => name);
  const missing = NEEDED.filter((name) => !there.includes(name));
  if (missing.length === 0) return;
  throw new CannotRunError(
    `Cannot run workspaces in this cluster: it has no ${missing.join(", ")}`,
  );
}

async function createObjects(plane: DevWorkspacePlane, signal?: AbortSignal): Promise<void> {
  const { definitions, others } = await operatorObjects();
  const body = { metadata: { name: OPERATOR.namespace } };
  await plane.admin("/api/v1/namespaces", { method: "POST", body });
  await ensureDefinitions(plane, { definitions, signal });
  for (const { path, body } of others) await plane.admin(path, { method: "POST", body });
  await plane.admin(CONFIGS, { method: "POST", body: operatorConfig() });
  await createFakeNode(plane, NODE_NAME, ROOM);
}
