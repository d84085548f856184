import assert from "node:assert/strict";
import { apiServerEndpoints } from "../../../kube/server/endpoints.ts";
import { ENDPOINT_SLICES, ENDPOINTS } from "../../../kube/resource.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const HTTPS = { name: "https", port: 6443, protocol: "TCP" };

interface Slice {
  addressType?: string;
  endpoints?: unknown;
  ports?: unknown;
}

/** A cluster with these slices of the Service, and one of another Service. */
function clusterWith(slices: readonly Slice[]): MemoryCluster {
  const cluster = new MemoryCluster();
  for (const [index, slice] of slices.entries()) putSlice(cluster, `kubernetes-${index}`, slice);
  putSlice(cluster, "other", { endpoints: [{ addresses: ["10.9.9.9"] }], ports: [HTTPS] });
  return cluster;
}

function putSlice(cluster: MemoryCluster, name: string, slice: Slice): void {
  const service = name.replace(/-\d+$/, "");
  const labels = { "kubernetes.io/service-name": service };
  const metadata = { namespace: "default", name, labels };
  cluster.put(ENDPOINT_SLICES, { metadata, addressType: "IPv4", ...slice });
}

function putEndpoints(cluster: MemoryCluster, subsets?: unknown): void {
  cluster.put(ENDPOINTS, { metadata: { namespace: "default", name: "kubernetes" }, subsets });
}

for (
  const { name, slices, expected } of [
    {
      name: "ready addresses of all slices, sorted and each once",
      slices: [
        { endpoints: [{ addresses: ["10.0.0.2"], conditions: { ready: true } }], ports: [HTTPS] },
        { endpoints: [{ addresses: ["10.0.0.1", "10.0.0.2"], conditions: {} }], ports: [HTTPS] },
      ],
      expected: ["https://10.0.0.1:6443", "https://10.0.0.2:6443"],
    },
    {
      name: "no address that is not ready",
      slices: [{
        endpoints: [
          { addresses: ["10.0.0.1"], conditions: { ready: false } },
          { addresses: ["10.0.0.2"] },
        ],
        ports: [HTTPS],
      }],
      expected: ["https://10.0.0.2:6443"],
    },
    {
      name: "IPv6 in brackets",
      slices: [{ addressType: "IPv6", endpoints: [{ addresses: ["fd00::1"] }], ports: [HTTPS] }],
      expected: ["https://[fd00::1]:6443"],
    },
    {
      name: "the port named https before the first",
      slices: [{
        endpoints: [{ addresses: ["10.0.0.1"] }],
        ports: [{ name: "metrics", port: 80 }, HTTPS],
      }],
      expected: ["https://10.0.0.1:6443"],
    },
    {
      name: "the first TCP port where none is named https",
      slices: [{
        endpoints: [{ addresses: ["10.0.0.1"] }],
        ports: [{ port: 53, protocol: "UDP" }, { port: 443 }, { port: 444, protocol: "TCP" }],
      }],
      expected: ["https://10.0.0.1:443"],
    },
    {
      name: "nothing of slices with names, without endpoints or without a TCP port",
      slices: [
        { addressType: "FQDN", endpoints: [{ addresses: ["api.example.com"] }], ports: [HTTPS] },
        { endpoints: null, ports: [HTTPS] },
        { endpoints: [{ addresses: ["10.0.0.1"] }], ports: null },
        { endpoints: [{ addresses: ["10.0.0.1"] }], ports: [{ port: 6443, protocol: "SCTP" }] },
      ],
      expected: [],
    },
  ]
) {
  Deno.test(`apiServerEndpoints takes ${name}`, async () => {
    assert.deepEqual(await apiServerEndpoints(clusterWith(slices)), expected);
  });
}

Deno.test("apiServerEndpoints does not read Endpoints where slices have addresses", async () => {
  const slice = { endpoints: [{ addresses: ["10.0.0.1"] }], ports: [HTTPS] };
  const cluster = clusterWith([slice]);
  putEndpoints(cluster, [{ addresses: [{ ip: "10.0.0.7" }], ports: [HTTPS] }]);
  assert.deepEqual(await apiServerEndpoints(cluster), ["https://10.0.0.1:6443"]);
});

Deno.test("apiServerEndpoints falls back to Endpoints where slices are empty or not served", async () => {
  for (const isServed of [true, false]) {
    const cluster = clusterWith([]);
    if (!isServed) cluster.fail("list", statusError(404, "NotFound"));
    putEndpoints(cluster, [
      { addresses: [{ ip: "fd00::2" }, { ip: "10.0.0.7" }], ports: [HTTPS] },
      { notReadyAddresses: [{ ip: "10.0.0.8" }], ports: [HTTPS] },
      { addresses: [{ ip: "10.0.0.9" }] },
    ]);
    assert.deepEqual(await apiServerEndpoints(cluster), [
      "https://10.0.0.7:6443",
      "https://[fd00::2]:6443",
    ]);
  }
});

Deno.test("apiServerEndpoints is empty where the cluster publishes none, and fails where it may not ask", async () => {
  assert.deepEqual(await apiServerEndpoints(clusterWith([])), []);
  const bare = clusterWith([]);
  putEndpoints(bare);
  assert.deepEqual(await apiServerEndpoints(bare), []);
  const refusal = statusError(403, "Forbidden");
  const closed = clusterWith([]);
  closed.fail("list", refusal);
  await assert.rejects(apiServerEndpoints(closed), refusal);
});
