/**
 * Flags, environment and kubeconfig -> which API server, how to trust it, and as whom: kubectl's
 * answer to the same question. Reads files; opens no connection and runs no plugin.
 * Source: client-go, tools/clientcmd/client_config.go (selection, overrides, in-cluster).
 * @module
 */

import { CannotRunError, messageOf, UsageError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { given } from "../../core/given.ts";
import { parseServerUrl } from "../../core/net/address.ts";
import type { Fetch } from "../../core/net/http_channel.ts";
import { parseProxy, proxyFromEnvironment, type ProxyServer } from "../../core/net/proxy.ts";
import { userEnv } from "../../core/net/proxy_environment.ts";
import { readTextFile } from "../../core/files.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import { anonymous, type Credentials } from "../auth/credentials.ts";
import type { ExecCluster } from "../auth/exec_plugin.ts";
import { impersonationHeaders } from "../auth/impersonation.ts";
import { podNamespace } from "./in_cluster.ts";
import { dataOrFile } from "../kubeconfig/kubeconfig.ts";
import type { KubeconfigCluster } from "../kubeconfig/schema.ts";
import { select, type TargetNames, type World } from "./selection.ts";
import { userCredentials } from "../auth/user_credentials.ts";

export type { TargetNames, World };

/** The extension of a cluster that is meant for plugins. */
const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

export interface ClusterTarget {
  /** `https://host:port`, with a path or without; no slash at the end. */
  readonly server: string;
  /** Authorities that the server's certificate must come from; absent: the system's. */
  readonly caPem?: string;
  readonly insecure: boolean;
  readonly tlsServerName?: string;
  /** What answers in its place, in this process; absent: it answers itself. */
  readonly fetch?: Fetch;
  /** The way to a server, which is this one or another of its cluster. Absent: never by a proxy. */
  readonly proxyFor?: (server: string) => ProxyServer | undefined;
  readonly credentials: Credentials;
  /** Headers for every request; groups repeat theirs. */
  readonly impersonation: [string, string][];
  /** The context's, else the pod's. */
  readonly namespace?: string;
  readonly names: TargetNames;
}

/**
 * The environment, the files and the home folder of this process.
 * @param fetch what answers instead of a network, if anything does
 */
export function systemWorld(clock: Clock, fetch?: Fetch): World {
  const windows = Deno.build.os === "windows";
  return {
    env: userEnv,
    readTextFile,
    home: Deno.env.get(windows ? "USERPROFILE" : "HOME") || undefined,
    clock,
    ...given({ fetch }),
  };
}

/**
 * @throws {UsageError} for flags that contradict each other or cannot be read
 * @throws {CannotRunError} in one line, for a kubeconfig or credentials that cannot be used, and if
 * there is no cluster at all
 */
export function resolveTarget(wanted: ClusterValues, world: World): ClusterTarget {
  const values = withoutEmpty(wanted);
  if (values["insecure-skip-tls-verify"] && values["certificate-authority"] !== undefined) {
    throw new UsageError(
      "--insecure-skip-tls-verify verifies nothing: leave out --certificate-authority",
    );
  }
  const selection = select(values, world);
  const { user, names } = selection;
  const cluster = withOverrides(selection.cluster, values);
  const server = serverOf(cluster, { values, names });
  const caPem = caOf(cluster, { values, names, world });
  const proxy = proxyOf(cluster, values);
  const { "tls-server-name": tlsServerName, "insecure-skip-tls-verify": insecure } = cluster;
  const namespace = selection.namespace ?? podNamespace(world);
  return {
    server,
    ...(caPem === undefined ? {} : { caPem }),
    insecure,
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(world.fetch === undefined
      ? { proxyFor: (to: string) => proxy ?? proxyFromEnvironment(to, (name) => world.env(name)) }
      : { fetch: world.fetch }),
    // As kubectl: without TLS nobody knows who the server is, so it is shown no credentials.
    credentials: server.startsWith("http:") ? anonymous() : userCredentials(user, {
      name: names.user ?? (names.source === "in-cluster" ? "service account" : ""),
      token: values.token,
      cluster: execCluster(cluster, { server, caPem }),
      clock: world.clock,
      readTextFile: (path) => world.readTextFile(path),
      ...(world.plugins === undefined ? {} : { plugins: world.plugins }),
    }),
    impersonation: impersonationHeaders(user, values),
    ...(namespace === undefined ? {} : { namespace }),
    names,
  };
}

/** `--server=` is no server, as in kubectl. */
function withoutEmpty(values: ClusterValues): ClusterValues {
  const given = Object.entries(values).map((
    [name, value],
  ) => [name, value === "" ? undefined : value]);
  return { ...values, ...Object.fromEntries(given) };
}

/**
 * What the flags change. A CA and `insecure` each displace the other; --server also drops the
 * kubeconfig's tls-server-name, which was meant for another address.
 */
function withOverrides(cluster: KubeconfigCluster, values: ClusterValues): KubeconfigCluster {
  const { server, "certificate-authority": ca, "tls-server-name": serverName } = values;
  const insecure = values["insecure-skip-tls-verify"];
  return {
    ...cluster,
    server: server ?? cluster.server,
    "tls-server-name": serverName ??
      (server === undefined ? cluster["tls-server-name"] : undefined),
    "proxy-url": values["proxy-url"] ?? cluster["proxy-url"],
    ...(insecure || ca !== undefined
      ? {
        "insecure-skip-tls-verify": insecure,
        "certificate-authority": ca,
        "certificate-authority-data": undefined,
      }
      : {}),
  };
}

interface ServerContext {
  readonly values: ClusterValues;
  readonly names: TargetNames;
}

function serverOf({ server }: KubeconfigCluster, { values, names }: ServerContext): string {
  const whose = values.server === undefined
    ? `The server of cluster "${names.cluster}" (${quoted(names.paths)})`
    : "--server";
  const wrong = (what: string) =>
    values.server === undefined
      ? new CannotRunError(`${whose} ${what}`)
      : new UsageError(`${whose} ${what}`);
  if (server === undefined) throw wrong("is missing; it must be a URL such as https://host:6443");
  const example = "https://host:6443";
  let url: URL;
  try {
    // As in client-go, a bare host:port is plain HTTP.
    url = parseServerUrl(server, { example, bareScheme: "http", takesQuery: true });
  } catch (error) {
    throw wrong(messageOf(error));
  }
  if (!server.includes("://") && url.pathname !== "/") {
    throw wrong(`must be a URL such as ${example}, not "${server}"`);
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function caOf(
  cluster: KubeconfigCluster,
  { values, names, world }: ServerContext & { readonly world: World },
): string | undefined {
  const what = values["certificate-authority"] !== undefined
    ? "--certificate-authority"
    : names.cluster === undefined
    ? "certificate-authority"
    : `certificate-authority of cluster "${names.cluster}"`;
  const pem = dataOrFile({
    data: cluster["certificate-authority-data"],
    path: cluster["certificate-authority"],
    what,
    readTextFile: (path) => world.readTextFile(path),
  });
  if (pem === undefined) return undefined;
  if (cluster["insecure-skip-tls-verify"]) {
    throw new CannotRunError(
      `Cluster "${names.cluster}" (${quoted(names.paths)}) has insecure-skip-tls-verify and a ` +
        "certificate-authority: leave one out, or decide with a flag",
    );
  }
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new CannotRunError(`Cannot use the ${what}: it holds no PEM certificate`);
  }
  return pem;
}

/** What flag or kubeconfig say; no variable counts then. */
function proxyOf(cluster: KubeconfigCluster, values: ClusterValues): ProxyServer | undefined {
  const { "proxy-url": proxyUrl } = cluster;
  if (proxyUrl === undefined) return undefined;
  if (values["proxy-url"] !== undefined) return parseProxy(proxyUrl, "--proxy-url");
  try {
    return parseProxy(proxyUrl, "proxy-url of the kubeconfig's cluster");
  } catch (error) {
    throw new CannotRunError(`The ${messageOf(error)}`);
  }
}

function execCluster(
  cluster: KubeconfigCluster,
  { server, caPem }: { server: string; caPem: string | undefined },
): ExecCluster {
  const config = cluster.extensions.find(({ name }) => name === EXEC_EXTENSION)?.extension;
  return {
    server,
    "tls-server-name": cluster["tls-server-name"],
    ...(cluster["insecure-skip-tls-verify"] ? { "insecure-skip-tls-verify": true } : {}),
    "certificate-authority-data": caPem && new TextEncoder().encode(caPem).toBase64(),
    "proxy-url": cluster["proxy-url"],
    ...(cluster["disable-compression"] ? { "disable-compression": true } : {}),
    config,
  };
}

function quoted(paths: readonly string[]): string {
  return paths.map((path) => `"${path}"`).join(", ");
}
