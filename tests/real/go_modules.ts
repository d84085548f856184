/**
 * Which programs do the real control plane and what is tested beside it consist of, and out of which
 * Go module is each built? A table; it builds nothing.
 * @module
 */

/** One program of a module. */
export interface GoBinary {
  /** Its file name, unique over all modules. */
  readonly name: string;
  /** Import path of its main package, or "." for a main in the module's own folder. */
  readonly package: string;
  /** What the linker is told besides leaving out the symbol tables. */
  readonly ldflags: readonly string[];
  /** How long the first build takes on two cores, s. */
  readonly firstBuildSec: number;
}

/** A folder in `modules/` with its go.mod and go.sum. */
export interface GoModule {
  /** Name of the folder. */
  readonly name: string;
  /** In the order of building: the first ones compile what the later ones share. */
  readonly binaries: readonly GoBinary[];
  /** The same folder with more programs: where that is built, it is taken instead. */
  readonly partOf?: GoModule;
}

/** Without these a Kubernetes program calls itself v0.0.0 and clients doubt what it can do. */
const KUBERNETES_VERSION = {
  gitVersion: "v1.36.3",
  gitMajor: "1",
  gitMinor: "36",
  gitCommit: "module",
  gitTreeState: "clean",
  buildDate: "2026-01-01T00:00:00Z",
};
const KUBERNETES_LDFLAGS = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
  .flatMap((variables) =>
    Object.entries(KUBERNETES_VERSION).map(([name, value]) => `-X ${variables}.${name}=${value}`)
  );

export const KUBE_MODULE: GoModule = {
  name: "kube",
  binaries: [
    kube("etcd", { package: "go.etcd.io/etcd/server/v3", firstBuildSec: 40 }),
    kube("kube-apiserver", { firstBuildSec: 180 }),
    kube("kube-controller-manager", { firstBuildSec: 50 }),
    kube("kube-scheduler", { firstBuildSec: 5 }),
    kube("sample-apiserver", { package: "k8s.io/sample-apiserver", firstBuildSec: 5 }),
  ],
};

/** What stores and serves objects, and nothing that acts on them. */
export const API_SERVER_MODULE: GoModule = {
  name: "kube",
  binaries: KUBE_MODULE.binaries.slice(0, 2),
  partOf: KUBE_MODULE,
};

/** What makes pods of a machine. */
export const KUBELET_MODULE: GoModule = {
  name: "kube",
  binaries: [kube("kubelet", { firstBuildSec: 120 })],
};

const CNI_PLUGINS = "github.com/containernetworking/plugins/plugins";

/** What a node has besides kubelet and containerd: plugins for the network of its pods, and pause. */
export const NODE_MODULE: GoModule = {
  name: "node",
  binaries: [
    { name: "loopback", package: `${CNI_PLUGINS}/main/loopback`, ldflags: [], firstBuildSec: 10 },
    { name: "ptp", package: `${CNI_PLUGINS}/main/ptp`, ldflags: [], firstBuildSec: 5 },
    {
      name: "host-local",
      package: `${CNI_PLUGINS}/ipam/host-local`,
      ldflags: [],
      firstBuildSec: 5,
    },
    { name: "clusterip", package: "./clusterip", ldflags: [], firstBuildSec: 5 },
    { name: "pause", package: "./pause", ldflags: [], firstBuildSec: 5 },
  ],
};

export const KWOK_MODULE: GoModule = {
  name: "kwok",
  binaries: [{
    name: "kwok",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    ldflags: ["-X sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0"],
    firstBuildSec: 60,
  }],
};

/** Steve v0.10.2 behind a main package of our own, which listens on 127.0.0.1 only. */
export const STEVE_MODULE: GoModule = {
  name: "steve",
  binaries: [{ name: "steve", package: ".", ldflags: [], firstBuildSec: 130 }],
};

/** Contour v1.33.8, a Gateway API controller. */
export const CONTOUR_MODULE: GoModule = {
  name: "contour",
  binaries: [{
    name: "contour",
    package: "github.com/projectcontour/contour/cmd/contour",
    ldflags: ["-X github.com/projectcontour/contour/internal/build.Version=v1.33.8"],
    firstBuildSec: 90,
  }],
};

/** Who may ask a model, and how often: the auth service and the policy controller of a MaaS gateway. */
export const MAAS_MODULE: GoModule = {
  name: "maas",
  binaries: [
    { name: "maas-auth", package: "./auth", ldflags: [], firstBuildSec: 90 },
    { name: "maas-policies", package: "./policies", ldflags: [], firstBuildSec: 10 },
  ],
};

/** DevWorkspace Operator v0.42.0 behind a main package of our own, which listens on 127.0.0.1 only. */
export const DEV_WORKSPACE_MODULE: GoModule = {
  name: "devworkspace",
  binaries: [{ name: "devworkspace-operator", package: ".", ldflags: [], firstBuildSec: 90 }],
};

/** Conformance cases for an HTTP/2 server, by summerwind. */
export const H2SPEC_MODULE: GoModule = {
  name: "h2spec",
  binaries: [{
    name: "h2spec",
    package: "github.com/summerwind/h2spec/cmd/h2spec",
    ldflags: [],
    firstBuildSec: 10,
  }],
};

/** Go's HTTP/2 at the other end of httperf, behind a main package of our own. */
export const H2_PEER_MODULE: GoModule = {
  name: "h2peer",
  binaries: [{ name: "h2peer", package: ".", ldflags: [], firstBuildSec: 15 }],
};

/** What a control plane is made of. */
export const CONTROL_PLANE_MODULES: readonly GoModule[] = [KUBE_MODULE, KWOK_MODULE];

function kube(name: string, options: { package?: string; firstBuildSec: number }): GoBinary {
  return {
    name,
    package: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: KUBERNETES_LDFLAGS,
    ...options,
  };
}
