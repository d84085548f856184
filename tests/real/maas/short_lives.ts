/**
 * An API server whose tokens are good for a few seconds? None grants less than ten minutes. This one
 * hands everything through to a real one, and tells of each token that it ends sooner than it does.
 * @module
 */

import { originOf } from "../cluster_state.ts";
import type { ControlPlane } from "../control_plane.ts";

/** Speaks HTTP/1.1 on a loopback port. */
export class ShortLives implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #client: Deno.HttpClient;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #lifeMs: number;

  constructor(plane: ControlPlane, lifeMs: number) {
    this.#plane = plane;
    this.#lifeMs = lifeMs;
    const ca = Deno.readTextFileSync(`${plane.dir}/pki/ca.crt`);
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  /** Of an ordinary user who may do everything. */
  get kubeconfig(): string {
    const text = Deno.readTextFileSync(this.#plane.kubeconfig("load"));
    return text.replace(this.#origin, `http://127.0.0.1:${this.#server.addr.port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    this.#client.close();
  }

  get #origin(): string {
    return originOf(this.#plane, "apiserver");
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("host");
    // Nobody shows a credential where nothing is encrypted.
    headers.set("authorization", `Bearer ${this.#plane.token("load")}`);
    headers.delete("accept-encoding");
    const { method, body } = request;
    const answer = await fetch(`${this.#origin}${pathname}${search}`, {
      ...{ method, headers, body },
      client: this.#client,
    });
    if (!pathname.endsWith("/token") || !answer.ok) return answer;
    const token = await answer.json();
    const endsMs = Date.parse(token.metadata.creationTimestamp) + this.#lifeMs;
    token.status.expirationTimestamp = new Date(endsMs).toISOString();
    return Response.json(token, { status: answer.status });
  }
}
