/**
 * What does an HTTP server say to one question on a connection of its own? Shares no code with what
 * is tested.
 * @module
 */

import { request } from "node:http";

const TIMEOUT_MS = 5_000;

export interface HttpQuestion {
  readonly address: string;
  readonly port: number;
  /** Value of the Host header. */
  readonly host: string;
  /** "/" unless given. */
  readonly path?: string;
}

export interface HttpAnswer {
  /** The status, or the code of what happened instead of an answer, as ECONNREFUSED. */
  readonly outcome: number | string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Never throws: no answer is one, too. */
export function askHttp({ address, port, host, path = "/" }: HttpQuestion): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const none = (outcome: string) => resolve({ outcome, headers: {}, body: "" });
    const call = request({
      host: address,
      port,
      path,
      headers: { host },
      // A connection that is used again may be to a server that is gone by now.
      agent: false,
      timeout: TIMEOUT_MS,
    }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => body += text);
      response.on("error", (error: NodeJS.ErrnoException) => none(error.code ?? error.name));
      response.on("end", () => {
        resolve({ outcome: response.statusCode!, headers: response.headers, body });
      });
    });
    call.on("timeout", () => call.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    call.on("error", (error: NodeJS.ErrnoException) => none(error.code ?? error.name));
    call.end();
  });
}
