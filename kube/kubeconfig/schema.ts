/**
 * What may a kubeconfig file say? Its fields, of version v1, with kubectl's tolerance: null and empty
 * are absent, unknown fields are nobody's business.
 * Source: client-go, tools/clientcmd/api/v1/types.go.
 * @module
 */

import * as z from "zod";

/** Empty and null count as absent, as in Go. */
const text = z.string().nullish().transform((value) => value || undefined);

const toggle = z.boolean().nullish().transform((value) => value ?? false);

function listOf<T extends z.ZodType>(item: T) {
  return z.array(item).nullish().transform((items) => items ?? []);
}

const extensions = listOf(z.object({ name: z.string(), extension: z.unknown() }));

const clusterSchema = z.object({
  server: text,
  "tls-server-name": text,
  "insecure-skip-tls-verify": toggle,
  "certificate-authority": text,
  "certificate-authority-data": text,
  "proxy-url": text,
  "disable-compression": toggle,
  extensions,
});

const execSchema = z.object({
  apiVersion: text,
  command: text,
  args: listOf(z.string()),
  env: listOf(z.object({ name: z.string().min(1), value: z.string().nullish() })),
  installHint: text,
  provideClusterInfo: toggle,
  interactiveMode: z.enum(["Never", "IfAvailable", "Always", ""]).nullish(),
});

const userSchema = z.object({
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  "as-uid": text,
  "as-groups": listOf(z.string()),
  "as-user-extra": z.record(z.string(), z.array(z.string())).nullish(),
  exec: execSchema.nullish(),
  "auth-provider": z.object({
    name: z.string(),
    config: z.record(z.string(), z.string()).nullish(),
  }).nullish(),
});

const contextSchema = z.object({ cluster: text, user: text, namespace: text });

/** A whole file. Unknown fields are dropped. */
export const kubeconfigFile = z.object({
  apiVersion: z.enum(["v1", ""]).nullish(),
  kind: z.enum(["Config", ""]).nullish(),
  "current-context": text,
  clusters: listOf(z.object({ name: z.string(), cluster: clusterSchema })),
  users: listOf(z.object({ name: z.string(), user: userSchema })),
  contexts: listOf(z.object({ name: z.string(), context: contextSchema })),
});

/** Fields as the file names them; paths are absolute. */
export type KubeconfigCluster = Readonly<z.infer<typeof clusterSchema>>;
export type KubeconfigExec = Readonly<z.infer<typeof execSchema>>;
export type KubeconfigUser = Readonly<z.infer<typeof userSchema>>;
export type KubeconfigContext = Readonly<z.infer<typeof contextSchema>>;

/** No fields set. */
export const EMPTY_CLUSTER: KubeconfigCluster = clusterSchema.parse({});
export const EMPTY_USER: KubeconfigUser = userSchema.parse({});
