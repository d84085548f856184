/**
 * With which keys do the parts of a control plane know each other? Makes two certificate authorities,
 * the certificates under them and the key that signs service account tokens, for one cluster.
 * Never writes a file and never uses an authority after the cluster's own certificates are made.
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { isIP } from "node:net";

const HOUR_MS = 3_600_000;
const VALID_MS = 30 * 24 * HOUR_MS;
/** The authorities must have been there before a certificate that has expired an hour ago. */
const BACKDATED_MS = 24 * HOUR_MS;
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** Service account tokens are signed with RS256: the only key that must be RSA. */
const TOKEN_KEY_ALGORITHM = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};

/** Under these names and addresses the servers of a cluster are reached. */
const SERVER_HOSTS = [
  "localhost",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  // What the aggregator expects of a server behind the Service wardle/api.
  "api.wardle.svc",
  // A gateway in front of models.
  "maas.apps.scaletool.test",
  "127.0.0.1",
  // The first address of the Service range belongs to the Service default/kubernetes.
  "127.64.0.1",
];

/** A certificate with its key, PEM (PKCS #8). */
export interface Identity {
  readonly certPem: string;
  readonly keyPem: string;
}

/** All key material of a cluster, PEM. */
export interface Pki {
  readonly caPem: string;
  readonly frontProxyCaPem: string;
  /** How every server of the cluster shows itself. */
  readonly server: Identity;
  /** How the apiserver shows itself to the servers that it aggregates. */
  readonly frontProxyClient: Identity;
  /** A user by certificate: CN=cert-user, O=load-testers. */
  readonly certUser: Identity;
  /** The same user with a certificate that ended an hour ago. */
  readonly certUserExpired: Identity;
  readonly serviceAccountKeyPem: string;
}

/** @param now the calendar time from which the certificates count */
export async function createPki(now: Date): Promise<Pki> {
  const [ca, frontProxyCa, serviceAccountKeys] = await Promise.all([
    Authority.create("scaletool test cluster", now),
    Authority.create("scaletool test front proxy", now),
    crypto.subtle.generateKey(TOKEN_KEY_ALGORITHM, true, ["sign", "verify"]),
  ]);
  const loadTester = { commonName: "cert-user", organization: "load-testers" };
  const expiredMs = -HOUR_MS;
  return {
    caPem: ca.certPem,
    frontProxyCaPem: frontProxyCa.certPem,
    server: await ca.issue({ commonName: "kube-apiserver", hosts: SERVER_HOSTS }),
    frontProxyClient: await frontProxyCa.issue({ commonName: "front-proxy-client" }),
    certUser: await ca.issue(loadTester),
    certUserExpired: await ca.issue({ ...loadTester, validMs: expiredMs }),
    serviceAccountKeyPem: await keyPem((serviceAccountKeys as CryptoKeyPair).privateKey),
  };
}

interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  /** With hosts it is a server's certificate, without a client's. */
  readonly hosts?: readonly string[];
  /** From now, ms; negative: it is over already. */
  readonly validMs?: number;
}

class Authority {
  readonly #certificate: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;
  readonly #now: Date;

  private constructor(certificate: x509.X509Certificate, keys: CryptoKeyPair, now: Date) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.#now = now;
  }

  static async create(name: string, now: Date): Promise<Authority> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...validity(now, VALID_MS),
      name: [{ CN: [name] }],
      signingAlgorithm: KEY_ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(certificate, keys, now);
  }

  get certPem(): string {
    return pemText(this.#certificate.toString("pem"));
  }

  async issue(subject: Subject): Promise<Identity> {
    const { commonName, organization, hosts, validMs = VALID_MS } = subject;
    const keys = await generateKeys();
    const usage = hosts === undefined
      ? x509.ExtendedKeyUsage.clientAuth
      : x509.ExtendedKeyUsage.serverAuth;
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(this.#now, validMs),
      subject: [{ CN: [commonName] }, ...(organization ? [{ O: [organization] }] : [])],
      issuer: this.#certificate.subject,
      signingAlgorithm: KEY_ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(hosts ? [new x509.SubjectAlternativeNameExtension(hosts.map(alternativeName))] : []),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
      ],
    });
    return {
      certPem: pemText(certificate.toString("pem")),
      keyPem: await keyPem(keys.privateKey),
    };
  }
}

function validity(now: Date, validMs: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + validMs),
  };
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]) as CryptoKeyPair;
}

/** Clients look an address up among the IP entries only, a name among the DNS ones: RFC 6125. */
function alternativeName(host: string): { type: "ip" | "dns"; value: string } {
  return { type: isIP(host) === 0 ? "dns" : "ip", value: host };
}

async function keyPem(key: CryptoKey): Promise<string> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
  return pemText(x509.PemConverter.encode(pkcs8, "PRIVATE KEY"));
}

function pemText(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
