/**
 * The API of MaaS for API keys, asked through the gateway by whoever the key is to be of. Each request is
 * sent once.
 * Source: opendatahub-io/models-as-a-service, maas-api, routes `/v1/api-keys` of 2026.
 * @module
 */

import * as z from "zod";
import { OperationFailedError } from "../../../core/errors.ts";
import { parsedJson } from "../../../core/parsed_json.ts";
import { failureReason, failureText } from "../../../core/net/fetch_failure.ts";
import { requestBytes } from "../../../core/net/http1_head.ts";
import type { Http1Answer, Http1Connection } from "../../../core/net/http1_connection.ts";
import { given } from "../../../core/given.ts";
import type { HeaderList } from "../chat/chat.ts";
import { failureOf } from "../chat/failure.ts";
import { type EndpointPlace, openEndpoint } from "../chat/open_endpoint.ts";

/** What is asked for. */
export interface KeyWish {
  readonly name: string;
  readonly lifeMs: number;
  /** What its requests count for; undefined: the server's choice. */
  readonly subscription: string | undefined;
}

export interface MadeKey {
  /** By which it is deleted. */
  readonly id: string;
  /** A secret. */
  readonly key: string;
}

interface CallerOptions {
  /** Of the owner, who is known by a token of its account. */
  readonly headers: HeaderList;
  readonly signal: AbortSignal;
}

const KEYS_PATH = "/maas-api/v1/api-keys";
const LIMITS = { keptBytes: 65_536, mostBytes: 1_048_576 };
const Made = z.object({ id: z.string().min(1), key: z.string().min(1) });

/** See the module. Connections are kept until it is disposed. */
export class KeyApi implements Disposable {
  readonly #place: EndpointPlace;
  readonly #idle: Http1Connection[] = [];

  constructor(place: EndpointPlace) {
    this.#place = place;
  }

  /**
   * @throws {OperationFailedError} for another answer than a key; no secret is in its text
   * @throws the signal's reason
   */
  async create({ name, lifeMs, subscription }: KeyWish, options: CallerOptions): Promise<MadeKey> {
    const expiresIn = `${Math.ceil(lifeMs / 1_000)}s`;
    const body = JSON.stringify({ name, expiresIn, ...given({ subscription }) });
    const answer = await this.#call("POST", KEYS_PATH, { ...options, body });
    const { data, success } = Made.safeParse(parsedJson(answer.bodyHead));
    if (success) return data;
    const why = `Cannot use the answer to POST ${KEYS_PATH}: it is no API key with an id`;
    throw new OperationFailedError("protocol", why);
  }

  /** One that is gone already counts as deleted. @throws as {@link create} */
  async delete(id: string, options: CallerOptions): Promise<void> {
    const path = `${KEYS_PATH}/${encodeURIComponent(id)}`;
    await this.#call("DELETE", path, { ...options, isFine: (status) => status === 404 });
  }

  [Symbol.dispose](): void {
    for (const connection of this.#idle.splice(0)) connection[Symbol.dispose]();
  }

  async #call(
    method: "POST" | "DELETE",
    path: string,
    { headers, body, signal, isFine = () => false }: CallerOptions & {
      readonly body?: string;
      readonly isFine?: (status: number) => boolean;
    },
  ): Promise<Http1Answer> {
    const bytes = requestBytes(method, {
      host: this.#place.origin.host,
      path,
      headers: [["Content-Type", "application/json"], ...headers],
      ...given({ body: body === undefined ? undefined : new TextEncoder().encode(body) }),
    });
    const answer = await this.#exchange(bytes, signal);
    const { status } = answer;
    if ((status >= 200 && status < 300) || isFine(status)) return answer;
    const { reason } = failureOf({ ...answer, body: answer.bodyHead })!;
    // Not its words: who echoes a request would tell a secret.
    throw new OperationFailedError(reason, `Cannot ${method} ${path}: answered ${status}`);
  }

  async #exchange(bytes: Uint8Array, signal: AbortSignal): Promise<Http1Answer> {
    signal.throwIfAborted();
    let connection: Http1Connection | undefined;
    const cut = () => connection?.[Symbol.dispose]();
    signal.addEventListener("abort", cut);
    try {
      connection = this.#kept() ?? await openEndpoint(this.#place, signal);
      return await connection.exchange(bytes, LIMITS);
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof OperationFailedError) throw thrown;
      throw new OperationFailedError(failureReason(thrown), failureText(thrown), { cause: thrown });
    } finally {
      signal.removeEventListener("abort", cut);
      if (connection?.isOpen) this.#idle.push(connection);
    }
  }

  #kept(): Http1Connection | undefined {
    for (let one = this.#idle.pop(); one !== undefined; one = this.#idle.pop()) {
      if (one.isOpen) return one;
    }
    return undefined;
  }
}
