/**
 * What is a real Kubernetes control plane of one's own? etcd, kube-apiserver, controller manager,
 * scheduler, fake nodes (kwok) and an aggregated API (sample-apiserver: flunders), as processes on
 * 127.0.0.1. Never outlives its owner unless told to, and never contacts another machine.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { type Answer, ApiRequests, type RequestOptions } from "./api_requests.ts";
import { aggregateWardle, bindClusterAdmins } from "./bootstrap.ts";
import { ensureBinaries } from "./build.ts";
import {
  type Component,
  COMPONENT_NAMES,
  type ComponentName,
  componentsOf,
  modulesOf,
  type OptionalName,
  PORT_COUNT,
  portOf,
} from "./components.ts";
import { createPki } from "./pki.ts";
import { claimPorts } from "./ports.ts";
import {
  launch,
  type Readiness,
  readinessOf,
  standsStill,
  stop,
  waitUntilReady,
} from "./processes.ts";
import { RunDir } from "./run_dir.ts";
import { createTokens, type Tokens, type TokenUser, type User } from "./users.ts";
import { Watchdog } from "./watchdog.ts";

export { createFakeNode } from "./bootstrap.ts";
export { requireControlPlane } from "./require_control_plane.ts";
export type { ComponentName } from "./components.ts";
export type { TokenUser, User } from "./users.ts";

const GRACE_MS = 10_000;

const clock = new SystemClock();

export interface StartOptions {
  /** Directory to make for it; one among the temporary files unless given. */
  readonly dir?: string;
  /** More flags for the apiserver, as `--max-requests-inflight=6`. */
  readonly apiserverArgs?: readonly string[];
  /** Components to do without. */
  readonly without?: readonly OptionalName[];
  /** Takes a line about each step; without it only the lines about building go to stderr. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Ends what has been started so far. */
  readonly signal?: AbortSignal | undefined;
}

/** A running cluster; disposing it ends its processes and removes its directory. */
export class ControlPlane implements AsyncDisposable {
  /** URL of the apiserver. */
  readonly server: string;
  /** The authority of the apiserver's certificate, PEM. */
  readonly caFile: string;
  readonly #dir: RunDir;
  readonly #components: Readonly<Record<ComponentName, Component>>;
  readonly #tokens: Tokens;
  readonly #requests: ApiRequests;
  readonly #watchdog: Watchdog;
  readonly #ending = new AbortController();

  private constructor(parts: Parts) {
    this.server = parts.server;
    this.caFile = parts.dir.key("ca.crt");
    this.#dir = parts.dir;
    this.#components = parts.components;
    this.#tokens = parts.tokens;
    this.#requests = new ApiRequests(parts.server, parts.caPem);
    this.#watchdog = parts.watchdog;
  }

  /**
   * Starts a cluster, about 4 s; the first time on a machine its programs are built before, about
   * 6 minutes. It ends when it is disposed or when this process ends, killed or not.
   * @throws {CannotRunError} if a program cannot be built or a component does not start
   */
  static async start(options: StartOptions = {}): Promise<ControlPlane> {
    const { progress, signal } = options;
    const dir = RunDir.create(options.dir);
    // Before the first component, so that there is no time in which it could be left behind.
    const watchdog = new Watchdog(dir.root);
    let plane: ControlPlane | undefined;
    try {
      const { apiserverArgs = [], without = [] } = options;
      const names = COMPONENT_NAMES.filter((name) => !without.some((left) => left === name));
      const binaries = await ensureBinaries(modulesOf(names), { progress, signal });
      using claim = claimPorts(PORT_COUNT);
      const { ports } = claim;
      const components = componentsOf({ dir, binaries, ports, apiserverArgs });
      const server = `https://127.0.0.1:${portOf({ ports }, "apiserver")}`;
      // etcd needs no keys, so it starts while they are made.
      const [pki] = await Promise.all([createPki(clock.wallNow()), start(dir, components.etcd)]);
      const tokens = createTokens();
      dir.writeInputs({ server, pki, tokens });
      plane = new ControlPlane({ server, dir, components, tokens, caPem: pki.caPem, watchdog });
      await plane.#bringUp(names, {
        progress: progress ?? (() => {}),
        signal,
        wardle: { caPem: pki.caPem, port: portOf({ ports }, "wardle") },
      });
      dir.writeState({ server, components: names.map((name) => components[name]) });
      return plane;
    } catch (error) {
      await (plane === undefined ? watchdog.end() : plane[Symbol.asyncDispose]());
      throw error;
    }
  }

  /** The cluster's directory: `log/`, `kubeconfig/`, `pki/`. */
  get dir(): string {
    return this.#dir.root;
  }

  /** Path of a user's kubeconfig. `load` is the one to measure with. */
  kubeconfig(user: User): string {
    return this.#dir.kubeconfig(user);
  }

  token(user: TokenUser): string {
    return this.#tokens[user];
  }

  /** @throws {RangeError} if the component was never started */
  pid(component: ComponentName): number {
    const pid = this.#dir.pid(component);
    if (pid === undefined) throw new RangeError(`Cannot find ${component}: it was not started`);
    return pid;
  }

  /** Path of a component's log. */
  log(component: ComponentName): string {
    return this.#dir.log(component);
  }

  /** Freezes a component: its connections stay open and nothing answers. */
  suspend(component: ComponentName): void {
    const pid = this.pid(component);
    Deno.kill(pid, "SIGSTOP");
    // The signal is on its way; what the component does meanwhile it would do unasked.
    while (!standsStill(pid)) continue;
  }

  resume(component: ComponentName): void {
    Deno.kill(this.pid(component), "SIGCONT");
  }

  /**
   * Ends a component; resolves when it is dead.
   * @param options.graceMs time to end by itself after SIGTERM, 10 s unless given; 0 kills it
   */
  async stop(component: ComponentName, options: { graceMs?: number } = {}): Promise<void> {
    const { graceMs = GRACE_MS } = options;
    await stop(this.pid(component), { dir: this.dir, graceMs });
  }

  /** Ends a component and starts it as before on the data that it left; resolves when it is ready. */
  async restart(component: ComponentName, options: { graceMs?: number } = {}): Promise<void> {
    await this.stop(component, options);
    await start(this.#dir, this.#components[component]);
    await this.#untilReady(component);
  }

  /** A request by any user; every status is an answer. */
  async request(user: TokenUser, path: string, options: RequestOptions = {}): Promise<Answer> {
    return await this.#requests.send(path, { ...options, token: this.#tokens[user] });
  }

  /**
   * A request by `admin`, past API Priority and Fairness: the parsed body of the answer.
   * @throws {Error} if the status is not 2xx
   */
  async admin<Body = unknown>(path: string, options: RequestOptions = {}): Promise<Body> {
    return await this.#requests.sendOk(path, { ...options, token: this.#tokens.admin }) as Body;
  }

  /** Lets the cluster live on when this process ends; this object is of no more use. */
  async leaveRunning(): Promise<void> {
    this.#letGo();
    await this.#watchdog.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#letGo();
    await this.#watchdog.end();
  }

  #letGo(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#requests[Symbol.dispose]();
  }

  async #bringUp(names: readonly ComponentName[], options: BringUp): Promise<void> {
    const { progress, signal, wardle } = options;
    const startMs = clock.now();
    const ready = async (name: ComponentName) => {
      await this.#untilReady(name, signal);
      progress(`${name} ready after ${((clock.now() - startMs) / 1000).toFixed(1)} s`);
    };
    await ready("etcd");
    await start(this.#dir, this.#components.apiserver);
    await ready("apiserver");
    // kwok gives up when it finds itself without rights.
    await bindClusterAdmins(this);
    const others = names.filter((name) => name !== "etcd" && name !== "apiserver");
    await Promise.all(others.map(async (name) => {
      await start(this.#dir, this.#components[name]);
      await ready(name);
    }));
    const served = async (path: string): Promise<Readiness> =>
      (await this.request("admin", path)).status === 200 ? "ready" : "alive";
    if (others.includes("wardle")) {
      await aggregateWardle(this, wardle);
      const flunders = "/apis/wardle.example.com/v1alpha1/flunders";
      await this.#until("wardle", { look: () => served(flunders), signal });
    }
    if (others.includes("kcm")) {
      const account = "/api/v1/namespaces/default/serviceaccounts/default";
      await this.#until("kcm", { look: () => served(account), signal });
    }
  }

  async #untilReady(name: ComponentName, signal?: AbortSignal): Promise<void> {
    const { healthUrl } = this.#components[name];
    const look = () => readinessOf(healthUrl, this.#requests.client);
    await this.#until(name, { look, signal });
  }

  async #until(name: ComponentName, options: Until): Promise<void> {
    const { look, signal } = options;
    const ending = this.#ending.signal;
    await waitUntilReady(look, {
      name,
      pid: this.pid(name),
      dir: this.dir,
      logFile: this.#dir.log(name),
      signal: signal === undefined ? ending : AbortSignal.any([ending, signal]),
    });
  }
}

interface Parts {
  readonly server: string;
  readonly dir: RunDir;
  readonly components: Readonly<Record<ComponentName, Component>>;
  readonly tokens: Tokens;
  readonly caPem: string;
  readonly watchdog: Watchdog;
}

interface BringUp {
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly wardle: { readonly caPem: string; readonly port: number };
}

interface Until {
  readonly look: () => Promise<Readiness>;
  readonly signal: AbortSignal | undefined;
}

async function start(dir: RunDir, component: Component): Promise<void> {
  const { name, command, args } = component;
  const [pidFile, logFile] = [dir.pidFile(name), dir.log(name)];
  await launch({ command, args, dir: dir.root, pidFile, logFile });
}
