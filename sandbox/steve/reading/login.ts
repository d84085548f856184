/**
 * Who may use this Steve, and how does a client get a token? As Rancher in front of it does; a Steve
 * of its own lets everybody in.
 * Source: rancher/rancher, pkg/auth/providers/publicapi/login.go, pkg/auth/requests.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import { ownValue } from "../../../core/named_values.ts";
import { readBody } from "../../../core/net/http_server.ts";

export interface LoginAccount {
  readonly username: string;
  readonly password: string;
  /** `token-xxxxx:secret`: good without a login. */
  readonly token: string;
  /** Which paths there are; Rancher 2.12 has only v3, later ones both. @default both */
  readonly paths?: readonly LoginPath[];
}

type LoginPath = "v1-public" | "v3-public";

const PATHS: Readonly<Record<string, LoginPath>> = {
  "/v1-public/login": "v1-public",
  "/v3-public/localProviders/local": "v3-public",
};
const MOST_LOGIN_BYTES = 64 * 1024;
const SESSION_MS = 16 * 3_600_000;
const NAME_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";
const COOKIE = /(?:^|;\s*)R_SESS=([^;]*)/;

export class Login {
  readonly #account: LoginAccount | undefined;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #tokens = new Set<string>();

  constructor(account: LoginAccount | undefined, { clock, rng }: { clock: Clock; rng: Rng }) {
    this.#account = account;
    this.#clock = clock;
    this.#rng = rng;
    if (account !== undefined) this.#tokens.add(account.token);
  }

  /** Whether a request comes from somebody; a header counts before a cookie. */
  admits(headers: Headers): boolean {
    if (this.#account === undefined) return true;
    const [, bearer] = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
    const [, cookie] = COOKIE.exec(headers.get("cookie") ?? "") ?? [];
    return this.#tokens.has(bearer ?? cookie ?? "");
  }

  /** @returns undefined for a path that is not a login's */
  async answer(request: Request, pathname: string): Promise<Response | undefined> {
    const path = ownValue(PATHS, pathname);
    const account = this.#account;
    if (path === undefined || account === undefined) return undefined;
    if (!(account.paths ?? ["v1-public", "v3-public"]).includes(path)) return notFound();
    if (request.method !== "POST") return notFound();
    const given = await readJson(request);
    if (path === "v1-public" && given["type"] !== "localProvider") {
      return errorAnswer(422, "unknown authentication type");
    }
    const { username, password, responseType } = given;
    if (username !== account.username || password !== account.password) {
      return errorAnswer(401, "authentication failed");
    }
    return this.#session(responseType === "cookie");
  }

  #session(wantsCookie: boolean): Response {
    const id = `token-${this.#text(5)}`;
    const token = `${id}:${this.#text(54)}`;
    this.#tokens.add(token);
    if (wantsCookie) {
      const cookie = `R_SESS=${token}; Path=/; HttpOnly; Secure`;
      return new Response(null, { status: 200, headers: { "set-cookie": cookie } });
    }
    const expiresAt = new Date(this.#clock.wallNow().getTime() + SESSION_MS).toISOString();
    return Response.json({ baseType: "token", expiresAt, id, token, type: "token" }, {
      status: 201,
    });
  }

  #text(length: number): string {
    return Array.from(
      { length },
      () => NAME_CHARACTERS[this.#rng.integerBelow(NAME_CHARACTERS.length)],
    ).join("");
  }
}

/** For those that {@link Login.admits} does not. */
export function mustAuthenticate(): Response {
  return errorAnswer(401, "must authenticate");
}

function notFound(): Response {
  return errorAnswer(404, "not found");
}

/** Rancher's own layer has its status as text. */
function errorAnswer(status: number, message: string): Response {
  return Response.json({ type: "error", status: String(status), message }, { status });
}

/** Without a login anybody may send one: what is too large is as good as what is no JSON. */
async function readJson(request: Request): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body = await readBody(request.body, { mostBytes: MOST_LOGIN_BYTES });
    return JSON.parse(body.toString("utf8"));
  } catch {
    return {};
  }
}
