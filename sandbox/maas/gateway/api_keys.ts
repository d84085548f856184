/**
 * Keys that stand for a user, as maas-api hands them out. They live as long as the sandbox.
 * Source: opendatahub-io/models-as-a-service, maas-api/internal/api_keys.
 * @module
 */

import { parseDurationMs } from "../../../core/units.ts";
import type { Clock } from "../../../core/load/clock.ts";
import type { User } from "../../../kube/server/access.ts";

interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly owner: User;
  readonly expiresAt: Date;
  readonly subscription: string | undefined;
}

const PREFIX = "sk-oai-";
const USUAL_LIFE_MS = 30 * 86_400_000;

export class ApiKeys {
  readonly #clock: Clock;
  /** By the key itself. */
  readonly #keys = new Map<string, ApiKey>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Who is behind a key; undefined: it is none, or no longer. */
  userOf(key: string): User | undefined {
    const found = key.startsWith(PREFIX) ? this.#keys.get(key) : undefined;
    return found !== undefined && found.expiresAt > this.#clock.wallNow() ? found.owner : undefined;
  }

  /** `POST /api-keys`, `GET` and `DELETE /api-keys/ID`. */
  async answer(request: Request, owner: User): Promise<Response> {
    const id = new URL(request.url).pathname.split("/api-keys")[1]!.replace(/^\//, "");
    if (request.method === "POST" && id === "") return this.#create(await request.text(), owner);
    const own = [...this.#keys].filter(([, key]) => key.owner.username === owner.username);
    if (request.method === "GET" && id === "") {
      return Response.json({ object: "list", data: own.map(([, key]) => shown(key)) });
    }
    const found = own.find(([, key]) => key.id === id);
    if (found === undefined) {
      return Response.json({ error: "API key not found" }, { status: 404 });
    }
    const [text, key] = found;
    if (request.method === "GET") return Response.json(shown(key));
    if (request.method !== "DELETE") return new Response(null, { status: 405 });
    this.#keys.delete(text);
    return new Response(null, { status: 204 });
  }

  #create(body: string, owner: User): Response {
    try {
      const { name, expiresIn, expiration, subscription } = JSON.parse(body || "{}");
      if (typeof name !== "string" || name === "") throw new SyntaxError("name is required");
      const life = expiresIn ?? expiration;
      const lifeMs = life === undefined ? USUAL_LIFE_MS : parseDurationMs(String(life));
      const text = PREFIX + crypto.randomUUID().replaceAll("-", "");
      const expiresAt = new Date(this.#clock.wallNow().getTime() + lifeMs);
      const key = { id: crypto.randomUUID(), name, owner, expiresAt, subscription };
      this.#keys.set(text, key);
      return Response.json({ key: text, ...shown(key) }, { status: 201 });
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      return Response.json({ error: error.message }, { status: 400 });
    }
  }
}

function shown({ id, name, expiresAt, subscription }: ApiKey) {
  return { id, name, subscription, status: "active", expiresAt: expiresAt.toISOString() };
}
