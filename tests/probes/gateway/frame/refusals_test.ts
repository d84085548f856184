/** What keeps a gateway probe from beginning: one line, the right exit code, and nothing left. */

import assert from "node:assert/strict";
import {
  GATEWAY_CLASSES,
  GATEWAYS,
  HTTP_ROUTES,
  REFERENCE_GRANTS,
} from "../../../../kube/gateway_api/kinds.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from "../../../../kube/resource.ts";
import { GatewayCluster } from "../../../support/gateway_cluster.ts";

const PROBE = [
  "gateway",
  "attached-routes",
  "--routes",
  "5",
  "--repeat",
  "1",
  "--simulate",
  "none",
];
const IMPATIENT = ["--ready-timeout", "100ms"];

interface GatewayFields {
  readonly className?: string;
  readonly listeners?: readonly Record<string, unknown>[];
}

async function put(
  cluster: GatewayCluster,
  name: string,
  { className = "sandbox", listeners = [listener("http")] }: GatewayFields = {},
): Promise<void> {
  const ports = cluster.implementation.ports;
  await cluster.kube.write("POST", GATEWAYS, {
    metadata: { name, namespace: "gateways" },
    spec: {
      gatewayClassName: className,
      listeners: listeners.map((one) => ({ port: ports[0], ...one })),
    },
  });
}

function listener(name: string, fields: Record<string, unknown> = {}) {
  const allowedRoutes = { namespaces: { from: "All" } };
  return { name, protocol: "HTTP", allowedRoutes, ...fields };
}

async function gatewayClass(
  cluster: GatewayCluster,
  name: string,
  { controllerName = "example.com/nobody", accepted }: {
    controllerName?: string;
    accepted?: string;
  } = {},
): Promise<void> {
  await cluster.kube.write("POST", GATEWAY_CLASSES, {
    metadata: { name },
    spec: { controllerName },
  });
  if (accepted === undefined) return;
  const condition = {
    type: "Accepted",
    status: accepted,
    reason: "Unsupported",
    message: "not with these parameters",
    observedGeneration: 1,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  await cluster.kube.patch(GATEWAY_CLASSES, {
    name,
    subresource: "status",
    patch: { status: { conditions: [condition] } },
  });
}

async function programWithoutAddress(cluster: GatewayCluster, name: string): Promise<void> {
  const conditions = ["Accepted", "Programmed"].map((type) => ({
    type,
    status: "True",
    reason: type,
    message: "",
    observedGeneration: 1,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  }));
  const supportedKinds = [{ group: GATEWAYS.group, kind: HTTP_ROUTES.kind }];
  const listeners = [{ name: "http", attachedRoutes: 0, supportedKinds, conditions }];
  await cluster.kube.patch(GATEWAYS, {
    namespace: "gateways",
    name,
    subresource: "status",
    patch: { status: { conditions, listeners } },
  });
}

/** What a user did not set up right; what the probe is told on top; what it says. */
const REFUSED: readonly {
  readonly name: string;
  readonly rewritten?: (object: KubeObject) => KubeObject;
  readonly prepare?: (cluster: GatewayCluster) => Promise<void>;
  readonly args?: readonly string[];
  readonly code?: number;
  readonly says: RegExp;
}[] = [
  {
    name: "no Gateway is named",
    args: [],
    code: 2,
    says: /^scaletool: --gateways: name at least one Gateway, as NAMESPACE\/NAME/,
  },
  {
    name: "a Gateway is named without its namespace",
    args: ["--gateways", "gw"],
    code: 2,
    says: /^scaletool: --gateways must be NAMESPACE\/NAME of a Gateway, not "gw"/,
  },
  {
    name: "the run's id gives no names",
    args: ["--gateways", "gateways/sandbox", "--run-id", "a..b"],
    code: 2,
    says: /^scaletool: Cannot name an object "a\.\.b-.*use another run id/,
  },
  {
    name: "a time is set for what ends by itself",
    args: ["--gateways", "gateways/sandbox", "--duration", "5s"],
    code: 2,
    says: /^scaletool: --duration does not go with attached-routes: .*--timeout/,
  },
  {
    name: "an address is for a Gateway that is not named",
    args: ["--gateways", "gateways/sandbox", "--address", "a/b=127.0.0.1"],
    code: 2,
    says: /--address a\/b=127\.0\.0\.1: a\/b is not among --gateways/,
  },
  {
    name: "one of several addresses is none",
    args: ["--gateways", "gateways/sandbox", "--address", "gateways/sandbox=127.0.0.1, a b"],
    code: 2,
    says: /--address must be HOST, HOST:PORT or NS\/NAME=HOST:PORT, not "a b"/,
  },
  {
    name: "the Gateway is called otherwise",
    args: ["--gateways", "gateways/sandbx"],
    says:
      /^scaletool: Cannot find Gateway gateways\/sandbx \(did you mean "gateways\/sandbox"\?\);/,
  },
  {
    name: "its namespace has none",
    args: ["--gateways", "elsewhere/gw"],
    says: /^scaletool: Cannot find Gateway elsewhere\/gw; kubectl get gateways -A/,
  },
  {
    name: "it has several listeners and none is named",
    prepare: (cluster) =>
      put(cluster, "gw", { listeners: [listener("a"), listener("b", { hostname: "b.test" })] }),
    says: /Gateway gateways\/gw has 2 listeners \(a, b\): say with --listeners which/,
  },
  {
    name: "it has no listener of that name",
    prepare: (cluster) => put(cluster, "gw"),
    args: ["--gateways", "gateways/gw", "--listeners", "htp"],
    says: /has no listener "htp" \(did you mean "http"\?\); it has http/,
  },
  {
    name: "the listener is for HTTPS",
    prepare: (cluster) =>
      put(cluster, "gw", {
        listeners: [
          listener("http"),
          listener("https", {
            protocol: "HTTPS",
            port: 443,
            tls: { certificateRefs: [{ name: "cert" }] },
          }),
        ],
      }),
    args: ["--gateways", "gateways/gw", "--listeners", "https"],
    says:
      /Listener "https" of Gateway gateways\/gw is for HTTPS: only listeners for HTTP can be probed/,
  },
  {
    name: "the listener takes routes of its own namespace alone",
    prepare: (cluster) =>
      put(cluster, "gw", {
        listeners: [listener("http", { allowedRoutes: { namespaces: { from: "Same" } } })],
      }),
    says:
      /takes routes of namespace "gateways" only .*from: Same.*would be in "scaletest".*--namespace gateways/,
  },
  {
    name: "the listener chooses namespaces by their labels, and not that of the routes",
    prepare: (cluster) =>
      put(cluster, "gw", {
        listeners: [
          listener("http", {
            allowedRoutes: {
              namespaces: { from: "Selector", selector: { matchLabels: { team: "a" } } },
            },
          }),
        ],
      }),
    says:
      /does not serve a route that is attached to it: .*of the route is said: Accepted=False NotAllowedByListeners/,
  },
  {
    name: "the listener takes one host name, and each route would have its own",
    prepare: (cluster) =>
      put(cluster, "gw", { listeners: [listener("http", { hostname: "gw.test" })] }),
    says:
      /Listener "http" of Gateway gateways\/gw takes routes of host gw\.test only: .*--hostnames shared/,
  },
  {
    name: "two listeners take host names that have none in common",
    prepare: (cluster) =>
      put(cluster, "gw", {
        listeners: [
          listener("a", { hostname: "*.a.test" }),
          listener("b", { hostname: "*.b.test" }),
        ],
      }),
    args: ["--gateways", "gateways/gw", "--listeners", "a,b"],
    says: /Listener "b" of Gateway gateways\/gw takes \*\.b\.test, and those before it \*\.a\.test/,
  },
  {
    name: "there is no such class",
    prepare: (cluster) => put(cluster, "gw", { className: "none" }),
    says:
      /Gateway gateways\/gw is of class "none", which there is none of: .*kubectl get gatewayclasses/,
  },
  {
    name: "its class is refused by the controller",
    async prepare(cluster) {
      await gatewayClass(cluster, "bad", { accepted: "False" });
      await put(cluster, "gw", { className: "bad" });
    },
    says:
      /is of class "bad", which its controller example\.com\/nobody refuses: Accepted=False \(Unsupported: not with these parameters\)/,
  },
  {
    name: "nobody is the controller of its class",
    async prepare(cluster) {
      await gatewayClass(cluster, "lonely");
      await put(cluster, "gw", { className: "lonely" });
    },
    says:
      /not ready after 100ms: it is not programmed: no controller has looked at it yet; no controller has accepted its class "lonely" either: does example\.com\/nobody run\?/,
  },
  {
    name: "it is programmed by one who says nothing of its class, and has no address",
    async prepare(cluster) {
      await gatewayClass(cluster, "quiet");
      await put(cluster, "gw", { className: "quiet" });
      await programWithoutAddress(cluster, "gw");
    },
    says: /is programmed, but has no address in its status; say where it answers with --address$/m,
  },
  {
    name: "its status tells no address",
    rewritten: withoutAddresses,
    prepare: (cluster) => put(cluster, "gw"),
    says:
      /is not ready after 100ms: it is programmed, but has no address in its status; say where it answers with --address/,
  },
  {
    name: "its port cannot be had",
    prepare: (cluster) => put(cluster, "gw", { listeners: [listener("http", { port: 1 })] }),
    says:
      /is not programmed: listener "http" has Accepted=False \(PortUnavailable: the data plane has no port 1\)/,
  },
  {
    name: "it has an address where nobody listens",
    args: ["--gateways", "gateways/sandbox", "--address", "[::1]:9"],
    says:
      /\[::1\]:9, the address of Gateway gateways\/sandbox .*does not serve .*connection-refused.*--address/,
  },
  {
    name: "the address is that of another Gateway",
    args: ["--gateways", "gateways/sandbox", "--address", "127.0.0.1:OTHER"],
    says:
      /does not serve a route that is attached to it: .*404.*of the route is said: Accepted=True/,
  },
  {
    name: "there is no such backend",
    args: ["--gateways", "gateways/sandbox", "--backend", "gateways/nobody:80"],
    says: /--backend: there is no Service gateways\/nobody/,
  },
  {
    name: "the backend has no such port",
    args: ["--gateways", "gateways/sandbox", "--backend", "gateways/backend:81"],
    says: /--backend: Service gateways\/backend has no port 81; it has 80, 8080/,
  },
  {
    name: "the Gateway API is not installed",
    async prepare(cluster) {
      for (const name of ["httproutes", "gateways", "gatewayclasses"]) {
        await removeDefinition(cluster, `${name}.gateway.networking.k8s.io`);
      }
    },
    args: ["--gateways", "gateways/sandbox"],
    says:
      /does not serve GatewayClass of gateway\.networking\.k8s\.io\/v1; install it with: kubectl apply --server-side -f https/,
  },
  {
    name: "grants cannot be given, as their kind is not installed",
    prepare: (cluster) => removeDefinition(cluster, "referencegrants.gateway.networking.k8s.io"),
    args: ["--gateways", "gateways/sandbox", "--simulate", "services"],
    says:
      /does not serve ReferenceGrant of gateway\.networking\.k8s\.io\/v1beta1.*install it with: kubectl apply/,
  },
  {
    name: "the Gateway API is of before there was v1",
    prepare: (cluster) => serveOnlyBeta(cluster, "httproutes.gateway.networking.k8s.io"),
    args: ["--gateways", "gateways/sandbox"],
    says:
      /does not serve HTTPRoute of gateway\.networking\.k8s\.io\/v1.*install it with: kubectl apply/,
  },
];

function withoutAddresses(object: KubeObject): KubeObject {
  const { addresses: _, ...status } = (object["status"] ?? {}) as Record<string, unknown>;
  return { ...object, status };
}

function removeDefinition({ kube }: GatewayCluster, name: string): Promise<void> {
  return kube.remove(CUSTOM_RESOURCE_DEFINITIONS, { namespace: "", name });
}

async function serveOnlyBeta(cluster: GatewayCluster, name: string): Promise<void> {
  const found = await cluster.kube.get(CUSTOM_RESOURCE_DEFINITIONS, { namespace: "", name });
  const { versions } = found["spec"] as { versions: Record<string, unknown>[] };
  const [v1] = versions.filter((version) => version["name"] === "v1");
  const spec = { ...found["spec"] as object, versions: [{ ...v1, name: "v1beta1" }] };
  await removeDefinition(cluster, name);
  const { annotations } = found.metadata;
  await cluster.kube.write("POST", CUSTOM_RESOURCE_DEFINITIONS, {
    metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
    spec,
  });
}

/** Namespaces, routes and grants that are there. */
async function left(cluster: GatewayCluster): Promise<string[]> {
  const kinds = [NAMESPACES, HTTP_ROUTES, REFERENCE_GRANTS];
  return (await Promise.all(kinds.map((kind) => cluster.names(kind)))).flat();
}

for (const { name, says, ...refused } of REFUSED) {
  const { prepare, rewritten, args = ["--gateways", "gateways/gw"], code = 1 } = refused;
  Deno.test(`no probe begins where ${name}`, async () => {
    await using cluster = await GatewayCluster.start(rewritten === undefined ? {} : { rewritten });
    await prepare?.(cluster);
    const before = await left(cluster);
    const given = args.map((arg) => arg.replace("OTHER", String(cluster.implementation.ports[1])));
    const done = await cluster.run([...PROBE, ...IMPATIENT, ...given, "--out", cluster.out()]);
    assert.equal(done.code, code, done.stderr);
    assert.match(done.stderr, says);
    const lines = done.stderr.trim().split("\n").filter((line) => line.startsWith("scaletool: "));
    assert.equal(lines.length, 1, done.stderr);
    assert.equal(done.stdout, "");
    assert.deepEqual(await left(cluster), before);
  });
}

interface DoctorFinding {
  readonly id: string;
  readonly status: string;
  readonly subject: string | null;
  readonly what: string;
  readonly fix: string | null;
}

const UNSERVED: readonly [
  how: string,
  kind: string,
  prepare: (cluster: GatewayCluster) => Promise<void>,
][] = [
  [
    "missing",
    "ReferenceGrant",
    (cluster) => removeDefinition(cluster, "referencegrants.gateway.networking.k8s.io"),
  ],
  [
    "too old",
    "HTTPRoute",
    (cluster) => serveOnlyBeta(cluster, "httproutes.gateway.networking.k8s.io"),
  ],
];

for (const [how, kind, prepare] of UNSERVED) {
  Deno.test(`the doctor says of a definition that is ${how} what the run says`, async () => {
    await using cluster = await GatewayCluster.start();
    await prepare(cluster);
    const args = ["--gateways", "gateways/sandbox", "--simulate", "services"];
    const ran = await cluster.run([...PROBE, ...args, "--out", cluster.out()]);
    const { stdout } = await cluster.run(["doctor", ...PROBE, ...args, "-o", "json"], {
      isQuiet: false,
    });
    const { findings } = JSON.parse(stdout) as { findings: readonly DoctorFinding[] };
    const { what, fix } = findings.find(({ id, status, subject }) =>
      id === "kind" && status === "problem" && subject?.startsWith(kind)
    )!;
    assert.match(fix ?? "", /kubectl apply .*v\d+\.\d+\.\d+\/standard-install\.yaml/);
    assert.ok(ran.stderr.includes(`${what}; ${fix}`), `${ran.stderr}\n${what}; ${fix}`);
  });
}

const ABSENT: readonly [what: string, args: readonly string[], says: RegExp][] = [
  [
    "a Gateway that is not there",
    ["--gateways", "gateways/nope"],
    /^there is no Gateway gateways\/nope$/,
  ],
  [
    "a listener that is not there",
    ["--gateways", "gateways/sandbox", "--listeners", "nope"],
    /Gateway gateways\/sandbox has no listener "nope"/,
  ],
  [
    "a Service that is not there",
    ["--gateways", "gateways/sandbox", "--backend", "gateways/nobody:80"],
    /^there is no Service gateways\/nobody$/,
  ],
  [
    "a Service without such a port",
    ["--gateways", "gateways/sandbox", "--backend", "gateways/backend:81"],
    /^--backend: Service gateways\/backend has no port 81; it has 80, 8080$/,
  ],
];

for (const [what, args, says] of ABSENT) {
  Deno.test(`the doctor sees ${what}`, async () => {
    await using cluster = await GatewayCluster.start();
    const { code, stdout } = await cluster.run(["doctor", ...PROBE, ...args, "-o", "json"], {
      isQuiet: false,
    });
    assert.equal(code, 3, stdout);
    const { findings } = JSON.parse(stdout) as { findings: (DoctorFinding & { id: string })[] };
    const found = findings.filter(({ id, status }) => id === "presence" && status === "problem");
    assert.equal(found.length, 1, stdout);
    assert.match(found[0]!.what, says);
  });
}
