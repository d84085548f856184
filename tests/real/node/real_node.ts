/**
 * What is a real node of one's own? A kubelet, containerd and runc in namespaces of their own, for a
 * control plane of tests/real without kwok. Everything listens on loopback addresses, pods reach the
 * node and the API server, and no image comes from another machine. Never outlives its owner unless
 * told to.
 * @module
 */

import { dirname, join } from "node:path";
import { CannotRunError } from "../../../core/errors.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import type { RequestOptions } from "../api_requests.ts";
import { ensureBinaries } from "../build.ts";
import { KUBELET_MODULE, NODE_MODULE } from "../go_modules.ts";
import { makeOwnDir } from "../own_dir.ts";
import { claimPorts } from "../ports.ts";
import { launch, type Readiness, readinessOf, waitUntilReady } from "../processes.ts";
import { CGROUPS_FILE, Watchdog } from "../watchdog.ts";
import { cgroupsOf, makeCgroups } from "./cgroups.ts";
import { configFiles } from "./config.ts";
import { ctr, importImage, pauseArchive, scaletoolArchive } from "./images.ts";
import { initCommand, isHidden } from "./init.ts";
import { ensureRuntime } from "./runtime.ts";
import {
  healthUrl,
  logFile,
  NODE_PORT_COUNT,
  type NodePart,
  type NodePrograms,
  type NodeSite,
  pidFile,
  startFile,
} from "./site.ts";

/** The cluster that a node joins. */
export interface NodePlane {
  kubeconfig(user: "admin"): string;
  /** URL of the apiserver. */
  readonly server: string;
  /** The parsed body of a 2xx answer; everything else throws. */
  admin<Body = unknown>(path: string, options?: RequestOptions): Promise<Body>;
}

export interface NodeOptions {
  /** A loopback address, which is the node's name too; 127.0.0.1 unless given. */
  readonly address?: string;
  /** Of the kubelet's configuration, beside or instead of what it is here. */
  readonly kubelet?: Readonly<Record<string, unknown>>;
  /** Directory to make for it; one among the temporary files unless given. */
  readonly dir?: string;
  /** Takes a line about each step; without it only the lines about building go to stderr. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Ends what has been started so far. */
  readonly signal?: AbortSignal | undefined;
}

const clock = new SystemClock();

/** A running node; disposing it ends it with all its pods and removes its directory. */
export class RealNode implements AsyncDisposable {
  readonly #site: NodeSite;
  readonly #watchdog: Watchdog;

  private constructor(site: NodeSite, watchdog: Watchdog) {
    this.#site = site;
    this.#watchdog = watchdog;
  }

  /**
   * Starts a node with the images of scaletool and of pause, about 10 s; the first time on a machine its
   * programs are built and fetched before, about 3 minutes. It is Ready when this resolves, and ends when
   * it is disposed or when this process ends, killed or not.
   * @throws {CannotRunError} if a program cannot be had or does not start
   */
  static async start(plane: NodePlane, options: NodeOptions = {}): Promise<RealNode> {
    const { address = "127.0.0.1", progress = () => {}, signal } = options;
    const dir = makeOwnDir(options.dir, "node");
    // Before anything else, so that there is no time in which it could be left behind.
    const watchdog = new Watchdog(dir);
    try {
      if (isHidden(dir)) throw new CannotRunError(`Cannot start a node in "${dir}": use another`);
      const programs = await programsFor(options);
      using claim = claimPorts(NODE_PORT_COUNT);
      const { ports } = claim;
      const [cgroups, api] = [cgroupsOf(dir), await apiAddresses(plane)];
      const node = new RealNode(
        { dir, address, ports, programs, cgroups, api, kubelet: options.kubelet ?? {} },
        watchdog,
      );
      node.#writeFiles(Deno.readTextFileSync(plane.kubeconfig("admin")));
      makeCgroups(cgroups);
      await node.#bringUp(plane, { progress, signal });
      return node;
    } catch (error) {
      await watchdog.end();
      throw error;
    }
  }

  /** An address too. */
  get name(): string {
    return this.#site.address;
  }

  get dir(): string {
    return this.#site.dir;
  }

  /** Of the process that holds its namespaces. */
  get pid(): number {
    return Number(Deno.readTextFileSync(pidFile(this.dir)));
  }

  get healthUrl(): string {
    return healthUrl(this.#site);
  }

  /** Path of a part's log. */
  log(part: NodePart): string {
    return logFile(this.dir, part);
  }

  /** Lets it live on when this process ends; {@link endCluster} ends it. */
  async leaveRunning(): Promise<void> {
    await this.#watchdog.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watchdog.end();
  }

  #writeFiles(adminKubeconfig: string): void {
    const { dir, cgroups } = this.#site;
    // On record before there is one.
    Deno.writeTextFileSync(join(dir, CGROUPS_FILE), `${cgroups.folders.join("\n")}\n`);
    Deno.mkdirSync(join(dir, "log"));
    for (const [path, text] of Object.entries(configFiles(this.#site, adminKubeconfig))) {
      const file = join(dir, path);
      Deno.mkdirSync(dirname(file), { recursive: true });
      Deno.writeTextFileSync(file, text, { mode: 0o600 });
    }
  }

  async #bringUp(plane: NodePlane, { progress, signal }: BringUp): Promise<void> {
    const { dir, programs } = this.#site;
    const startMs = clock.now();
    const say = (what: string) =>
      progress(`${what} after ${((clock.now() - startMs) / 1000).toFixed(1)} s`);
    const pid = await this.#launch();
    const until = (part: NodePart, look: () => Promise<Readiness>) =>
      waitUntilReady(look, { name: part, pid, dir, logFile: this.log(part), signal });
    await until("containerd", () => this.#containerd());
    say("containerd ready");
    await importImage(dir, await pauseArchive(programs.pause));
    await importImage(dir, await scaletoolArchive());
    say("images imported");
    Deno.writeTextFileSync(startFile(dir), "");
    using client = Deno.createHttpClient({});
    await until("kubelet", () => readinessOf(this.healthUrl, client));
    await until("kubelet", () => isReady(plane, this.name));
    say(`node ${this.name} ready`);
  }

  async #launch(): Promise<number> {
    const { dir } = this.#site;
    const [command, ...args] = initCommand(this.#site);
    return await launch({
      command,
      args,
      dir,
      pidFile: pidFile(dir),
      logFile: logFile(dir, "containerd"),
    });
  }

  async #containerd(): Promise<Readiness> {
    return (await ctr(this.dir, ["version"])).success ? "ready" : "silent";
  }
}

interface BringUp {
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

async function programsFor(
  options: Pick<NodeOptions, "progress" | "signal">,
): Promise<NodePrograms> {
  const binaries = await ensureBinaries([KUBELET_MODULE, NODE_MODULE], options);
  return {
    runtimeDir: await ensureRuntime(options),
    pluginsDir: dirname(binaries.get("ptp")!),
    kubelet: binaries.get("kubelet")!,
    pause: binaries.get("pause")!,
  };
}

/** What pods are told of the API server, and where a process outside finds it. */
async function apiAddresses(plane: NodePlane): Promise<NodeSite["api"]> {
  const path = "/api/v1/namespaces/default/services/kubernetes";
  const { spec: { clusterIP, ports } } = await plane.admin<{
    spec: { clusterIP: string; ports: { port: number }[] };
  }>(path);
  const { host } = new URL(plane.server);
  return { clusterAddress: `${clusterIP}:${ports[0]!.port}`, address: host };
}

interface NodeObject {
  readonly status: { readonly conditions?: readonly { type: string; status: string }[] };
}

async function isReady(plane: NodePlane, name: string): Promise<Readiness> {
  const { items } = await plane.admin<{ items: NodeObject[] }>(
    `/api/v1/nodes?fieldSelector=metadata.name=${name}`,
  );
  const conditions = items.flatMap(({ status }) => status.conditions ?? []);
  const ready = conditions.find(({ type }) => type === "Ready");
  return ready?.status === "True" ? "ready" : "silent";
}
