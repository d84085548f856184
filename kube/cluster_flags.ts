/**
 * The flags of every command that needs a cluster: kubectl's names for which one and as whom, and
 * over how many connections. The namespace is not among them, because commands differ.
 * @module
 */

import type { RunFlags } from "../core/command/run_flags.ts";
import {
  duration,
  flag,
  integer,
  listOf,
  text,
  toggle,
  url,
  type Values,
} from "../core/command/flags.ts";

export const CLUSTER_FLAGS = {
  kubeconfig: flag(text("file"), {
    help: "kubeconfig; default: KUBECONFIG, else ~/.kube/config, else the pod's service account",
  }),
  context: flag(text("name"), { help: "context of the kubeconfig; default: its current one" }),
  cluster: flag(text("name"), { help: "cluster of the kubeconfig; default: the context's" }),
  user: flag(text("name"), { help: "user of the kubeconfig; default: the context's" }),
  server: flag(url({ example: "https://10.0.0.1:6443", bareScheme: "https" }), {
    help: "API server, e.g. https://10.0.0.1:6443; default: the cluster's",
    aliases: ["master"],
  }),
  token: flag(text("token"), {
    help:
      "bearer token; servers look at the user's client certificate first, and http:// ones are sent none",
    isSecret: true,
  }),
  as: flag(text("user"), { help: "user to impersonate, e.g. system:serviceaccount:NS:NAME" }),
  "as-group": flag(listOf(text("group")), {
    help: "with --as: group to impersonate; repeatable",
    default: [],
  }),
  "as-uid": flag(text("uid"), { help: "with --as: uid to impersonate" }),
  "insecure-skip-tls-verify": flag(toggle, {
    help: "do not verify the server's certificate: anyone in between can read the credentials",
    default: false,
  }),
  "tls-server-name": flag(text("name"), {
    help: "name expected in the server's certificate; default: the host of the URL",
  }),
  "certificate-authority": flag(text("file"), {
    help: "CA certificates (PEM) for the server's; default: the cluster's",
    readsFileAfter: "",
  }),
  "proxy-url": flag(text("url"), {
    help: "proxy to the API server: http://, https:// or socks5://; default: the cluster's",
    // It may hold a password.
    isSecret: true,
  }),
  "request-timeout": flag(duration(), {
    help: "longest time for one request, watches excepted; 0: as long as it takes, as in kubectl",
    default: 0,
  }),
  conns: flag(integer({ min: 1 }), { help: "connections to the API server", default: 1 }),
  http1: flag(toggle, { help: "HTTP/1.1 instead of HTTP/2", default: false }),
};

type ClusterFlags = typeof CLUSTER_FLAGS;
export type ClusterValues = Values<ClusterFlags>;

/** The flags that every load command on a cluster has. */
export type LoadFlags = RunFlags & typeof CLUSTER_FLAGS;
