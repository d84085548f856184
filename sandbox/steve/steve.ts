/**
 * A stand-in for Steve: one request in, one answer or one WebSocket out, in front of a stand-in for
 * the Kubernetes API whose objects it caches. Opens no sockets of its own.
 * Source: rancher/steve v0.10.2 and rancher/apiserver v0.10.0, as told in each file.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ApiHandler } from "../faults/fault.ts";
import type { FaultHits } from "../faults/fault_chain.ts";
import { textAnswer } from "../kubernetes/answers/answers.ts";
import { Caches } from "./caches/caches.ts";
import { SteveFaultChain } from "./faults/fault_chain.ts";
import type { SteveFaultSpec } from "./faults/fault_spec.ts";
import { Login, type LoginAccount, mustAuthenticate } from "./reading/login.ts";
import { Metrics } from "./reading/metrics.ts";
import { REAL_SETTINGS, type SteveSettings } from "./options.ts";
import { PodExec } from "./pods/pod_exec.ts";
import { createRancherPods, type RancherOptions } from "./pods/rancher_pods.ts";
import { Rest } from "./reading/rest.ts";
import { Sockets } from "./sockets/sockets.ts";
import { WalFiles, type WalOptions } from "./pods/wal_files.ts";

/** The API server behind it. */
export interface KubeSide {
  /** Without faults and without asking who it is; caches are fed from it. */
  readonly handler: ApiHandler;
  /** Whatever is not Steve's own, with authentication. */
  answer(request: Request, info: Pick<Deno.ServeHandlerInfo, "completed">): Promise<Response>;
  /** Sent on for clients that Steve knows and that show no token themselves. */
  readonly token?: string;
}

export interface SteveOptions {
  readonly kube: KubeSide;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Undefined: everybody may, as in a Steve without Rancher. */
  readonly login?: LoginAccount;
  readonly settings?: Partial<SteveSettings>;
  readonly faults?: readonly SteveFaultSpec[];
  readonly rancher?: RancherOptions;
  readonly wal?: WalOptions;
}

/** What it has seen. */
export interface SteveAccount {
  readonly mostSockets: number;
  /** To all sockets together. */
  readonly sentMessages: number;
  readonly faults: readonly FaultHits[];
}

/** In front of every path: as the sandbox has it, and as Rancher has it for its clusters. */
const PREFIX = /^(?:\/sandbox)?(?:\/k8s\/clusters\/[^/]+)?(?=\/|$)/;

/** See the module. Dispose it to close its sockets. */
export class Steve implements Disposable {
  /** Resolves when the definitions that are there are known. */
  readonly ready: Promise<void>;
  readonly #kube: KubeSide;
  readonly #ending = new AbortController();
  readonly #faults: SteveFaultChain;
  readonly #login: Login;
  readonly #rest: Rest;
  readonly #sockets: Sockets;
  readonly #metrics: Metrics;
  readonly #exec: PodExec;

  private constructor(options: SteveOptions, pods: readonly string[]) {
    const { kube, clock, rng, login, faults = [], wal = {} } = options;
    const settings = { ...REAL_SETTINGS, ...options.settings };
    const ended = this.#ending.signal;
    this.#kube = kube;
    this.#faults = new SteveFaultChain(faults, { clock, rng: rng.fork("steve faults"), ended });
    const files = new WalFiles(pods, { ...wal, faults: this.#faults });
    const caches = new Caches({
      kube: kube.handler,
      clock,
      settings,
      faults: this.#faults,
      onStored: (event) => files.store(event),
      ended,
    });
    this.#login = new Login(login, { clock, rng: rng.fork("tokens") });
    this.#rest = new Rest({ kube: kube.handler, clock, caches, faults: this.#faults, ended });
    this.#sockets = new Sockets({
      clock,
      settings,
      faults: this.#faults,
      schema: (name) => caches.schemas.lookup(name),
      cache: (schema) => caches.of(schema),
      ended,
    });
    this.#metrics = new Metrics(
      { walBytes: () => files.bytes() ?? 0, sockets: () => this.#sockets.count.now },
      { clock, refreshMs: settings.metricsRefreshMs },
    );
    this.#exec = new PodExec({ kube: kube.handler, files, ended });
    this.ready = caches.ready;
  }

  static async start(options: SteveOptions): Promise<Steve> {
    const { kube, rancher } = options;
    const pods = rancher === undefined ? [] : await createRancherPods(kube.handler, rancher);
    const steve = new Steve(options, pods);
    await steve.ready;
    return steve;
  }

  get account(): SteveAccount {
    const { count: { most: mostSockets }, sent: sentMessages } = this.#sockets;
    return { mostSockets, sentMessages, faults: this.#faults.hits };
  }

  async answer(
    request: Request,
    info: Pick<Deno.ServeHandlerInfo, "completed">,
  ): Promise<Response> {
    const url = new URL(request.url);
    const [prefix = ""] = PREFIX.exec(url.pathname) ?? [];
    const pathname = url.pathname.slice(prefix.length);
    const login = await this.#login.answer(request, pathname);
    if (login !== undefined) return login;
    if (pathname === "/metrics") return new Response(this.#metrics.text);
    const isOwn = pathname === "/v1" || pathname.startsWith("/v1/");
    const isAdmitted = this.#login.admits(request.headers);
    const exec = this.#exec.request(request, pathname);
    if (!isOwn && exec === undefined) {
      return this.#passOn(request, { info, pathname, search: url.search, isAdmitted });
    }
    if (!isAdmitted) return mustAuthenticate();
    if (exec !== undefined) return await this.#exec.answer(request, exec);
    const baseUrl = url.origin + prefix;
    if (pathname === "/v1/subscribe") return this.#subscribe(request, baseUrl);
    const path = pathname.slice("/v1/".length);
    return await this.#rest.answer({ request, path, baseUrl });
  }

  [Symbol.dispose](): void {
    this.#sockets.closeAll();
    this.#ending.abort();
  }

  /** To the API server, which itself asks who it is. */
  #passOn(
    request: Request,
    { info, pathname, search, isAdmitted }: {
      info: Pick<Deno.ServeHandlerInfo, "completed">;
      pathname: string;
      search: string;
      isAdmitted: boolean;
    },
  ): Promise<Response> {
    const { origin, pathname: full } = new URL(request.url);
    const { token } = this.#kube;
    const needsToken = isAdmitted && token !== undefined && !request.headers.has("authorization");
    if (full === pathname && !needsToken) return this.#kube.answer(request, info);
    const headers = new Headers(request.headers);
    if (needsToken) headers.set("authorization", `Bearer ${token}`);
    const { method, body } = request;
    const passed = new Request(origin + pathname + search, { method, headers, body });
    return this.#kube.answer(passed, info);
  }

  #subscribe(request: Request, baseUrl: string): Response {
    const { headers } = request;
    if (headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return textAnswer("Bad Request\n", 400);
    }
    const origin = headers.get("origin");
    if (origin !== null && !isSameHost(origin, headers.get("host") ?? "")) {
      return textAnswer("Forbidden\n", 403);
    }
    if (!this.#faults.takesSockets()) return new Response(null, { status: 503 });
    // The server itself never asks whether a silent client is still there.
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    this.#sockets.add(socket, { baseUrl });
    return response;
  }
}

function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host.toLowerCase() === host.toLowerCase();
}
