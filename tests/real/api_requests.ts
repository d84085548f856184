/**
 * How does a test set a cluster up and look at it? With plain JSON requests that share no code with
 * what is tested. Never retries and never paces.
 * @module
 */

export interface RequestOptions {
  /** GET unless given. */
  readonly method?: string;
  /** A value is sent as JSON, a string as it is. */
  readonly body?: unknown;
  /** application/json unless given; a PATCH is a merge patch. */
  readonly contentType?: string;
  /** What the answer may be; as the server likes unless given. */
  readonly accept?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON, or the text if it is none. */
  readonly body: unknown;
}

/** Requests to one apiserver, whoever makes them. */
export class ApiRequests implements Disposable {
  readonly #server: string;
  readonly client: Deno.HttpClient;

  constructor(server: string, caPem: string) {
    this.#server = server;
    this.client = Deno.createHttpClient({ caCerts: [caPem] });
  }

  /** One request; any status is an answer. */
  async send(path: string, options: RequestOptions & { token: string }): Promise<Answer> {
    const { method = "GET", body, token, accept } = options;
    const json = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const response = await fetch(`${this.#server}${path}`, {
      client: this.client,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": options.contentType ?? json,
        ...(accept === undefined ? {} : { accept }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, headers, body: parse(await response.text()) };
  }

  /**
   * The body of a successful answer.
   * @throws {Error} with the server's message if the status is not 2xx
   */
  async sendOk(path: string, options: RequestOptions & { token: string }): Promise<unknown> {
    const { status, body } = await this.send(path, options);
    if (status >= 200 && status < 300) return body;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    throw new Error(`Cannot ${options.method ?? "GET"} ${path}: status ${status}: ${text}`);
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
