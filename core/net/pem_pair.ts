/**
 * Can a certificate and a key be shown to the other side? Asked before the runtime gets them, because
 * Deno 2.6.8 ends the process, past every catch, for a key that is not the certificate's or of a kind
 * that its TLS does not have. Never puts a part of them into a message.
 * @module
 */

import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { CannotRunError } from "../errors.ts";

/** Certificate and private key, PEM; further certificates of the chain may follow the first. */
export interface PemPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** How messages call the two, as the subject of a sentence, e.g. `The certificate "a.crt"`. */
interface PairNames {
  readonly cert: string;
  readonly key: string;
}

/** What rustls takes: a key of any other kind cannot be used, however sound it is. */
const KEY_KINDS = "RSA of 2048 to 8192 bits, EC (P-256, P-384, P-521) or Ed25519";
const RSA_BITS = { least: 2_048, most: 8_192 };
/** As OpenSSL calls them, and as Deno 2.6.8 does; that one cannot read a P-521 key at all. */
const CURVES = ["prime256v1", "secp384r1", "secp521r1", "p256", "p384", "p521"];

/**
 * @param options.remedy what to do about a certificate that has expired
 * @throws {CannotRunError} if the two cannot be used together now; the message tells why
 */
export function checkPemPair(
  pair: PemPair,
  { names, now, remedy = "renew it" }: { names: PairNames; now: Date; remedy?: string },
): void {
  const [own, ...others] = certificatesIn(pair.certPem, names);
  const expiry = new Date(own.parsed.validTo);
  if (expiry.getTime() < now.getTime()) {
    const date = expiry.toISOString().replace(/\.\d+Z$/, "Z");
    throw new CannotRunError(`${names.cert} expired on ${date}: ${remedy}`);
  }
  const publicKey = publicKeyOf(pair.keyPem, names);
  if (holds(own, publicKey)) return;
  throw new CannotRunError(
    others.some((one) => holds(one, publicKey))
      ? `${names.cert} has its own certificate behind another one: it must come first`
      : `${names.key} does not belong to ${uncapitalized(names.cert)}`,
  );
}

/**
 * Whether it is an authority's (CA:TRUE): rustls, with which this program is built, refuses that as a
 * server's, RFC 5280 section 4.2.1.9.
 */
export function isAuthority(certPem: string): boolean {
  return new X509Certificate(certPem).ca;
}

interface Certificate {
  readonly parsed: X509Certificate;
  /** Deno 2.6.8 cannot say it of one that is parsed (`raw`). */
  readonly der: Buffer;
}

function certificatesIn(text: string, names: PairNames): [Certificate, ...Certificate[]] {
  try {
    const [first, ...others] = text.matchAll(
      /-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----/gs,
    );
    if (first !== undefined) return [certificateOf(first), ...others.map(certificateOf)];
  } catch {
    // As if it were none.
  }
  throw new CannotRunError(`${names.cert} is no PEM certificate`);
}

function certificateOf([pem, base64 = ""]: readonly string[]): Certificate {
  return { parsed: new X509Certificate(pem!), der: Buffer.from(base64, "base64") };
}

/** DER of the SubjectPublicKeyInfo. */
function publicKeyOf(text: string, names: PairNames): Buffer {
  const keys = text.match(/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----.+?-----END \1?PRIVATE KEY-----/gs);
  const [pem, ...others] = keys ?? [];
  if (pem === undefined) throw new CannotRunError(`${names.key} is no PEM private key`);
  if (others.length > 0) {
    throw new CannotRunError(`${names.key} holds ${keys?.length} private keys: leave one`);
  }
  if (/ENCRYPTED/.test(pem)) {
    throw new CannotRunError(`${names.key} is encrypted: decrypt it first, e.g. with openssl pkey`);
  }
  const spki = usablePublicKey(pem);
  if (spki === undefined) {
    throw new CannotRunError(`${names.key} cannot be used for TLS here: expected ${KEY_KINDS}`);
  }
  return spki;
}

function usablePublicKey(keyPem: string): Buffer | undefined {
  try {
    const key = createPrivateKey(keyPem);
    if (!isUsable(key)) return undefined;
    // The types of node:crypto have no private key here; Node takes one, and so do both Denos.
    return createPublicKey(key as unknown as string).export({ type: "spki", format: "der" });
  } catch {
    return undefined;
  }
}

function isUsable({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  const { modulusLength = 0, namedCurve = "" } = details ?? {};
  if (type === "rsa") return modulusLength >= RSA_BITS.least && modulusLength <= RSA_BITS.most;
  return type === "ec" ? CURVES.includes(namedCurve) : type === "ed25519";
}

/** By its bytes, which stand in the certificate as they are: Deno 2.6.8 cannot read every kind from it. */
function holds({ der }: Certificate, publicKey: Buffer): boolean {
  return der.includes(publicKey);
}

function uncapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
