/** A stand-in for a Models-as-a-Service installation on real sockets, and short ways to use it. @module */

import assert from "node:assert/strict";
import { request } from "node:http";
import { SystemClock } from "../../../core/load/clock.ts";
import { createRng } from "../../../core/load/rng.ts";
import type { Resource } from "../../../kube/resource.ts";
import { NAMESPACES as NAMESPACE_KIND, resourcePath } from "../../../kube/resource.ts";
import { SANDBOX_USER } from "../../../sandbox/authentication.ts";
import { KubernetesApi } from "../../../sandbox/kubernetes/api.ts";
import { parseMaasFault } from "../../../sandbox/maas/faults/fault_spec.ts";
import { HOST, MODEL, MODEL_PATH, NAMESPACES } from "../../../sandbox/maas/installation.ts";
import { MaasStandIn } from "../../../sandbox/maas/maas_stand_in.ts";
import {
  AS_INSTALLED,
  GATEWAY_AUDIENCE,
  type MaasSettings,
  TUNED,
} from "../../../sandbox/maas/settings.ts";

/** What a client gets. */
export interface Answered {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** It ended as HTTP says it has to. */
  readonly isComplete: boolean;
}

interface AskOptions {
  readonly token?: string;
  readonly authorization?: string;
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  /** Of the body, over what a chat asks. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Nothing takes long unless it is told to. */
export const QUICK: MaasSettings = {
  ...TUNED,
  auth: { ...TUNED.auth, delayMs: 0 },
  policies: { ...TUNED.policies, lagMs: 0 },
  model: { ...TUNED.model, ttftMs: 0, gapMs: 0 },
};

export const CHAT = `${MODEL_PATH}/v1/chat/completions`;

export function withAuth(auth: Partial<MaasSettings["auth"]>): MaasSettings {
  return { ...QUICK, auth: { ...AS_INSTALLED.auth, timeoutMs: 2_000, delayMs: 0, ...auth } };
}

export class MaasUnderTest implements AsyncDisposable {
  readonly standIn: MaasStandIn;
  readonly api: KubernetesApi;

  private constructor(standIn: MaasStandIn, api: KubernetesApi) {
    this.standIn = standIn;
    this.api = api;
  }

  static async start(
    { settings = QUICK, faults = [] }: {
      readonly settings?: MaasSettings;
      /** As they are given. */
      readonly faults?: readonly string[];
    } = {},
  ): Promise<MaasUnderTest> {
    const clock = new SystemClock();
    const api = new KubernetesApi({ clock, rng: createRng(1) });
    for (const name of NAMESPACES) {
      await send(api, "POST", resourcePath(NAMESPACE_KIND), { metadata: { name } });
    }
    const standIn = await MaasStandIn.start({
      kube: (call) => api.handle(call),
      clock,
      rng: createRng(1),
      settings,
      faults: faults.map(parseMaasFault),
    });
    return new MaasUnderTest(standIn, api);
  }

  /** Of a user of the tier, who is made for it. */
  async token(
    name: string,
    { tier = "free", audiences = [GATEWAY_AUDIENCE] }: {
      readonly tier?: string;
      readonly audiences?: readonly string[];
    } = {},
  ): Promise<string> {
    const namespace = `maas-default-gateway-tier-${tier}`;
    await this.api.handle(call("POST", resourcePath(NAMESPACE_KIND), {
      metadata: { name: namespace },
    }));
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await send(this.api, "POST", accounts, { metadata: { name } });
    const { status } = await send(this.api, "POST", `${accounts}/${name}/token`, {
      spec: { audiences },
    }) as { status: { token: string } };
    return status.token;
  }

  async get(resource: Resource, at: { namespace: string; name: string }) {
    return await send(this.api, "GET", resourcePath(resource, at)) as {
      spec: { limits: Record<string, { rates: { limit: number }[] }> };
      metadata: { generation: number };
      status?: {
        observedGeneration?: number;
        conditions: { type: string; status: string; message: string }[];
      };
    };
  }

  /** As a merge patch. */
  async patch(resource: Resource, at: { namespace: string; name: string }, patch: unknown) {
    return await send(this.api, "PATCH", resourcePath(resource, at), patch);
  }

  async ask(options: AskOptions = {}): Promise<Answered> {
    const { token, method = "POST", path = CHAT, host = HOST, body = {} } = options;
    const authorization = options.authorization ??
      (token === undefined ? undefined : `Bearer ${token}`);
    const text = method !== "POST" ? "" : JSON.stringify({
      model: MODEL.served,
      messages: [{ role: "user", content: "say something" }],
      max_tokens: 4,
      ...body,
    });
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    request({
      host: "127.0.0.1",
      port: this.standIn.port,
      method,
      path,
      headers: {
        host,
        "content-type": "application/json",
        ...(authorization === undefined ? {} : { authorization }),
      },
    }, (answer) => {
      const { statusCode: status = 0, headers } = answer;
      let body = "";
      const end = (isComplete: boolean) => resolve({ status, headers, body, isComplete });
      answer.setEncoding("utf8").on("data", (part) => body += part)
        .on("error", () => end(false)).on("end", () => end(answer.complete));
    }).on("error", reject).end(text);
    return await promise;
  }

  /** How many of each status came back of so many at once. */
  async statuses(asks: readonly AskOptions[]): Promise<Record<number, number>> {
    const answers = await Promise.all(asks.map((options) => this.ask(options)));
    const counts: Record<number, number> = {};
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }

  async page(component: string): Promise<string> {
    const answer = await fetch(`${this.standIn.metricsUrl}/${component}/metrics`);
    assert.equal(answer.status, 200);
    return await answer.text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.standIn.close();
    this.api[Symbol.dispose]();
  }
}

function call(method: string, path: string, body?: unknown) {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  return {
    method,
    path,
    headers: new Headers({ "content-type": type }),
    body: body === undefined ? "" : JSON.stringify(body),
    user: SANDBOX_USER,
    signal: new AbortController().signal,
  };
}

async function send(
  api: KubernetesApi,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await api.handle(call(method, path, body));
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${text}`);
  return JSON.parse(text);
}
