/**
 * How does a token carry claims that nobody can change? Signs and opens JSON Web Tokens with one key,
 * which is made when it is first used and never leaves. Knows no claim.
 * Source: RFC 7515, section 7.1 (compact form); kubernetes/pkg/serviceaccount/jwt.go, for RS256.
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

const HASH = "RSA-SHA256";
/** As kubeadm makes it, so that a token is as long as a real one. */
const KEY_BITS = 2048;

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** What a text is as a token. */
export type OpenedToken =
  | { readonly kind: "not-a-token" }
  | { readonly kind: "forged"; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly kind: "genuine"; readonly claims: Readonly<Record<string, unknown>> };

export class TokenSigner {
  #keys: Keys | undefined;

  sign(claims: Readonly<Record<string, unknown>>): string {
    const { privateKey, publicKey } = this.#pair;
    const signed = `${encoded({ alg: "RS256", kid: keyId(publicKey) })}.${encoded(claims)}`;
    return `${signed}.${sign(HASH, Buffer.from(signed), privateKey).toString("base64url")}`;
  }

  open(token: string): OpenedToken {
    const parts = token.split(".");
    const claims = parts.length === 3 ? decoded(parts[1]!) : undefined;
    if (claims === undefined) return { kind: "not-a-token" };
    const [header, payload, signature] = parts as [string, string, string];
    const isGenuine = verify(
      HASH,
      Buffer.from(`${header}.${payload}`),
      this.#pair.publicKey,
      Buffer.from(signature, "base64url"),
    );
    return { kind: isGenuine ? "genuine" : "forged", claims };
  }

  get #pair(): Keys {
    return this.#keys ??= generateKeyPairSync("rsa", { modulusLength: KEY_BITS });
  }
}

function keyId(key: KeyObject): string {
  const der = key.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64url");
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decoded(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
