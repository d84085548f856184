/**
 * How does a request get to the stand-in, whatever it came over? Authenticates, counts and lets faults
 * answer first. Knows no object and no rule of the API.
 * @module
 */

import type { Clock } from "../core/load/clock.ts";
import type { Rng } from "../core/load/rng.ts";
import { RequestAccount, type SandboxAccount } from "./account.ts";
import { authenticate } from "./authentication.ts";
import type { ApiHandler } from "./faults/fault.ts";
import { FaultChain } from "./faults/fault_chain.ts";
import type { FaultSpec } from "./faults/fault_spec.ts";
import { refusalAnswer } from "./kubernetes/answers/answers.ts";
import { ApiError } from "./kubernetes/answers/api_error.ts";
import { bodyText } from "./kubernetes/requests/request_body.ts";
import { seen } from "./request_kind.ts";

/**
 * In front of every path, so that one who sees the server's URL knows what it is. Paths without it
 * are answered as well: addresses from EndpointSlices have no path.
 */
export const URL_PREFIX = "/sandbox";

export interface ServiceOptions {
  readonly token: string;
  readonly faults: readonly FaultSpec[];
  readonly clock: Clock;
  readonly rng: Rng;
}

/** What answers, whatever the socket. */
export interface Api extends Disposable {
  handle: ApiHandler;
}

/** Request -> answer. */
export class SandboxService {
  readonly #token: string;
  readonly #faults: FaultChain;
  readonly #account = new RequestAccount();
  readonly #stopped = new AbortController();
  #handler: ApiHandler | undefined;

  constructor({ token, faults, clock, rng }: ServiceOptions) {
    this.#token = token;
    this.#faults = new FaultChain(faults, { clock, rng });
  }

  begin(handler: ApiHandler): void {
    this.#handler = handler;
  }

  stop(): void {
    this.#stopped.abort();
  }

  account(): Omit<SandboxAccount, "trafficWrites"> {
    const { requests, mostWatches } = this.#account;
    return { requests, mostWatches, faults: this.#faults.hits };
  }

  async answer(request: Request, info: Pick<Deno.ServeHandlerInfo, "completed">) {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const path = withoutPrefix(pathname) + search;
    const about = seen({ method, path });
    const answered = this.#account.request(about);
    const handler = this.#handler;
    if (handler === undefined) return new Response(null, { status: 503 }); // not there yet
    try {
      const user = authenticate(headers, { token: this.#token });
      const body = await bodyText(request);
      // Of other requests `completed` stays untouched: nobody would catch its rejection.
      const isWatch = about.kind === "watches";
      const signal = isWatch ? this.#untilOver(info.completed) : this.#stopped.signal;
      const call = { method, path, headers, body, user, signal };
      const answer = await this.#faults.answer(call, { seen: about, handler });
      answered(answer.status);
      if (isWatch && answer.ok) this.#account.watch(info.completed);
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answered(error.refusal.code);
      return refusalAnswer(error);
    }
  }

  /**
   * Of a watch. The request's own signal is left alone: since 2.9 Deno prints a line on stderr about
   * it. What it would tell beside this, that a client has left before its answer, concerns nobody.
   */
  #untilOver(completed: Promise<void>): AbortSignal {
    const over = new AbortController();
    const end = () => over.abort();
    completed.then(end, end);
    return AbortSignal.any([over.signal, this.#stopped.signal]);
  }
}

/** `/sandbox/api` -> `/api`. */
function withoutPrefix(pathname: string): string {
  if (pathname === URL_PREFIX) return "/";
  return pathname.startsWith(`${URL_PREFIX}/`) ? pathname.slice(URL_PREFIX.length) : pathname;
}
