import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import type { ApiHandler } from "../../sandbox/faults/fault.ts";
import { parseFault } from "../../sandbox/faults/fault_spec.ts";
import type { ApiCall } from "../../sandbox/kubernetes/api_state.ts";
import { type SandboxServer, startServer } from "../../sandbox/server.ts";
import { failureReason } from "../../core/net/fetch_failure.ts";

const token = "secret";
const LINES = '{"type":"ADDED","object":{"metadata":{}}}\n';

/** A server around a handler that keeps what it gets, and clients of it. */
class Served implements AsyncDisposable {
  readonly calls: ApiCall[] = [];
  readonly #server: SandboxServer;
  readonly #clients: readonly Deno.HttpClient[];

  private constructor(server: SandboxServer) {
    this.#server = server;
    this.#clients = [false, true].map((http1) =>
      Deno.createHttpClient({ caCerts: [server.caPem], http1, http2: !http1 })
    );
  }

  static async start(
    faults: readonly string[] = [],
    answer: ApiHandler = (call) => Promise.resolve(new Response(`${call.method} ${call.path}`)),
  ): Promise<Served> {
    const calls: ApiCall[] = [];
    const server = await startServer({
      listen: { hostname: "127.0.0.1", port: 0 },
      token,
      faults: faults.map(parseFault),
      clock: new SystemClock(),
      rng: createRng(1),
      createApi: () =>
        Promise.resolve({
          handle(call) {
            calls.push(call);
            return answer(call);
          },
          [Symbol.dispose]() {},
        }),
    });
    const served = new Served(server);
    Object.assign(served, { calls });
    return served;
  }

  get url(): string {
    return this.#server.url;
  }

  get account() {
    return this.#server.account();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  request(path: string, { http1 = false, headers = {}, ...init }: RequestInit & {
    http1?: boolean;
    headers?: Record<string, string>;
  } = {}): Promise<Response> {
    return fetch(this.url + path, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...headers },
      client: this.#clients[http1 ? 1 : 0]!,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.close();
  }
}

for (const http1 of [false, true]) {
  const version = http1 ? "HTTP/1.1" : "HTTP/2";

  Deno.test(`a request over ${version} gets to the handler without the prefix`, async () => {
    await using served = await Served.start();
    const answer = await served.request("/api/v1/namespaces?limit=1", {
      method: "POST",
      body: "{}",
      http1,
    });
    assert.equal(await answer.text(), "POST /api/v1/namespaces?limit=1");
    const [call] = served.calls;
    assert.deepEqual([call?.body, call?.user.username], ["{}", "sandbox"]);
    assert.match(served.url, /^https:\/\/127\.0\.0\.1:\d+\/sandbox$/);
  });

  Deno.test(`the handler of a watch over ${version} is told that its client has left`, async () => {
    let left: AbortSignal | undefined;
    await using served = await Served.start([], ({ signal }) => {
      left = signal;
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(LINES)),
      });
      return Promise.resolve(new Response(body));
    });
    const leaving = new AbortController();
    const { signal } = leaving;
    const answer = await served.request("/api/v1/configmaps?watch=1", { signal, http1 });
    const { value } = await answer.body!.getReader().read();
    assert.equal(new TextDecoder().decode(value), LINES);
    assert.equal(left?.aborted, false);
    const told = new Promise((resolve) => left?.addEventListener("abort", resolve));
    leaving.abort();
    await told;
    assert.equal(served.account.mostWatches, 1);
  });

  Deno.test(`the reset over ${version} is a failure of the connection and no answer`, async () => {
    await using served = await Served.start(["reset"]);
    const failed = (async () => {
      const answer = await served.request("/api/v1/namespaces/ns/configmaps", {
        method: "POST",
        body: "{}",
        http1,
      });
      // Over HTTP/1.1 Deno 2.9 has sent the head of an answer by then.
      await answer.text();
    })();
    const reason = await failed.then(() => "none", failureReason);
    const expected = http1 ? ["connection-closed", "truncated"] : ["stream-reset"];
    assert.ok(expected.includes(reason), reason);
    assert.deepEqual(served.calls, []);
    // The next request is none of the load.
    assert.equal(await (await served.request("/version", { http1 })).text(), "GET /version");
  });
}

Deno.test("a path without the prefix is answered too", async () => {
  await using served = await Served.start();
  const answer = await served.request("/../version");
  assert.equal(await answer.text(), "GET /version");
});

Deno.test("whoever has not the token gets the 401 of an API server, and is counted", async () => {
  await using served = await Served.start();
  const answer = await served.request("/version", { headers: { authorization: "Bearer x" } });
  assert.equal(answer.status, 401);
  assert.deepEqual(await answer.json(), {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "Unauthorized",
    reason: "Unauthorized",
    code: 401,
  });
  assert.deepEqual(served.account.requests, [
    { verb: "get", resource: "/version", requests: 1, refused: 1 },
  ]);
});

for (const http1 of [false, true]) {
  const version = http1 ? "HTTP/1.1" : "HTTP/2";

  Deno.test(`over ${version} a body without an end is not read for whoever has no token`, async () => {
    await using served = await Served.start();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(1_000)),
    });
    const headers = { authorization: "Bearer wrong" };
    const answer = await served.request("/api/v1/namespaces", {
      method: "POST",
      headers,
      body,
      http1,
    });
    assert.equal(answer.status, 401);
    await answer.body?.cancel();
    assert.equal(served.calls.length, 0);
  });

  Deno.test(`over ${version} a body of more than 3 MiB is refused as the real server does`, async () => {
    await using served = await Served.start();
    const limit = 3 * 1024 * 1024;
    const send = (body: string) =>
      served.request("/api/v1/namespaces", { method: "POST", body, http1 });
    assert.equal((await send("x".repeat(limit))).status, 200);
    const answer = await send("x".repeat(limit + 1));
    assert.equal(answer.status, 413);
    assert.deepEqual(await answer.json(), {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Request entity too large: limit is 3145728",
      reason: "RequestEntityTooLarge",
      code: 413,
    });
    assert.equal(served.calls.length, 1);
  });
}

Deno.test("a defect of the handler is an answer of 500 that says so", async () => {
  await using served = await Served.start([], () => Promise.reject(new TypeError("oops")));
  const answer = await served.request("/version");
  assert.equal(answer.status, 500);
  assert.equal((await answer.json()).message, "Sandbox defect: oops");
});

Deno.test("closing ends open watches", async () => {
  await using served = await Served.start([], ({ signal }) => {
    const body = new ReadableStream({
      start: (controller) => signal.addEventListener("abort", () => controller.close()),
    });
    return Promise.resolve(new Response(body));
  });
  const answer = await served.request("/api/v1/configmaps?watch=1");
  const ended = answer.text();
  await served.close();
  assert.equal(await ended, "");
});

Deno.test("a taken port is one line that names it", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  await assert.rejects(
    startServer({
      listen: { hostname: "127.0.0.1", port },
      token,
      faults: [],
      clock: new SystemClock(),
      rng: createRng(1),
      createApi: () => Promise.reject(new Error("not reached")),
    }),
    {
      name: "CannotRunError",
      message: `Cannot listen on 127.0.0.1:${port}: the port is taken; choose another with ` +
        "--listen, or 0 for any",
    },
  );
});
