import assert from "node:assert/strict";
import { isIPv4 } from "node:net";
import {
  simulatedBackend,
  simulatedNode,
  simulatedService,
  simulatedSlice,
} from "../../../../probes/gateway/objects/simulated_cluster.ts";

const PLACE = { namespace: "sim", labels: { run: "1" } };

Deno.test("a simulated Service has no selector, by which a controller would write its slices", () => {
  assert.deepEqual(simulatedService(1, PLACE), {
    metadata: { name: "sim-service-0001", namespace: "sim", labels: { run: "1" } },
    spec: {
      type: "ClusterIP",
      ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 8_080 }],
    },
  });
});

Deno.test("its slice has two endpoints that are said to be ready", () => {
  assert.deepEqual(simulatedSlice(128, PLACE), {
    metadata: {
      name: "sim-service-0128",
      namespace: "sim",
      labels: { run: "1", "kubernetes.io/service-name": "sim-service-0128" },
    },
    addressType: "IPv4",
    endpoints: [
      { addresses: ["10.244.1.1"], conditions: { ready: true } },
      { addresses: ["10.244.1.2"], conditions: { ready: true } },
    ],
    ports: [{ name: "http", protocol: "TCP", port: 8_080 }],
  });
});

function endpointsOf(index: number, servicesPerNode?: number) {
  const place = servicesPerNode === undefined ? PLACE : { ...PLACE, servicesPerNode };
  return simulatedSlice(index, place)["endpoints"] as { addresses: string[]; nodeName?: string }[];
}

Deno.test("no two endpoints of any cluster have one address", () => {
  const services = 40_000; // more than one 10.244.0.0/16 holds
  const addresses = new Set<string>();
  for (let index = 1; index <= services; index++) {
    for (const { addresses: [address] } of endpointsOf(index)) {
      assert.ok(isIPv4(address!) && address!.startsWith("10.24"), address);
      addresses.add(address!);
    }
  }
  assert.equal(addresses.size, services * 2);
});

Deno.test("endpoints are on simulated Nodes where there are such", () => {
  const nodes = [1, 20, 21].map((index) => endpointsOf(index, 20)[1]!.nodeName);
  assert.deepEqual(nodes, ["sim-node-0001", "sim-node-0001", "sim-node-0002"]);
  assert.equal(simulatedNode(1, {}).metadata.name, "sim-node-0001");
});

Deno.test("a simulated Node is ready, takes no pods and says nothing of a machine", () => {
  const { metadata, spec, status } = simulatedNode(2, { run: "1" });
  assert.deepEqual(metadata.labels, {
    run: "1",
    "kubernetes.io/hostname": "sim-node-0002",
    "scaletool.io/simulated": "true",
  });
  assert.deepEqual(spec, {
    unschedulable: true,
    taints: [{ key: "scaletool.io/simulated", value: "true", effect: "NoSchedule" }],
  });
  const { conditions, addresses } = status as Record<string, Record<string, string>[]>;
  assert.equal(conditions?.find(({ type }) => type === "Ready")?.["status"], "True");
  assert.deepEqual(addresses, [{ type: "InternalIP", address: "10.0.0.2" }]);
});

Deno.test("routes go to the simulated Services in turn", () => {
  const services = [1, 40, 41].map((index) =>
    simulatedBackend(index, { namespace: "sim", services: 40 })
  );
  const backend = { kind: "backend", namespace: "sim", port: 80 } as const;
  assert.deepEqual(services, [
    { ...backend, service: "sim-service-0001" },
    { ...backend, service: "sim-service-0040" },
    { ...backend, service: "sim-service-0001" },
  ]);
});
