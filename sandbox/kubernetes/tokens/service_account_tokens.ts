/**
 * Who is behind a bearer token? Makes the tokens of ServiceAccounts and tells whose they are; keeps
 * none, but remembers for a while whom it has believed, as the real server does: a token of an account
 * that is gone is believed for as long.
 * Sources: kubernetes/pkg/serviceaccount/{jwt,claims}.go; apiserver, pkg/authentication/token/cache.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";
import type { Clock } from "../../../core/load/clock.ts";
import type { User } from "../../../kube/server/access.ts";
import type { Store } from "../store/store.ts";
import type { StoredObject } from "../store/stored_object.ts";
import { TokenSigner } from "./signed_token.ts";

const ISSUER = "https://kubernetes.default.svc";
/** For whom a token is that names nobody, and who a review means that names nobody. */
export const API_AUDIENCES: readonly string[] = [ISSUER];
const BELIEVED_MS = 10_000;
const NOT_VALID = "invalid bearer token";

export interface TokenUser extends User {
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Who it is, for which of the audiences that were asked; or why nobody. */
export type TokenVerdict =
  | { readonly user: TokenUser; readonly audiences: readonly string[] }
  | { readonly error: string };

interface Surroundings {
  readonly store: Store;
  readonly clock: Clock;
  /** For each token. */
  readonly newId: () => string;
  /** Tokens that are no ServiceAccount's, and whose they are. */
  readonly staticTokens?: ReadonlyMap<string, User> | undefined;
}

interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iss: string;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
  };
}

export class ServiceAccountTokens {
  readonly #around: Surroundings;
  readonly #signer = new TokenSigner();
  /** By token and audiences. */
  readonly #believed = new Map<string, { readonly untilMs: number; readonly is: TokenVerdict }>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  mint(
    { name, namespace, fields }: StoredObject,
    { audiences, lifeSeconds }: {
      readonly audiences: readonly string[];
      readonly lifeSeconds: number;
    },
  ): { readonly token: string; readonly expiresAt: Date } {
    const { clock, newId } = this.#around;
    const now = Math.floor(clock.wallNow().getTime() / 1_000);
    const exp = now + lifeSeconds;
    const token = this.#signer.sign({
      aud: audiences,
      exp,
      iat: now,
      iss: ISSUER,
      jti: newId(),
      "kubernetes.io": { namespace, serviceaccount: { name, uid: fields.metadata.uid } },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    return { token, expiresAt: new Date(exp * 1_000) };
  }

  /** @param audiences that are asked for; at least one */
  review(token: string, audiences: readonly string[]): TokenVerdict {
    const nowMs = this.#around.clock.now();
    const key = JSON.stringify([token, audiences]);
    const known = this.#believed.get(key);
    if (known !== undefined && nowMs < known.untilMs) return known.is;
    const is = this.#look(token, audiences);
    this.#believed.delete(key);
    // What is not believed is looked at each time.
    if ("user" in is) this.#believed.set(key, { untilMs: nowMs + BELIEVED_MS, is });
    this.#forgetBefore(nowMs);
    return is;
  }

  #look(token: string, audiences: readonly string[]): TokenVerdict {
    const known = this.#around.staticTokens?.get(token);
    if (known !== undefined) {
      const shared = API_AUDIENCES.filter((one) => audiences.includes(one));
      return shared.length === 0 ? { error: NOT_VALID } : { user: known, audiences: shared };
    }
    const opened = this.#signer.open(token);
    if (opened.kind === "not-a-token" || opened.claims["iss"] !== ISSUER) {
      return { error: NOT_VALID };
    }
    if (opened.kind === "forged") {
      return refused("go-jose/go-jose: error in cryptographic primitive");
    }
    return this.#ofClaims(opened.claims as unknown as Claims, audiences);
  }

  #ofClaims(claims: Claims, asked: readonly string[]): TokenVerdict {
    const { aud, exp, jti, "kubernetes.io": { namespace, serviceaccount: { name, uid } } } = claims;
    const audiences = aud.filter((one) => asked.includes(one));
    if (audiences.length === 0) {
      const [of, target] = [aud, asked].map((list) => `[${list.map(goQuote).join(" ")}]`);
      return refused(`token audiences ${of} is invalid for the target audiences ${target}`);
    }
    const { clock, store } = this.#around;
    if (clock.wallNow().getTime() >= exp * 1_000) {
      return refused("service account token has expired");
    }
    const account = store.collection("serviceaccounts").get(namespace, name);
    if (account === undefined) return refused(`serviceaccounts ${goQuote(name)} not found`);
    const { uid: current } = account.fields.metadata;
    if (current !== uid) {
      return refused(`service account UID (${current}) does not match claim (${uid})`);
    }
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
    return {
      user: {
        username: `system:serviceaccount:${namespace}:${name}`,
        uid,
        groups: [...groups, "system:authenticated"],
        extra: { "authentication.kubernetes.io/credential-id": [`JTI=${jti}`] },
      },
      audiences,
    };
  }

  /** Of the map's order the oldest are first. */
  #forgetBefore(nowMs: number): void {
    for (const [key, { untilMs }] of this.#believed) {
      if (untilMs > nowMs) return;
      this.#believed.delete(key);
    }
  }
}

/** Each authenticator that was asked says why it does not know the token. */
function refused(why: string): TokenVerdict {
  return { error: `[${NOT_VALID}, ${why}]` };
}
