/**
 * The gateway: who asks, how often, and then the model. Hears a request and answers it; opens no
 * socket.
 * Source: Kuadrant/wasm-shim, src/filter (auth, then limits, then upstream, then the report of usage).
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { User } from "../../../kube/server/access.ts";
import type { Access } from "../../../kube/service_account/access_review.ts";
import type { AuthService, AuthVerdict } from "../auth/auth_service.ts";
import type { MaasFaultChain } from "../faults/fault_chain.ts";
import { HOST, MODEL, MODEL_ACCESS, MODEL_PATH } from "../installation.ts";
import type { Limiter } from "../limits/limiter.ts";
import type { Attributes } from "../limits/predicate.ts";
import { Counters } from "../metrics/counters.ts";
import type { Model, ModelAnswer } from "../model/model.ts";
import { modelList } from "../model/model_server.ts";
import type { MaasSettings } from "../settings.ts";
import type { TrueCause, TrueRequest, TruthLog } from "../truth_log.ts";
import { authLate, limited, noRoute, refusedAnswer } from "./answers.ts";
import { ApiKeys } from "./api_keys.ts";
import { attributesOf } from "./identity.ts";

interface MaasGatewayParts {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly auth: AuthService;
  readonly limiter: Limiter;
  readonly model: Model;
  readonly faults: MaasFaultChain;
  readonly truth: TruthLog;
}

/** Who it is, undefined if nobody knows; or how that one is refused. */
type Admission =
  | { readonly user: User | undefined; readonly failedOpen: boolean }
  | { readonly refusal: Response; readonly cause: TrueCause };

const ASKS = ["/v1/chat/completions", "/v1/completions"];
const LISTS = ["/v1/models", "/maas-api/v1/models"];

export class MaasGateway {
  readonly counters = new Counters();
  readonly #parts: MaasGatewayParts;
  readonly #keys: ApiKeys;

  constructor(parts: MaasGatewayParts) {
    this.#parts = parts;
    this.#keys = new ApiKeys(parts.clock);
  }

  async answer(request: Request): Promise<Response> {
    const { hostname, pathname } = new URL(request.url);
    const rest = pathname.startsWith(MODEL_PATH) ? pathname.slice(MODEL_PATH.length) : undefined;
    if (hostname === HOST && request.method === "POST" && ASKS.includes(rest ?? pathname)) {
      return await this.#ask(request, rest ?? pathname);
    }
    if (hostname === HOST && LISTS.includes(rest ?? pathname)) {
      return await this.#asSomebody(request, () => Response.json(this.#models()));
    }
    if (hostname === HOST && pathname === "/maas-api/health") {
      return await this.#asSomebody(request, () => Response.json({ status: "healthy" }));
    }
    if (hostname === HOST && /^\/maas-api\/v1\/api-keys(\/|$)/.test(pathname)) {
      return await this.#asSomebody(request, (user) => this.#keys.answer(request, user));
    }
    await request.body?.cancel();
    return this.#told(request, { response: noRoute(), cause: "no-route" });
  }

  /** @param path as the model has it */
  async #ask(request: Request, path: string): Promise<Response> {
    const { faults, limiter } = this.#parts;
    const settings = faults.forRequest(authorizationOf(request));
    const admission = await this.#admit(request, { settings, access: MODEL_ACCESS });
    if ("refusal" in admission) {
      await request.body?.cancel();
      return this.#told(request, { response: admission.refusal, cause: admission.cause });
    }
    const { user, failedOpen } = admission;
    const attributes = attributesOf(user, {
      path: new URL(request.url).pathname,
      method: request.method,
      subscription: request.headers.get("x-maas-subscription") ?? undefined,
    });
    const verdict = await limiter.request(attributes, settings.limiter);
    if (verdict.kind === "limited") {
      await request.body?.cancel();
      const cause = verdict.limit.counts === "tokens" ? "token-limit" : "request-limit";
      return this.#told(request, { response: limited(), cause, failedOpen });
    }
    const { model } = this.#parts;
    const answer = await model.ask(path, await request.text(), settings.model);
    void this.#settle(request, answer, { attributes, settings, failedOpen });
    return this.#counted(answer.response);
  }

  /** What is left to do once the answer is over. */
  async #settle(
    { url }: Request,
    { response: { status }, result }: ModelAnswer,
    { attributes, settings, failedOpen }: {
      readonly attributes: Attributes;
      readonly settings: MaasSettings;
      readonly failedOpen: boolean;
    },
  ): Promise<void> {
    const { outcome, totalTokens } = await result;
    const chargedTokens = status === 200
      ? await this.#parts.limiter.report(attributes, totalTokens, settings.limiter)
      : 0;
    this.#log(url, { status, cause: outcome, failedOpen, chargedTokens });
  }

  async #asSomebody(
    request: Request,
    answer: (user: User) => Response | Promise<Response>,
  ): Promise<Response> {
    // Listing is how a client gets ready: no fault hits it.
    const settings = this.#parts.faults.settings;
    const admission = await this.#admit(request, { settings, access: undefined });
    if ("refusal" in admission) {
      const { refusal: response, cause } = admission;
      return this.#told(request, { response, cause });
    }
    const response = await answer(admission.user!);
    return this.#told(request, { response, cause: "ok" });
  }

  async #admit(
    request: Request,
    { settings: { auth: settings }, access }: {
      readonly settings: MaasSettings;
      readonly access: Access | undefined;
    },
  ): Promise<Admission> {
    const { auth, rng } = this.#parts;
    const verdict = await auth.check({
      authorization: authorizationOf(request),
      access,
      userOfKey: (key) => this.#keys.userOf(key),
    }, settings);
    if (verdict.kind === "allowed") return { user: verdict.user, failedOpen: false };
    if (settings.failOpenShare > 0 && rng.next() < settings.failOpenShare) {
      return { user: undefined, failedOpen: true };
    }
    return refusalOf(verdict, settings.realm);
  }

  #models(): unknown {
    return modelList([{
      id: MODEL.served,
      owned_by: MODEL.namespace,
      ready: true,
      url: `http://${HOST}${MODEL_PATH}`,
    } as { readonly id: string }]);
  }

  #told(
    { url }: Request,
    { response, cause, failedOpen = false }: {
      readonly response: Response;
      readonly cause: TrueCause;
      readonly failedOpen?: boolean;
    },
  ): Response {
    this.#log(url, { status: response.status, cause, failedOpen, chargedTokens: 0 });
    return this.#counted(response);
  }

  #log(url: string, request: Omit<TrueRequest, "atMs" | "path">): void {
    const { clock, truth } = this.#parts;
    truth.add({ atMs: clock.now(), path: new URL(url).pathname, ...request });
  }

  #counted(response: Response): Response {
    const code = String(response.status);
    this.counters.add("envoy_http_downstream_rq_total", { response_code: code });
    return response;
  }
}

function authorizationOf({ headers }: Request): string | undefined {
  return headers.get("authorization") ?? undefined;
}

function refusalOf(verdict: Exclude<AuthVerdict, { kind: "allowed" }>, realm: string): Admission {
  return verdict.kind === "late"
    ? { refusal: authLate(), cause: "auth-late" }
    : { refusal: refusedAnswer(verdict, realm), cause: verdict.cause };
}
