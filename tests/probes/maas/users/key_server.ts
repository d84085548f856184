/** The API for keys of a gateway, on a socket of its own. @module */

/** A request as it came. */
interface Asked {
  readonly call: string;
  readonly authorization: string;
  readonly body: unknown;
}

/** Keys are `sk-oai-1`, `sk-oai-2` and so on, with the ids `id/1`, `id/2`. */
export class KeyServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** Ids of keys that are there. */
  readonly keys = new Set<string>();
  /** What is answered instead, if it gives anything; the key is made all the same if `isLate`. */
  refuse: (call: string) => { readonly answer: Response; readonly isLate?: boolean } | undefined =
    () => undefined;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #count = 0;

  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  get origin(): URL {
    return new URL(`http://127.0.0.1:${this.#server.addr.port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const text = await request.text();
    const call = `${request.method} ${pathname}`;
    this.asked.push({
      call,
      authorization: request.headers.get("authorization") ?? "",
      body: text === "" ? undefined : JSON.parse(text),
    });
    const refused = this.refuse(call);
    if (refused !== undefined && !refused.isLate) return refused.answer;
    const answer = this.#effect(request.method, decodeURIComponent(pathname));
    return refused?.answer ?? answer;
  }

  #effect(method: string, path: string): Response {
    if (method === "POST") {
      const number = ++this.#count;
      const id = `id/${number}`;
      this.keys.add(id);
      return Response.json({ key: `sk-oai-${number}`, id }, { status: 201 });
    }
    const id = path.replace("/maas-api/v1/api-keys/", "");
    return new Response(null, { status: this.keys.delete(id) ? 204 : 404 });
  }
}
