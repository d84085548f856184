/**
 * What does a behaviour of the suite have at hand? Users of its own, answers of the gateway, and limits
 * that it may change. At its end the users are gone and the limits are as they were.
 * @module
 */

import assert from "node:assert/strict";
import { request } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { RATE_LIMIT_POLICIES, TOKEN_RATE_LIMIT_POLICIES } from "../../../kube/kuadrant/kinds.ts";
import { resourcePath } from "../../../kube/resource.ts";
import { ask, eventually, get, patch, post, remove } from "../asking.ts";
import type { MaasSubject } from "./subject.ts";

export interface ChatAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Question {
  /** As `Bearer`; undefined: no credential. */
  readonly token?: string;
  /** Instead of it. */
  readonly authorization?: string;
  readonly path?: string;
  /** Over what is asked anyway: five words, four tokens. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** One user. */
export interface SceneUser {
  readonly token: string;
  /** Of its ServiceAccount. */
  readonly path: string;
}

type Rate = { readonly limit: number; readonly window?: string };
interface SeenPolicy {
  readonly metadata: { readonly generation?: number };
  readonly spec: { readonly limits: Readonly<Record<string, { readonly rates: readonly Rate[] }>> };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Far from every limit. */
const MANY = 1_000_000;

export class MaasScene implements AsyncDisposable {
  readonly #subject: MaasSubject;
  readonly #id: string;
  readonly #undo: (() => Promise<void>)[] = [];
  #users = 0;

  constructor(subject: MaasSubject, id: string) {
    this.#subject = subject;
    this.#id = id;
  }

  /** @param options.namespace the free tier's unless given */
  async user(
    { namespace = this.#subject.tierNamespace("free"), audience = this.#subject.audience } = {},
  ): Promise<SceneUser> {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    const name = `${this.#id}-${++this.#users}`;
    await post(this.#subject, accounts, { metadata: { name } });
    const path = `${accounts}/${name}`;
    this.#undo.push(async () => void await ask(this.#subject, path, { method: "DELETE" }));
    const { status } = await post(this.#subject, `${path}/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: [audience] },
    }) as unknown as { status: { token: string } };
    return { token: status.token, path };
  }

  /** In a namespace of no tier. */
  async stranger(): Promise<SceneUser> {
    const name = `${this.#id}-strangers`;
    await post(this.#subject, "/api/v1/namespaces", { metadata: { name } });
    this.#undo.push(async () => void await remove(this.#subject, `/api/v1/namespaces/${name}`));
    return await this.user({ namespace: name });
  }

  ask(question: Question = {}): Promise<ChatAnswer> {
    const { address, port, host, model, modelPath } = this.#subject;
    const { path = `${modelPath}/v1/chat/completions`, token, body = {} } = question;
    const authorization = question.authorization ??
      (token === undefined ? undefined : `Bearer ${token}`);
    const { promise, resolve, reject } = Promise.withResolvers<ChatAnswer>();
    request({
      host: address,
      port,
      method: "POST",
      path,
      headers: {
        host,
        "content-type": "application/json",
        ...(authorization === undefined ? {} : { authorization }),
      },
    }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text) => body += text).on("error", reject)
        .on("end", () => resolve({ status: answer.statusCode!, body, headers: answer.headers }));
    }).on("error", reject).end(JSON.stringify({
      model,
      messages: [{ role: "user", content: "one two three four five" }],
      max_tokens: 4,
      ...body,
    }));
    return promise;
  }

  /** One after the other. */
  async statuses(count: number, question: Question): Promise<number[]> {
    const statuses: number[] = [];
    for (let sent = 0; sent < count; sent++) statuses.push((await this.ask(question)).status);
    return statuses;
  }

  /** Of the free tier; in force when it resolves. The window stays as it is unless given. */
  async limitRequests(rate: Rate): Promise<void> {
    await this.#limit("requests", rate);
  }

  async limitTokens(rate: Rate): Promise<void> {
    await this.#limit("tokens", rate);
  }

  /** No limit gets in the way. */
  async lift(): Promise<void> {
    if (!this.#subject.traits.hasLimits) return;
    await this.limitRequests({ limit: MANY });
    await this.limitTokens({ limit: MANY });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }

  async #limit(counts: "requests" | "tokens", { limit, window }: Rate): Promise<void> {
    const isRequests = counts === "requests";
    const { namespace = "", name } = this.#subject.policies[counts];
    const kind = isRequests ? RATE_LIMIT_POLICIES : TOKEN_RATE_LIMIT_POLICIES;
    const path = resourcePath(kind, { namespace, name });
    const key = isRequests ? "free" : "free-user-tokens";
    const { limits } = (await this.#policy(path)).spec;
    const before = limits[key]!.rates;
    const rates = [{ ...before[0]!, limit, ...(window === undefined ? {} : { window }) }];
    if (isDeepStrictEqual(rates, before)) return;
    this.#undo.push(() => this.#setRates(path, key, before));
    await this.#setRates(path, key, rates);
  }

  async #setRates(path: string, key: string, rates: readonly Rate[]): Promise<void> {
    await patch(this.#subject, path, { body: { spec: { limits: { [key]: { rates } } } } });
    await eventually(`${path} is enforced`, async () => {
      const { metadata: { generation }, status } = await this.#policy(path);
      const enforced = status?.conditions?.find(({ type }) => type === "Enforced");
      return status?.observedGeneration === generation && enforced?.status === "True";
    });
  }

  async #policy(path: string): Promise<SeenPolicy> {
    return await get(this.#subject, path) as unknown as SeenPolicy;
  }
}

/** `data:` lines of a stream: parsed, but for its end. */
export function framesOf({ body }: ChatAnswer): unknown[] {
  const lines = body.split("\n").filter((line) => line.startsWith("data: "));
  return lines.map((line) => {
    const text = line.slice("data: ".length);
    return text === "[DONE]" ? text : JSON.parse(text);
  });
}

/** The answer has this status, no body, and this in `x-ext-auth-reason`. */
export function assertRefused(
  { status, body, headers }: ChatAnswer,
  expected: { readonly status: number; readonly reason: string },
): void {
  assert.deepEqual({ status, body, reason: headers["x-ext-auth-reason"] }, {
    ...expected,
    body: "",
  });
  const asks = headers["www-authenticate"];
  assert.equal(asks, status === 401 ? 'Bearer realm="service-accounts"' : undefined);
}
