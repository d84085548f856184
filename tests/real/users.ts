/**
 * Who may talk to a test cluster, and with which kubeconfig? Pure texts; never writes a file.
 * @module
 */

import { Buffer } from "node:buffer";
import { stringify } from "yaml";
import type { Identity } from "./pki.ts";

/**
 * Users by static token. `load` is the one to measure with: cluster-admin by RBAC like `kwok`,
 * `wardle` and `gateway`, but not of system:masters, which API Priority and Fairness lets pass.
 */
const TOKEN_USERS = {
  admin: { name: "admin", group: "system:masters" },
  load: { name: "load", group: "load-testers" },
  /** Authenticated, and bound to nothing. */
  nobody: { name: "nobody", group: undefined },
  kcm: { name: "system:kube-controller-manager", group: undefined },
  scheduler: { name: "system:kube-scheduler", group: undefined },
  kwok: { name: "kwok", group: undefined },
  wardle: { name: "wardle", group: undefined },
  gateway: { name: "gateway", group: undefined },
} as const;

export type TokenUser = keyof typeof TOKEN_USERS;
/** Users that have a kubeconfig: those by token, and one by certificate, valid and expired. */
export type User = TokenUser | "cert-user" | "cert-user-expired";

/** Who is made cluster-admin by a binding. */
export const CLUSTER_ADMINS = [
  { kind: "User", name: "kwok" },
  { kind: "User", name: "wardle" },
  { kind: "User", name: "gateway" },
  { kind: "Group", name: "load-testers" },
] as const;

/** Everyone's secret token; 128 bits each. */
export type Tokens = Readonly<Record<TokenUser, string>>;

export function createTokens(): Tokens {
  const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
  return Object.fromEntries(Object.keys(TOKEN_USERS).map((user) => [user, random()])) as Tokens;
}

/** The apiserver's token file: token, user name, uid and groups, comma-separated. */
export function tokenFile(tokens: Tokens): string {
  return Object.entries(TOKEN_USERS).map(([user, { name, group }]) =>
    `${tokens[user as TokenUser]},${name},${user}${group === undefined ? "" : `,"${group}"`}\n`
  ).join("");
}

export interface Kubeconfig {
  /** URL of the apiserver. */
  readonly server: string;
  readonly caPem: string;
  readonly user: { readonly token: string } | Identity;
}

/** A kubeconfig file that refers to no other file. */
export function kubeconfigText({ server, caPem, user }: Kubeconfig): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const credentials = "token" in user ? { token: user.token } : {
    "client-certificate-data": base64(user.certPem),
    "client-key-data": base64(user.keyPem),
  };
  const name = "scaletool-test";
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": base64(caPem) } }],
    users: [{ name, user: credentials }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  }, { lineWidth: 0 });
}
