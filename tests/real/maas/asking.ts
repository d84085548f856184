/**
 * How does somebody with a token ask a model through the gateway, and what comes back? With Node's HTTP
 * client, which shares no code with what is tested. Judges nothing.
 * @module
 */

import { request } from "node:http";
import { MAAS } from "./objects.ts";
import type { MaasState } from "./state.ts";

const TIMEOUT_MS = 60_000;

export interface ModelCall {
  /** Value of Authorization; none unless given. */
  readonly authorization?: string | undefined;
  /** The model's chat unless given. */
  readonly path?: string;
  readonly host?: string;
  /** Merged into the body. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface ModelAnswer {
  /** The status, or the code of what happened instead of an answer, as ECONNRESET. */
  readonly status: number | string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As far as it came. */
  readonly body: string;
  /** Whether it ended as HTTP has it end. */
  readonly isWhole: boolean;
}

/** Never throws: no answer is one, too. */
export function askModel(state: MaasState, call: ModelCall = {}): Promise<ModelAnswer> {
  const { authorization, path = `${state.modelPath}/v1/chat/completions`, host = state.host } =
    call;
  const body = JSON.stringify({
    model: MAAS.model,
    messages: [{ role: "user", content: "one two three" }],
    max_tokens: 4,
    ...call.body,
  });
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) =>
      resolve({ status: error.code ?? error.name, headers: {}, body: "", isWhole: false });
    const sent = request({
      host: state.address,
      port: state.port,
      path,
      method: "POST",
      agent: false,
      timeout: TIMEOUT_MS,
      headers: {
        host,
        "content-type": "application/json",
        "content-length": String(body.length),
        ...(authorization === undefined ? {} : { authorization }),
      },
    }, (response) => {
      let text = "";
      const end = (isWhole: boolean) =>
        resolve({ status: response.statusCode!, headers: response.headers, body: text, isWhole });
      response.setEncoding("utf8");
      response.on("data", (piece: string) => text += piece);
      response.on("error", () => end(false));
      response.on("end", () => end(response.complete));
    });
    sent.on("timeout", () => sent.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    sent.on("error", failed);
    sent.end(body);
  });
}

/** The data of a stream's frames, in order. */
export function framesOf({ body }: ModelAnswer): string[] {
  return [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!);
}
