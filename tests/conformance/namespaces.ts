/**
 * What is in a namespace from its beginning, and how does it end?
 * @module
 */

import assert from "node:assert/strict";
import {
  ask,
  configMapsOf,
  eventually,
  get,
  list,
  namesOf,
  patch,
  post,
  remove,
} from "./asking.ts";
import type { Behaviour, Seen, Subject } from "./subject.ts";

const FINALIZER = "example.com/hold";

/** A namespace that an object of its own holds, after its deletion. */
async function heldNamespace(subject: Subject, name: string): Promise<Seen> {
  await post(subject, "/api/v1/namespaces", { metadata: { name } });
  await post(subject, configMapsOf(name), { metadata: { name: "held", finalizers: [FINALIZER] } });
  return await remove(subject, `/api/v1/namespaces/${name}`);
}

async function release(subject: Subject, name: string): Promise<void> {
  const path = `${configMapsOf(name)}/held`;
  await patch(subject, path, { body: { metadata: { finalizers: null } } });
  await eventually(
    `${name} gone`,
    async () => (await ask(subject, `/api/v1/namespaces/${name}`)).status === 404,
  );
}

export const NAMESPACES: readonly Behaviour[] = [
  {
    name: "four namespaces are there from the beginning",
    check: async (subject) => {
      const names = namesOf(await list(subject, "/api/v1/namespaces"));
      for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
        assert.ok(names.includes(name), name);
      }
    },
  },
  {
    name: "a new namespace is active, carries its name as a label and has a finalizer",
    check: async (subject, namespace) => {
      const name = `${namespace}-new`;
      const { metadata, ...rest } = await post(subject, "/api/v1/namespaces", {
        metadata: { name, labels: { a: "b" } },
      });
      assert.deepEqual(metadata.labels, { a: "b", "kubernetes.io/metadata.name": name });
      assert.deepEqual(rest, {
        kind: "Namespace",
        apiVersion: "v1",
        spec: { finalizers: ["kubernetes"] },
        status: { phase: "Active" },
      });
    },
  },
  {
    name: "each namespace gets the authority's certificate and a service account, again and again",
    check: async (subject, namespace) => {
      const certificate = `${configMapsOf(namespace)}/kube-root-ca.crt`;
      const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
      for (const path of [certificate, account]) {
        const isThere = async () => (await ask(subject, path)).status === 200;
        await eventually(path, isThere);
        const { metadata: { uid } } = await get(subject, path);
        await remove(subject, path);
        await eventually(`another ${path}`, async () => {
          const { status, body } = await ask(subject, path);
          return status === 200 && (body as Seen).metadata.uid !== uid;
        });
      }
    },
  },
  {
    name: "a deleted namespace is Terminating, takes nothing new and says what holds it",
    check: async (subject, namespace) => {
      const name = `${namespace}-held`;
      const path = `/api/v1/namespaces/${name}`;
      const going = await heldNamespace(subject, name);
      assert.equal((going["status"] as { phase: string }).phase, "Terminating");
      assert.deepEqual(going["spec"], { finalizers: ["kubernetes"] });
      assert.match(going.metadata.deletionTimestamp ?? "", /Z$/);
      assert.equal(going.metadata.deletionGracePeriodSeconds, undefined);
      const refused = await ask(subject, configMapsOf(name), {
        method: "POST",
        body: { metadata: { name: "late" } },
      });
      const { message, reason, details, code } = refused.body as Record<string, unknown>;
      assert.deepEqual({ message, reason, details, code }, {
        message:
          `configmaps "late" is forbidden: unable to create new content in namespace ${name} because it ` +
          "is being terminated",
        reason: "Forbidden",
        details: {
          name: "late",
          kind: "configmaps",
          causes: [{
            reason: "NamespaceTerminating",
            message: `namespace ${name} is being terminated`,
            field: "metadata.namespace",
          }],
        },
        code: 403,
      });
      const again = await ask(subject, "/api/v1/namespaces", {
        method: "POST",
        body: { metadata: { name } },
      });
      assert.equal(
        (again.body as { message: string }).message,
        `object is being deleted: namespaces "${name}" already exists`,
      );
      const said = async () => {
        const { conditions = [] } = (await get(subject, path))["status"] as {
          conditions?: { type: string; status: string; reason: string; message: string }[];
        };
        return conditions.map(({ type, status, reason, message }) => ({
          type,
          status,
          reason,
          message,
        }));
      };
      await eventually("conditions", async () => (await said()).length > 0);
      assert.deepEqual((await said()).slice(3), [
        {
          type: "NamespaceContentRemaining",
          status: "True",
          reason: "SomeResourcesRemain",
          message: "Some resources are remaining: configmaps. has 1 resource instances",
        },
        {
          type: "NamespaceFinalizersRemaining",
          status: "True",
          reason: "SomeFinalizersRemain",
          message:
            `Some content in the namespace has finalizers remaining: ${FINALIZER} in 1 resource instances`,
        },
      ]);
      await release(subject, name);
    },
  },
  {
    name: "everything in a deleted namespace goes with it",
    check: async (subject, namespace) => {
      const name = `${namespace}-gone`;
      await post(subject, "/api/v1/namespaces", { metadata: { name } });
      await post(subject, configMapsOf(name), { metadata: { name: "a" } });
      await post(subject, `/apis/wardle.example.com/v1alpha1/namespaces/${name}/flunders`, {
        metadata: { name: "f" },
      });
      await remove(subject, `/api/v1/namespaces/${name}`);
      await eventually(
        `${name} gone`,
        async () => (await ask(subject, `/api/v1/namespaces/${name}`)).status === 404,
      );
      assert.deepEqual((await list(subject, configMapsOf(name))).items, []);
    },
  },
];
