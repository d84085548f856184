/**
 * A stand-in for a Models-as-a-Service installation: a gateway on a real socket, with an auth service, a
 * limiter and a model behind it, and a controller of its policies, in front of an API server that may
 * be real.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import { ownValue } from "../../core/named_values.ts";
import { HttpServer } from "../../core/net/http_server.ts";
import type { ApiHandler } from "../faults/fault.ts";
import type { FaultHits } from "../faults/fault_chain.ts";
import { requestsTo } from "../handler_requests.ts";
import { AuthService, type ReviewPort } from "./auth/auth_service.ts";
import { PolicyController } from "./controller/policy_controller.ts";
import { MaasFaultChain } from "./faults/fault_chain.ts";
import type { MaasFaultSpec } from "./faults/fault_spec.ts";
import { MaasGateway } from "./gateway/maas_gateway.ts";
import { GATEWAY, MODEL } from "./installation.ts";
import { Limiter } from "./limits/limiter.ts";
import { Model } from "./model/model.ts";
import { type MaasSettings, TUNED } from "./settings.ts";
import { createStartObjects } from "./start_objects.ts";
import { TruthLog } from "./truth_log.ts";

/** How long connections may take to go at the end. */
const CLOSE_GRACE_MS = 500;
const ADDRESS = "127.0.0.1";

export interface MaasStandInOptions {
  /** The API server, without faults; the namespaces of installation.ts are there. */
  readonly kube: ApiHandler;
  /** Whom the auth service asks; the same API server unless given. */
  readonly reviews?: ReviewPort;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly settings?: MaasSettings;
  readonly faults?: readonly MaasFaultSpec[];
  readonly onInterrupted?: ((message: string) => void) | undefined;
  /** Metrics of the API server; absent: it has none. */
  readonly apiPage?: () => string;
}

export class MaasStandIn {
  readonly truth = new TruthLog();
  readonly auth: AuthService;
  readonly limiter: Limiter;
  readonly model: Model;
  readonly #gateway: MaasGateway;
  readonly #faults: MaasFaultChain;
  readonly #controller: PolicyController;
  readonly #servers: Servers;
  readonly #apiPage: MaasStandInOptions["apiPage"];

  private constructor(options: MaasStandInOptions, servers: Servers) {
    const { kube, reviews = requestsTo(kube), clock, rng, settings = TUNED, faults = [] } = options;
    this.#servers = servers;
    this.#apiPage = options.apiPage;
    this.#faults = new MaasFaultChain(faults, { clock, settings });
    this.auth = new AuthService({ kube: reviews, clock });
    this.limiter = new Limiter({ clock });
    this.model = new Model({ clock, rng: rng.fork("model"), models: [MODEL.served] });
    this.#gateway = new MaasGateway({
      clock,
      rng: rng.fork("gateway"),
      auth: this.auth,
      limiter: this.limiter,
      model: this.model,
      faults: this.#faults,
      truth: this.truth,
    });
    this.#controller = new PolicyController({
      kube,
      clock,
      gateway: `${GATEWAY.namespace}/${GATEWAY.name}`,
      settings: ({ isNew }) =>
        (isNew ? this.#faults.settings : this.#faults.forPolicyChange()).policies,
      onLimits: (limits) => this.limiter.configure(limits),
    });
  }

  /** Resolves when the limits are in force. @throws {CannotRunError} if no port can be had */
  static async start(options: MaasStandInOptions): Promise<MaasStandIn> {
    const { kube, clock } = options;
    const started = Promise.withResolvers<MaasStandIn>();
    const listen = (answer: (of: MaasStandIn, request: Request) => Answer) =>
      openServer(options, async (request) => answer(await started.promise, request));
    const gateway = listen((of, request) => of.#gateway.answer(request));
    const metrics = listen((of, request) => of.#page(request));
    const now = clock.wallNow().toISOString().replace(/\.\d+Z$/, "Z");
    await createStartObjects(kube, { port: gateway.addr.port, now });
    const standIn = new MaasStandIn(options, { gateway, metrics });
    started.resolve(standIn);
    await standIn.#controller.ready();
    return standIn;
  }

  /** Of the gateway, over HTTP. */
  get port(): number {
    return this.#servers.gateway.addr.port;
  }

  /** Of the pages of metrics: `/COMPONENT/metrics`. */
  get metricsUrl(): string {
    return `http://${ADDRESS}:${this.#servers.metrics.addr.port}`;
  }

  get settings(): MaasSettings {
    return this.#faults.settings;
  }

  /** From the next request on. */
  set settings(settings: MaasSettings) {
    this.#faults.settings = settings;
  }

  get faultHits(): readonly FaultHits[] {
    return this.#faults.hits;
  }

  /** Resolves when the ports are free, or soon. */
  async close(): Promise<void> {
    this.#controller[Symbol.dispose]();
    await Promise.all(
      Object.values(this.#servers).map((server) => server.close({ graceMs: CLOSE_GRACE_MS })),
    );
  }

  #page({ url }: Request): Response {
    const [, component = "", page] = new URL(url).pathname.split("/");
    const pages: Readonly<Record<string, () => string>> = {
      gateway: () => this.#gateway.counters.page(),
      auth: () => this.auth.counters.page(),
      limiter: () => this.limiter.counters.page({ limitador_up: 1 }),
      model: () => this.model.metricsPage(),
      ...(this.#apiPage === undefined ? {} : { "api-server": this.#apiPage }),
    };
    const text = page === "metrics" ? ownValue(pages, component)?.() : undefined;
    return text === undefined ? new Response(null, { status: 404 }) : new Response(text);
  }
}

type Answer = Response | Promise<Response>;

interface Servers {
  readonly gateway: HttpServer;
  readonly metrics: HttpServer;
}

function openServer(
  { clock, onInterrupted }: MaasStandInOptions,
  handler: (request: Request) => Answer,
): HttpServer {
  try {
    return new HttpServer({
      listen: { hostname: ADDRESS, port: 0 },
      clock,
      handler,
      // What a defect is answered with, the client shows.
      onError: (error) => new Response(`Sandbox defect: ${messageOf(error)}\n`, { status: 500 }),
      onInterrupted,
    });
  } catch (error) {
    throw new CannotRunError(`Cannot listen on ${ADDRESS}: ${messageOf(error)}`, { cause: error });
  }
}
