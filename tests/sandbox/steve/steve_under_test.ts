/** A stand-in for Steve on a real socket, with a Kubernetes stand-in behind it, and clients of it. @module */

import assert from "node:assert/strict";
import { SystemClock } from "../../../core/load/clock.ts";
import { createRng } from "../../../core/load/rng.ts";
import { SANDBOX_USER } from "../../../sandbox/authentication.ts";
import { KubernetesApi } from "../../../sandbox/kubernetes/api.ts";
import { bodyText } from "../../../sandbox/kubernetes/requests/request_body.ts";
import { parseSteveFault } from "../../../sandbox/steve/faults/fault_spec.ts";
import { startSteveServer, type SteveServer } from "../../../sandbox/steve/server.ts";
import type { KubeSide, SteveOptions } from "../../../sandbox/steve/steve.ts";
import type { Answer, Asked } from "../../conformance/subject.ts";

export const NAMESPACE = "scaletest";

export interface UnderTestOptions extends Partial<Omit<SteveOptions, "faults" | "kube">> {
  /** What Steve shows the API server for clients that it knows. */
  readonly kubeToken?: string;
  readonly faults?: readonly string[];
  readonly tls?: boolean;
  /** Of the API server behind it. */
  readonly historyLimit?: number;
}

/** What a client gets, parsed. */
export interface Message {
  readonly name: string;
  readonly resourceType?: string;
  readonly revision?: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly error?: string };
}

export class SteveUnderTest implements AsyncDisposable {
  readonly server: SteveServer;
  readonly #api: KubernetesApi;
  readonly #kube: OpenKube;
  readonly #client: Deno.HttpClient | undefined;

  private constructor(server: SteveServer, { api, kube }: { api: KubernetesApi; kube: OpenKube }) {
    this.server = server;
    this.#api = api;
    this.#kube = kube;
    this.#client = server.caPem === undefined
      ? undefined
      : Deno.createHttpClient({ caCerts: [server.caPem] });
  }

  static async start(given: UnderTestOptions = {}): Promise<SteveUnderTest> {
    const { faults = [], tls = false, settings, historyLimit = 1_000, kubeToken, ...options } =
      given;
    const clock = new SystemClock();
    const rng = createRng(1);
    const api = new KubernetesApi({ clock, rng, historyLimit });
    const kube = new OpenKube(api, kubeToken);
    const server = await startSteveServer({
      listen: { hostname: "127.0.0.1", port: 0 },
      tls,
      kube,
      clock,
      rng,
      settings: { schemaRefreshMs: 20, ...settings },
      faults: faults.map(parseSteveFault),
      ...options,
    });
    const under = new SteveUnderTest(server, { api, kube });
    await under.write("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
    return under;
  }

  /** The API server behind it. */
  async ask(
    path: string,
    { method = "GET", body, contentType = "application/json" }: Asked = {},
  ): Promise<Answer> {
    const answer = await this.#kube.handler({
      method,
      path,
      headers: new Headers({ "content-type": contentType }),
      body: typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body),
      user: SANDBOX_USER,
      signal: new AbortController().signal,
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** Asks the same; the object as it was stored. */
  async write(method: string, path: string, body?: unknown) {
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const { status, text } = await this.ask(path, { method, body, contentType });
    assert.ok(status < 300, text);
    return JSON.parse(text) as { metadata: { resourceVersion: string; name: string } };
  }

  /** With which the last request came to the API server. */
  get lastAuthorization(): string | null {
    return this.#kube.lastAuthorization;
  }

  async createConfigMap(name: string, labels: Record<string, string> = {}): Promise<string> {
    const { metadata } = await this.write("POST", `/api/v1/namespaces/${NAMESPACE}/configmaps`, {
      metadata: { name, labels },
      data: { key: "value" },
    });
    return metadata.resourceVersion;
  }

  async deleteConfigMap(name: string): Promise<void> {
    await this.write("DELETE", `/api/v1/namespaces/${NAMESPACE}/configmaps/${name}`);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#fetch(path, { headers: { "accept-encoding": "identity", ...headers } });
  }

  post(path: string, body: unknown): Promise<Response> {
    return this.#fetch(path, { method: "POST", body: JSON.stringify(body) });
  }

  /** The parsed body of a list. */
  async list(path: string) {
    const answer = await this.get(path);
    assert.equal(answer.status, 200);
    return await answer.json() as {
      revision?: string;
      count?: number;
      data: { id: string; metadata: Record<string, unknown> }[];
    };
  }

  open(headers: Record<string, string> = {}): Promise<Watcher> {
    const url = `${this.server.url.replace("http", "ws")}/v1/subscribe`;
    const client = this.#client === undefined ? {} : { client: this.#client };
    return Watcher.open(new WebSocket(url, { headers, ...client }));
  }

  socket(path: string, protocols: readonly string[]): WebSocket {
    const url = this.server.url.replace("http", "ws") + path;
    return new WebSocket(url, { protocols: [...protocols] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    await this.server.close();
    this.#api[Symbol.dispose]();
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    const client = this.#client === undefined ? {} : { client: this.#client };
    return fetch(this.server.url + path, { redirect: "manual", ...init, ...client });
  }
}

/** One socket on `/v1/subscribe`. */
export class Watcher implements AsyncDisposable {
  readonly #socket: WebSocket;
  /** Frames as they came, and not yet asked for. */
  readonly texts: string[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      this.texts.push(data);
      this.#wake();
    };
    socket.onclose = () => this.#closed.resolve();
  }

  static async open(socket: WebSocket): Promise<Watcher> {
    const watcher = new Watcher(socket);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
    });
    return watcher;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The next frame as it came; waits for it. */
  async text(): Promise<string> {
    while (this.texts.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.texts.shift()!;
  }

  async message(): Promise<Message> {
    return JSON.parse(await this.text());
  }

  /** Names of the next messages. */
  async names(count: number): Promise<string[]> {
    const names: string[] = [];
    while (names.length < count) names.push((await this.message()).name);
    return names;
  }

  /** Subscribes, and waits until that has begun. */
  async subscribe(request: Record<string, unknown>): Promise<void> {
    this.send(request);
    const { name, data } = await this.message();
    assert.equal(name, "resource.start", JSON.stringify(data));
  }

  /** What has come after a round trip of the socket: a stop of nothing is not answered, a wrong frame is. */
  async quiet(): Promise<string[]> {
    this.send("?");
    const names: string[] = [];
    for (;;) {
      const { name, data } = await this.message();
      if (name === "resource.error" && data.error?.startsWith("invalid character '?'")) {
        return names;
      }
      names.push(name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

/** Everybody is the sandbox's user. */
class OpenKube implements KubeSide {
  readonly #api: KubernetesApi;
  readonly token?: string;
  lastAuthorization: string | null = null;

  constructor(api: KubernetesApi, token: string | undefined) {
    this.#api = api;
    if (token !== undefined) this.token = token;
  }

  readonly handler: KubeSide["handler"] = (call) => this.#api.handle(call);

  async answer(request: Request, { completed }: Pick<Deno.ServeHandlerInfo, "completed">) {
    this.lastAuthorization = request.headers.get("authorization");
    const { pathname, search } = new URL(request.url);
    const over = new AbortController();
    completed.then(() => over.abort(), () => over.abort());
    return await this.#api.handle({
      method: request.method,
      path: pathname + search,
      headers: request.headers,
      body: await bodyText(request),
      user: SANDBOX_USER,
      signal: over.signal,
    });
  }
}
