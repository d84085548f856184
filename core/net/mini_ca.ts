/**
 * With which certificate does a server of ours show itself when nobody gave it one? Makes a
 * certificate authority for this one run and a server certificate under it. Never writes a file and
 * never keeps the authority's key, so nobody can issue a second certificate from it.
 * @module
 */

import type { X509Certificate } from "@peculiar/x509";
import { isIP } from "node:net";

const HOUR_MS = 3_600_000;
/** Long enough for any soak test, short enough to be worthless when it leaks. */
const DEFAULT_VALID_MS = 30 * 24 * HOUR_MS;
/** Clocks of the machines under test differ; a certificate from "the future" is refused. */
const BACKDATED_MS = HOUR_MS;
/** id-kp-serverAuth, RFC 5280 section 4.2.1.12. */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** PEM texts: what the server shows and what its clients have to trust. */
export interface ServerIdentity {
  /** The authority's certificate, for the clients. */
  readonly caPem: string;
  /** The server's certificate. */
  readonly certPem: string;
  /** The server's private key, PKCS #8. */
  readonly keyPem: string;
}

interface ServerIdentityOptions {
  /** Names and IP addresses under which clients reach the server; at least one. */
  readonly hosts: readonly string[];
  /** How long it stays valid after `now`, ms; 30 days unless given. */
  readonly validMs?: number;
  readonly now: Date;
}

/**
 * A fresh P-256 authority and server certificate. Two certificates rather than one self-signed,
 * because rustls (Deno, curl builds) refuses a CA as end entity: RFC 5280 section 4.2.1.9.
 * @throws {RangeError} if no host is given
 */
export async function createServerIdentity(
  options: ServerIdentityOptions,
): Promise<ServerIdentity> {
  const { hosts, validMs = DEFAULT_VALID_MS, now } = options;
  const commonName = hosts[0];
  if (commonName === undefined) {
    throw new RangeError("Cannot create a server certificate for no host: expected at least one");
  }
  // Imported here, because loading the library costs every other command start-up time; it needs
  // the metadata reflection to be there first.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const common = {
    signingAlgorithm: KEY_ALGORITHM,
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + validMs),
  };
  const [caKeys, keys] = [await generateKeys(), await generateKeys()];
  const ca = await authority(x509, { ...common, keys: caKeys });
  const leaf = await x509.X509CertificateGenerator.create({
    ...common,
    subject: [{ CN: [commonName] }],
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension(hosts.map(alternativeName)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    caPem: pemText(ca.toString("pem")),
    certPem: pemText(leaf.toString("pem")),
    keyPem: pemText(x509.PemConverter.encode(pkcs8, "PRIVATE KEY")),
  };
}

/** An authority that signs itself. */
async function authority(
  x509: typeof import("@peculiar/x509"),
  options: {
    readonly signingAlgorithm: typeof KEY_ALGORITHM;
    readonly notBefore: Date;
    readonly notAfter: Date;
    readonly keys: CryptoKeyPair;
  },
): Promise<X509Certificate> {
  return await x509.X509CertificateGenerator.createSelfSigned({
    ...options,
    name: "CN=scaletool run authority",
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(options.keys.publicKey),
    ],
  });
}

/**
 * What a server on this machine is called by clients on it and beside it: localhost, both loopback
 * addresses and, where it is allowed to be read, the machine's host name.
 */
export function defaultHosts(): string[] {
  const hosts = ["localhost", "127.0.0.1", "::1"];
  const hostName = readHostName();
  if (hostName !== undefined && !hosts.includes(hostName)) hosts.push(hostName);
  return hosts;
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]) as CryptoKeyPair;
}

/** Clients look an address up among the IP entries only, a name among the DNS ones: RFC 6125. */
function alternativeName(host: string): { type: "ip" | "dns"; value: string } {
  return { type: isIP(host) === 0 ? "dns" : "ip", value: host };
}

function pemText(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}

function readHostName(): string | undefined {
  try {
    const name = Deno.hostname().toLowerCase();
    // Anything else cannot stand in a certificate as a DNS name.
    return /^[a-z0-9.-]+$/.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
