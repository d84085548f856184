/**
 * How are containerd, the kubelet and the network of pods set up so that they live in namespaces of
 * their own on any machine, and reach no other? Texts of files; writes none.
 * @module
 */

import { join } from "node:path";
import { parse, stringify } from "yaml";
import { PAUSE_IMAGE } from "./images.ts";
import { type NodeSite, podRange, socketOf } from "./site.ts";

/** Everything by its path in the node's directory. */
export function configFiles(site: NodeSite, adminKubeconfig: string): Record<string, string> {
  return {
    "containerd.toml": containerdConfig(site),
    "registries/_default/hosts.toml": NO_REGISTRY,
    "kubelet.yaml": kubeletConfig(site),
    "kubeconfig": nodeKubeconfig(site, adminKubeconfig),
    "network/10-pods.conflist": networkConfig(site),
    ...sysctlFiles(),
  };
}

/** Refused at once, instead of a question to some other machine. */
const NO_REGISTRY = `server = "http://127.0.0.1:9"
[host."http://127.0.0.1:9"]
  capabilities = ["pull", "resolve"]
`;

/** Version 2 of the format is that of containerd 1.6, and read by 2.x. */
function containerdConfig({ dir, programs }: NodeSite): string {
  const snapshotters = ["aufs", "btrfs", "devmapper", "zfs"]
    .map((name) => `"io.containerd.snapshotter.v1.${name}"`);
  return `version = 2
root = "${join(dir, "containerd")}"
state = "/run/containerd"
disabled_plugins = [${snapshotters.join(", ")}]
[grpc]
  address = "${socketOf(dir)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  stream_server_address = "127.0.0.1"
  # Root may lack CAP_SYS_RESOURCE, and with it may not spare a process from the OOM killer.
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${programs.pluginsDir}"
    conf_dir = "${join(dir, "network")}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${join(dir, "registries")}"
`;
}

function kubeletConfig({ dir, address, ports, cgroups, kubelet }: NodeSite): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address,
    port: ports[1],
    healthzBindAddress: "127.0.0.1",
    healthzPort: ports[0],
    readOnlyPort: 0,
    // The API server of tests has no certificate for kubelets, and nobody else gets at loopback.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    containerRuntimeEndpoint: `unix://${socketOf(dir)}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: cgroups.root,
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    // What kubelets want of a machine for themselves, and this one shares it.
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    oomScoreAdj: 0,
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "1Mi", "nodefs.available": "1Mi" },
    // No name is looked up anywhere.
    resolvConf: "",
    podLogsDir: join(dir, "pods"),
    volumePluginDir: join(dir, "volume-plugins"),
    ...kubelet,
  });
}

/** The administrator, acting as what a node is: it is the Node authorizer that decides. */
function nodeKubeconfig({ address }: NodeSite, adminKubeconfig: string): string {
  const config = parse(adminKubeconfig);
  for (const { user } of config.users) {
    Object.assign(user, {
      as: `system:node:${address}`,
      "as-groups": ["system:nodes", "system:authenticated"],
    });
  }
  return stringify(config, { lineWidth: 0 });
}

/** No default route: pods and node reach each other, and pods the API server. */
function networkConfig(site: NodeSite): string {
  const { clusterAddress, address } = site.api;
  return JSON.stringify({
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        type: "ptp",
        ipam: {
          type: "host-local",
          dataDir: "/run/pod-addresses",
          ranges: [[podRange(site)]],
        },
      },
      { type: "clusterip", listen: clusterAddress, dial: address, stateDir: "/run/clusterip" },
    ],
  });
}

/**
 * What kubelet and CNI would set for the whole machine: they find it set already, in files that are
 * mounted over those of the kernel.
 */
const SYSCTLS = {
  "kernel.keys.root_maxbytes": 25_000_000,
  "kernel.keys.root_maxkeys": 1_000_000,
  "kernel.panic": 10,
  "kernel.panic_on_oops": 1,
  "net.ipv4.ip_forward": 1,
  "vm.overcommit_memory": 1,
  "vm.panic_on_oom": 0,
};

function sysctlFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SYSCTLS).map(([name, value]) => [`sysctl/${name}`, `${value}\n`]),
  );
}
