import assert from "node:assert/strict";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import { checkPemPair, isAuthority } from "../../../core/net/pem_pair.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const VALID_MS = 5_000;
const NAMES = { cert: 'The certificate "a.crt"', key: 'The key "a.key"' };
const [own, other] = await Promise.all(
  [1, 2].map(() => createServerIdentity({ hosts: ["x"], validMs: VALID_MS, now: NOW })),
) as [Identity, Identity];
type Identity = Awaited<ReturnType<typeof createServerIdentity>>;

function check(pair: { certPem?: string; keyPem?: string }, now = NOW): void {
  checkPemPair({ ...own, ...pair }, { names: NAMES, now });
}

Deno.test("a certificate and its key can be used until the certificate's last moment", () => {
  check({}, new Date(NOW.getTime() + VALID_MS));
});

Deno.test("a chain behind the certificate and text around the blocks change nothing", () => {
  check({ certPem: `subject=x\n${own.certPem}${own.caPem}`, keyPem: `text\n${own.keyPem}\nmore` });
});

const block = (label: string, body: string) =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

const refused: [what: string, pair: { certPem?: string; keyPem?: string }, message: string][] = [
  [
    "a key of another certificate",
    { keyPem: other.keyPem },
    'The key "a.key" does not belong to the certificate "a.crt"',
  ],
  [
    "a chain with the certificate at its end",
    { certPem: own.caPem + own.certPem },
    'The certificate "a.crt" has its own certificate behind another one: it must come first',
  ],
  ["no certificate", { certPem: "secret" }, 'The certificate "a.crt" is no PEM certificate'],
  [
    "a certificate cut short",
    { certPem: own.certPem.slice(0, 200) },
    'The certificate "a.crt" is no PEM certificate',
  ],
  [
    "a certificate of other bytes",
    { certPem: block("CERTIFICATE", "AAAA") },
    'The certificate "a.crt" is no PEM certificate',
  ],
  ["no key", { keyPem: own.certPem }, 'The key "a.key" is no PEM private key'],
  [
    "two keys",
    { keyPem: own.keyPem + other.keyPem },
    'The key "a.key" holds 2 private keys: leave one',
  ],
  [
    "a key of other bytes",
    { keyPem: block("PRIVATE KEY", "AAAA") },
    'The key "a.key" cannot be used for TLS here: expected RSA of 2048 to 8192 bits, EC (P-256, P-384, P-521) or Ed25519',
  ],
  ...["ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY"].map((
    label,
  ): [string, { keyPem: string }, string] => [
    `a key with a passphrase as ${label}`,
    { keyPem: block(label, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA") },
    'The key "a.key" is encrypted: decrypt it first, e.g. with openssl pkey',
  ]),
];
for (const [what, pair, message] of refused) {
  Deno.test(`${what} is refused before the runtime gets it`, () => {
    assert.throws(() => check(pair), { name: "CannotRunError", message });
  });
}

Deno.test("a certificate that has expired is refused with its date and the remedy", () => {
  assert.throws(() => check({}, new Date(NOW.getTime() + VALID_MS + 1)), {
    name: "CannotRunError",
    message: 'The certificate "a.crt" expired on 2026-03-01T12:00:05Z: renew it',
  });
});

const kinds: [
  kind: string,
  algorithm: RsaHashedKeyGenParams | EcKeyGenParams | string,
  isUsable: boolean,
][] = [
  ["RSA of 2048 bits", rsa(2_048), true],
  ["RSA of 1024 bits", rsa(1_024), false],
  ["P-384", { name: "ECDSA", namedCurve: "P-384" }, true],
  ["Ed25519", "Ed25519", true],
];
for (const [kind, algorithm, isUsable] of kinds) {
  Deno.test(`a key of the kind ${kind} ${isUsable ? "is taken" : "is refused"}`, async () => {
    const pair = await selfSigned(algorithm);
    if (isUsable) return check(pair);
    assert.throws(() => check(pair), { message: /^The key "a\.key" cannot be used for TLS here/ });
  });
}

Deno.test("an authority's certificate is told from a server's", () => {
  assert.deepEqual([isAuthority(own.caPem), isAuthority(own.certPem)], [true, false]);
});

function rsa(modulusLength: number): RsaHashedKeyGenParams {
  return {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
}

async function selfSigned(algorithm: RsaHashedKeyGenParams | EcKeyGenParams | string) {
  const x509 = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const name = typeof algorithm === "string" ? algorithm : algorithm.name;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=x",
    keys,
    notBefore: new Date(NOW.getTime() - VALID_MS),
    notAfter: new Date(NOW.getTime() + VALID_MS),
    signingAlgorithm: { name, hash: "SHA-256" },
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certPem: certificate.toString("pem"),
    keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}
