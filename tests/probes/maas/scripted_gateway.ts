/** A model gateway that answers as a test says, on a real socket, and believes the tokens of users. */

/** What one request shows. */
export interface Shown {
  /** `namespace/name` of the ServiceAccount; undefined: no token, or a damaged one. */
  readonly account: string | undefined;
  readonly body: unknown;
}

type Answering = (shown: Shown) => Response | Promise<Response> | undefined;

export const COMPLETION = {
  choices: [{ index: 0, message: { role: "assistant", content: "ok" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
};

/** A limiter of Envoy refuses so. */
export function rateLimited(): Response {
  return new Response(null, { status: 429, headers: { "x-envoy-ratelimited": "true" } });
}

/** An auth service whose client of the API server may ask no more. */
export function authOverloaded(): Response {
  const reason = "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed " +
    "context deadline";
  return new Response(null, { status: 401, headers: { "x-ext-auth-reason": reason } });
}

export class ScriptedGateway implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** The first token of an account is a good one: users ask before canaries do. */
  readonly #tokens = new Map<string, string>();
  readonly #strangers: string;
  readonly seen: Shown[] = [];
  /** What a user gets instead of an answer; undefined: the answer. */
  toUser: Answering = () => undefined;
  /** What whoever must be refused gets; undefined: the refusal. */
  toCanary: Answering = () => undefined;

  /** @param strangers namespace of those who may not use the model */
  constructor(strangers = "scaletest") {
    this.#strangers = strangers;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  /** Flags that lead to it. */
  get flags(): string[] {
    const { port } = this.#server.addr;
    return [
      "--host",
      `127.0.0.1:${port}`,
      "--protocol",
      "http",
      "--model",
      "opt",
      "--auth",
      "sa-token",
    ];
  }

  /** Those that showed a good token, each once. */
  get accounts(): string[] {
    return [...this.#tokens.keys()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const account = this.#accountOf(request.headers.get("authorization"));
    const shown = { account, body: await request.json() };
    this.seen.push(shown);
    if (account === undefined) {
      return await this.toCanary(shown) ?? refused(401, "not authenticated");
    }
    if (account.startsWith(`${this.#strangers}/`)) {
      return await this.toCanary(shown) ?? refused(403, "not authorized: unknown reason");
    }
    return await this.toUser(shown) ?? Response.json(COMPLETION);
  }

  #accountOf(authorization: string | null): string | undefined {
    const [, token = "", payload = ""] =
      /^Bearer ([^.]+\.([^.]+)\..+)$/.exec(authorization ?? "") ??
        [];
    if (payload === "") return undefined;
    const base64 = payload.replaceAll("-", "+").replaceAll("_", "/");
    const [, , namespace, name] = JSON.parse(atob(base64)).sub.split(":");
    const account = `${namespace}/${name}`;
    if (!this.#tokens.has(account)) this.#tokens.set(account, token);
    return this.#tokens.get(account) === token ? account : undefined;
  }
}

function refused(status: number, reason: string): Response {
  return new Response(null, { status, headers: { "x-ext-auth-reason": reason } });
}
