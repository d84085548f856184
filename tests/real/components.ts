/**
 * With which command line does each process of a control plane run? Everything listens on 127.0.0.1
 * and writes below the cluster's directory. Starts nothing.
 * @module
 */

import type { Binaries } from "./build.ts";
import {
  API_SERVER_MODULE,
  CONTROL_PLANE_MODULES,
  type GoModule,
  KUBE_MODULE,
} from "./go_modules.ts";
import type { RunDir } from "./run_dir.ts";

/** In the order of start. */
export const COMPONENT_NAMES = [
  "etcd",
  "apiserver",
  "kcm",
  "scheduler",
  "kwok",
  "wardle",
] as const;
export type ComponentName = typeof COMPONENT_NAMES[number];
/** Those that a cluster can do without; without `kcm` no namespace that is deleted goes away. */
export const OPTIONAL_NAMES = ["kcm", "scheduler", "kwok", "wardle"] as const;
export type OptionalName = typeof OPTIONAL_NAMES[number];

/** A process of the cluster. */
export interface Component<Name extends string = ComponentName> {
  readonly name: Name;
  readonly command: string;
  readonly args: readonly string[];
  /** Answers 2xx without credentials as soon as the component works. */
  readonly healthUrl: string;
}

/** One port for each component, and etcd's second. */
export const PORT_COUNT = COMPONENT_NAMES.length + 1;

export interface ComponentOptions {
  readonly dir: RunDir;
  readonly binaries: Binaries;
  /** {@link PORT_COUNT} of them. */
  readonly ports: readonly number[];
  /** Put behind the apiserver's own flags. */
  readonly apiserverArgs: readonly string[];
}

/** The modules that have to be built for these components. */
export function modulesOf(names: readonly ComponentName[]): readonly GoModule[] {
  const isBare = names.every((name) => name === "etcd" || name === "apiserver");
  if (isBare) return [API_SERVER_MODULE];
  return names.includes("kwok") ? CONTROL_PLANE_MODULES : [KUBE_MODULE];
}

/** Where the parts of a cluster find each other. */
interface Layout extends ComponentOptions {
  readonly etcdUrl: string;
  /** The flags by which every Go server of the cluster takes its certificate. */
  readonly tls: readonly string[];
}

const HOST = "127.0.0.1";
/** Client-side limits that never limit a test cluster. */
const FAST_CLIENT = ["--kube-api-qps=200", "--kube-api-burst=400"];
/** Loopback too: a ClusterIP can then be served by a process of a test, with no address set up. */
const SERVICE_RANGE = "127.64.0.0/16";
/** Addresses of fake pods, for benchmarking networks (RFC 2544): nobody routes them. */
const POD_RANGE = "198.18.0.0/15";

/** All components by name. */
export function componentsOf(options: ComponentOptions): Record<ComponentName, Component> {
  const { dir } = options;
  const layout: Layout = {
    ...options,
    etcdUrl: `http://${HOST}:${portOf(options, "etcd")}`,
    tls: [
      `--tls-cert-file=${dir.key("server.crt")}`,
      `--tls-private-key-file=${dir.key("server.key")}`,
    ],
  };
  return {
    etcd: etcd(layout),
    apiserver: apiserver(layout),
    kcm: controllerManager(layout),
    scheduler: scheduler(layout),
    kwok: kwok(layout),
    wardle: wardle(layout),
  };
}

export function portOf(options: Pick<ComponentOptions, "ports">, name: ComponentName): number {
  return options.ports[COMPONENT_NAMES.indexOf(name)]!;
}

function etcd(layout: Layout): Component {
  const { dir, etcdUrl } = layout;
  const peerUrl = `http://${HOST}:${layout.ports.at(-1)}`;
  return {
    name: "etcd",
    command: layout.binaries.get("etcd")!,
    args: [
      "--name=only",
      `--data-dir=${dir.path("etcd")}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=only=${peerUrl}`,
      // The data need not survive a power cut, and the disk is not what is measured.
      "--unsafe-no-fsync=true",
      "--quota-backend-bytes=8589934592",
      "--snapshot-count=10000",
      "--log-level=warn",
    ],
    healthUrl: `${etcdUrl}/health`,
  };
}

function apiserver(layout: Layout): Component {
  const { dir } = layout;
  return secureServer("apiserver", layout, {
    binary: "kube-apiserver",
    healthPath: "/readyz",
    args: [
      `--etcd-servers=${layout.etcdUrl}`,
      `--advertise-address=${HOST}`,
      // A Service kubernetes with a loopback endpoint would be refused.
      "--endpoint-reconciler-type=none",
      // Names of fake nodes are nobody's; for exec.
      "--kubelet-preferred-address-types=InternalIP",
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      `--client-ca-file=${dir.key("ca.crt")}`,
      `--token-auth-file=${dir.key("tokens.csv")}`,
      "--authorization-mode=Node,RBAC",
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-key-file=${dir.key("service-account.key")}`,
      `--service-account-signing-key-file=${dir.key("service-account.key")}`,
      "--allow-privileged=true",
      "--event-ttl=15m",
      "--v=1",
      `--requestheader-client-ca-file=${dir.key("front-proxy-ca.crt")}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      `--proxy-client-cert-file=${dir.key("front-proxy-client.crt")}`,
      `--proxy-client-key-file=${dir.key("front-proxy-client.key")}`,
      ...layout.apiserverArgs,
    ],
  });
}

function controllerManager(layout: Layout): Component {
  const { dir } = layout;
  const busy = ["namespace", "gc", "job", "deployment", "replicaset"];
  return secureServer("kcm", layout, {
    binary: "kube-controller-manager",
    healthPath: "/healthz",
    args: [
      `--kubeconfig=${dir.kubeconfig("kcm")}`,
      "--use-service-account-credentials=true",
      "--leader-elect=false",
      `--service-account-private-key-file=${dir.key("service-account.key")}`,
      `--root-ca-file=${dir.key("ca.crt")}`,
      // Without it a folder in /usr/libexec appears.
      `--flex-volume-plugin-dir=${dir.path("flex")}`,
      ...busy.map((controller) => `--concurrent-${controller}-syncs=20`),
      ...FAST_CLIENT,
    ],
  });
}

function scheduler(layout: Layout): Component {
  return secureServer("scheduler", layout, {
    binary: "kube-scheduler",
    healthPath: "/readyz",
    args: [
      `--kubeconfig=${layout.dir.kubeconfig("scheduler")}`,
      "--leader-elect=false",
      ...FAST_CLIENT,
    ],
  });
}

function kwok(layout: Layout): Component {
  const { dir, tls } = layout;
  const port = portOf(layout, "kwok");
  return {
    name: "kwok",
    command: layout.binaries.get("kwok")!,
    args: [
      `--kubeconfig=${dir.kubeconfig("kwok")}`,
      ...dir.kwokConfigs().map((file) => `--config=${file}`),
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=40",
      // With a configuration file there is no default, and every pod would have the node's address.
      `--cidr=${POD_RANGE}`,
      `--node-ip=${HOST}`,
      `--node-port=${port}`,
      `--server-address=${HOST}:${port}`,
      ...tls,
    ],
    healthUrl: `http://${HOST}:${port}/healthz`,
  };
}

function wardle(layout: Layout): Component {
  const kubeconfig = layout.dir.kubeconfig("wardle");
  return secureServer("wardle", layout, {
    binary: "sample-apiserver",
    healthPath: "/readyz",
    args: [
      `--etcd-servers=${layout.etcdUrl}`,
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
    ],
  });
}

interface SecureServer {
  readonly binary: string;
  readonly healthPath: string;
  readonly args: readonly string[];
}

/** A program that serves HTTPS with the common flags of Kubernetes components. */
function secureServer(name: ComponentName, layout: Layout, program: SecureServer): Component {
  const port = portOf(layout, name);
  return {
    name,
    command: layout.binaries.get(program.binary)!,
    args: [
      `--bind-address=${HOST}`,
      `--secure-port=${port}`,
      `--cert-dir=${layout.dir.path(name)}`,
      ...layout.tls,
      ...program.args,
    ],
    healthUrl: `https://${HOST}:${port}${program.healthPath}`,
  };
}
