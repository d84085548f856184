/**
 * What does an HTTP server say to one question? Shares no code with what is tested.
 * @module
 */

import { type Agent, request } from "node:http";

const TIMEOUT_MS = 5_000;

export interface HttpQuestion {
  readonly address: string;
  readonly port: number;
  /** Value of the Host header. */
  readonly host: string;
  /** "/" unless given. */
  readonly path?: string;
  /** Keeps its connections for the next question; each has one of its own unless given. */
  readonly agent?: Agent;
}

export interface HttpAnswer {
  /** The status, or the code of what happened instead of an answer, as ECONNREFUSED. */
  readonly outcome: number | string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Our side of the connection: the same as before means that it was kept. */
  readonly localPort?: number | undefined;
}

/** Never throws: no answer is one, too. */
export function askHttp(question: HttpQuestion): Promise<HttpAnswer> {
  const { address, port, host, path = "/", agent = false } = question;
  return new Promise((resolve) => {
    const none = (outcome: string) => resolve({ outcome, headers: {}, body: "" });
    const call = request({
      host: address,
      port,
      path,
      headers: { host },
      agent,
      timeout: TIMEOUT_MS,
    }, (response) => {
      const { localPort } = response.socket;
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => body += text);
      response.on("error", (error: NodeJS.ErrnoException) => none(error.code ?? error.name));
      response.on("end", () => {
        resolve({ outcome: response.statusCode!, headers: response.headers, body, localPort });
      });
    });
    call.on("timeout", () => call.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    call.on("error", (error: NodeJS.ErrnoException) => none(error.code ?? error.name));
    call.end();
  });
}
