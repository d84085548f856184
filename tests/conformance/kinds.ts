/**
 * What does the server add to what clients write, and what does it leave alone?
 * @module
 */

import assert from "node:assert/strict";
import { list, namesOf, patch, post } from "./asking.ts";
import { KINDS, SELECTOR, TEMPLATE } from "./kind_table.ts";
import type { Behaviour, Seen } from "./subject.ts";

export const KIND_DEFAULTS: readonly Behaviour[] = [
  ...KINDS.map(({ kind, path, body, expects, generation }): Behaviour => ({
    name: `a ${kind} is completed`,
    check: async (subject, namespace) => {
      const here = <T>(value: T): T =>
        JSON.parse(JSON.stringify(value).replaceAll("NS", namespace));
      const made = await post(subject, here(path), { metadata: { name: "x" }, ...here(body) });
      const { kind: ofKind, apiVersion: _, metadata, ...rest } = made;
      assert.equal(ofKind, kind);
      assert.equal(metadata.generation, generation);
      assert.deepEqual(rest, here(expects));
    },
  })),
  {
    name: "a Service has an address of its own, and keeps it",
    check: async (subject, namespace) => {
      const path = `/api/v1/namespaces/${namespace}/services`;
      const ipOf = ({ spec }: Seen) => (spec as { clusterIP: string }).clusterIP;
      const body = (name: string) => ({ metadata: { name }, spec: { ports: [{ port: 80 }] } });
      const made = await post(subject, path, body("a"));
      const clusterIP = ipOf(made);
      assert.match(clusterIP, /^\d+\.\d+\.\d+\.\d+$/);
      assert.deepEqual([made["spec"], made["status"]], [{
        ports: [{ protocol: "TCP", port: 80, targetPort: 80 }],
        clusterIP,
        clusterIPs: [clusterIP],
        type: "ClusterIP",
        sessionAffinity: "None",
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
        internalTrafficPolicy: "Cluster",
      }, { loadBalancer: {} }]);
      assert.notEqual(ipOf(await post(subject, path, body("b"))), clusterIP);
      const next = await patch(subject, `${path}/a`, { body: { spec: { selector: { a: "b" } } } });
      assert.equal(ipOf(next), clusterIP);
    },
  },
  {
    name: "a Service keeps an address that it is given, and one of another name has none",
    check: async (subject, namespace) => {
      const path = `/api/v1/namespaces/${namespace}/services`;
      const fixed = await post(subject, path, {
        metadata: { name: "headless" },
        spec: { clusterIP: "None", ports: [{ port: 80 }] },
      });
      assert.equal((fixed["spec"] as { clusterIP: string }).clusterIP, "None");
      const { spec, status } = await post(subject, path, {
        metadata: { name: "named" },
        spec: { type: "ExternalName", externalName: "127.0.0.1", ports: [{ port: 80 }] },
      });
      assert.deepEqual([spec, status], [{
        ports: [{ protocol: "TCP", port: 80, targetPort: 80 }],
        type: "ExternalName",
        sessionAffinity: "None",
        externalName: "127.0.0.1",
      }, { loadBalancer: {} }]);
    },
  },
  {
    name: "a Job selects its own pods",
    check: async (subject, namespace) => {
      const made = await post(subject, `/apis/batch/v1/namespaces/${namespace}/jobs`, {
        metadata: { name: "j" },
        spec: {
          suspend: true,
          template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i:1" }] } },
        },
      });
      const { uid } = made.metadata;
      const labels = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": "j",
        "controller-uid": uid,
        "job-name": "j",
      };
      const { selector, template, ...spec } = made["spec"] as Record<string, unknown>;
      assert.deepEqual(selector, { matchLabels: { "batch.kubernetes.io/controller-uid": uid } });
      assert.deepEqual((template as { metadata: unknown }).metadata, { labels });
      assert.deepEqual(spec, {
        parallelism: 1,
        completions: 1,
        backoffLimit: 6,
        manualSelector: false,
        completionMode: "NonIndexed",
        suspend: true,
        podReplacementPolicy: "TerminatingOrFailed",
      });
    },
  },
  {
    name: "a status is written through its own path alone",
    check: async (subject, namespace) => {
      const path = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
      await post(subject, path, {
        metadata: { name: "r" },
        spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE },
        status: { replicas: 7 },
      });
      const one = await patch(subject, `${path}/r`, { body: { status: { replicas: 7 } } });
      assert.equal((one["status"] as { replicas: number }).replicas, 0);
      const other = await patch(subject, `${path}/r/status`, {
        body: { status: { replicas: 7 }, spec: { minReadySeconds: 3 } },
      });
      assert.equal((other["status"] as { replicas: number }).replicas, 7);
      assert.equal(other.metadata.generation, 1);
    },
  },
  {
    name: "the API server's own service is there",
    check: async (subject) => {
      const services = await list(subject, "/api/v1/namespaces/default/services");
      assert.ok(namesOf(services).includes("kubernetes"));
    },
  },
];
