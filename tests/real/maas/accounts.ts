/**
 * Whose tokens does a test have, and what does the API server say of them? Plain requests that share no
 * code with what is tested.
 * @module
 */

import assert from "node:assert/strict";
import type { Answer } from "../api_requests.ts";
import type { ControlPlane } from "../control_plane.ts";
import { MAAS, type Tier, tierNamespace } from "./objects.ts";

export interface TokenOptions {
  /** The gateway's unless given. */
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
}

/** What a review answers. */
export interface ReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly audiences?: readonly string[];
  readonly error?: string;
}

/** A ServiceAccount of a tier, which a test makes and deletes. */
export class Account {
  readonly #plane: ControlPlane;
  readonly #collection: string;
  readonly name: string;

  private constructor(plane: ControlPlane, namespace: string, name: string) {
    this.#plane = plane;
    this.#collection = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    this.name = name;
  }

  static async create(plane: ControlPlane, tier: Tier, name: string): Promise<Account> {
    return await Account.createIn(plane, tierNamespace(tier), name);
  }

  static async createIn(plane: ControlPlane, namespace: string, name: string): Promise<Account> {
    const account = new Account(plane, namespace, name);
    await account.make();
    return account;
  }

  /** Again, if it was deleted. */
  async make(): Promise<void> {
    const body = { metadata: { name: this.name } };
    await this.#plane.admin(this.#collection, { method: "POST", body });
  }

  async delete(): Promise<void> {
    await this.#plane.admin(`${this.#collection}/${this.name}`, { method: "DELETE" });
  }

  /** Whatever the server answers to a TokenRequest. */
  async request(
    { audiences = [MAAS.audience], expirationSeconds = 3_600 }: TokenOptions = {},
  ): Promise<Answer> {
    return await this.#plane.request("admin", `${this.#collection}/${this.name}/token`, {
      method: "POST",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { audiences, expirationSeconds },
      },
    });
  }

  async token(options: TokenOptions = {}): Promise<string> {
    const { status, body } = await this.request(options);
    assert.equal(status, 201, JSON.stringify(body));
    return (body as { status: { token: string } }).status.token;
  }
}

/** For the Authorization header, of a new account. */
export async function bearerOf(plane: ControlPlane, tier: Tier, name: string): Promise<string> {
  const account = await Account.create(plane, tier, name);
  return `Bearer ${await account.token()}`;
}

/** @param audiences that the token has to be for; left out unless given */
export async function reviewToken(
  plane: ControlPlane,
  token: string,
  audiences?: readonly string[],
): Promise<Answer> {
  return await plane.request("admin", "/apis/authentication.k8s.io/v1/tokenreviews", {
    method: "POST",
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token, ...(audiences === undefined ? {} : { audiences }) },
    },
  });
}

export async function reviewStatus(
  plane: ControlPlane,
  token: string,
  audiences: readonly string[] = [MAAS.audience],
): Promise<ReviewStatus> {
  const { status, body } = await reviewToken(plane, token, audiences);
  assert.equal(status, 201, JSON.stringify(body));
  return (body as { status: ReviewStatus }).status;
}

/** The same token with another signature. */
export function damaged(token: string): string {
  const at = token.lastIndexOf(".") + 10;
  const letter = token[at] === "A" ? "B" : "A";
  return token.slice(0, at) + letter + token.slice(at + 1);
}

/** How many requests of this kind the API server has answered. */
export async function requestsOf(plane: ControlPlane, resource: string): Promise<number> {
  const page = await plane.admin<string>("/metrics");
  const lines = page.matchAll(
    new RegExp(`^apiserver_request_total\\{[^}]*resource="${resource}"[^}]*\\} (\\S+)$`, "gm"),
  );
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}
