/**
 * What becomes of an object that is created, updated or patched?
 * @module
 */

import assert from "node:assert/strict";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../kube/status_error.ts";
import {
  APPLY,
  ask,
  configMapsOf,
  get,
  JSON_PATCH,
  MERGE,
  patch,
  post,
  put,
  STRATEGIC,
} from "./asking.ts";
import type { Behaviour } from "./subject.ts";

const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

export const OBJECTS: readonly Behaviour[] = [
  {
    name: "a new object has uid, time, version and nothing that was not asked for",
    check: async (subject, namespace) => {
      const body = { metadata: { name: "a", labels: { x: "1" } }, data: { k: "v" } };
      const made = await post(subject, configMapsOf(namespace), body);
      const { uid, creationTimestamp, resourceVersion, managedFields: _, ...metadata } =
        made.metadata;
      assert.match(uid, UID);
      assert.match(creationTimestamp, SECONDS);
      assert.match(resourceVersion, /^[1-9]\d*$/);
      assert.deepEqual({ ...made, metadata }, {
        kind: "ConfigMap",
        apiVersion: "v1",
        metadata: { name: "a", namespace, labels: { x: "1" } },
        data: { k: "v" },
      });
      assert.deepEqual(await get(subject, `${configMapsOf(namespace)}/a`), made);
    },
  },
  {
    name: "what only the server may say is not taken from a client",
    check: async (subject, namespace) => {
      const { metadata } = await post(subject, configMapsOf(namespace), {
        metadata: {
          name: "a",
          uid: "11111111-2222-4333-8444-555555555555",
          creationTimestamp: "2020-01-01T00:00:00Z",
          deletionTimestamp: "2020-01-01T00:00:00Z",
        },
      });
      assert.notEqual(metadata.uid, "11111111-2222-4333-8444-555555555555");
      assert.notEqual(metadata.creationTimestamp, "2020-01-01T00:00:00Z");
      assert.equal(metadata.deletionTimestamp, undefined);
    },
  },
  {
    name: "generateName is given a suffix of five characters",
    check: async (subject, namespace) => {
      const body = { metadata: { generateName: "gen-" } };
      const one = await post(subject, configMapsOf(namespace), body);
      const other = await post(subject, configMapsOf(namespace), body);
      assert.match(one.metadata.name, /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      assert.notEqual(one.metadata.name, other.metadata.name);
    },
  },
  {
    name: "a dry run answers as if, and leaves nothing",
    check: async (subject, namespace) => {
      const path = `${configMapsOf(namespace)}?dryRun=All`;
      const { metadata } = await post(subject, path, { metadata: { name: "a" } });
      assert.match(metadata.uid, UID);
      assert.equal(metadata.resourceVersion, undefined);
      const { status } = await ask(subject, `${configMapsOf(namespace)}/a`);
      assert.equal(status, 404);
    },
  },
  {
    name: "an update replaces all but what the server keeps, and moves the version on",
    check: async (subject, namespace) => {
      const path = `${configMapsOf(namespace)}/a`;
      const body = { metadata: { name: "a", labels: { x: "1" } }, data: { k: "v" } };
      const made = await post(subject, configMapsOf(namespace), body);
      const next = await put(subject, path, { metadata: { name: "a" }, data: { q: "1" } });
      assert.deepEqual(next["data"], { q: "1" });
      assert.equal(next.metadata.labels, undefined);
      assert.equal(next.metadata.uid, made.metadata.uid);
      assert.equal(next.metadata.creationTimestamp, made.metadata.creationTimestamp);
      assert.ok(Number(next.metadata.resourceVersion) > Number(made.metadata.resourceVersion));
      assert.deepEqual(await get(subject, path), next);
    },
  },
  {
    name: "a write that changes nothing leaves the version alone",
    check: async (subject, namespace) => {
      const path = `${configMapsOf(namespace)}/a`;
      const body = { metadata: { name: "a" }, data: { k: "v" } };
      const { metadata: { resourceVersion } } = await post(subject, configMapsOf(namespace), body);
      const same = await patch(subject, path, { body: { data: { k: "v" } } });
      assert.equal(same.metadata.resourceVersion, resourceVersion);
      const again = await put(subject, path, body);
      assert.equal(again.metadata.resourceVersion, resourceVersion);
    },
  },
  {
    name: "all four kinds of patches change what they name",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      const path = `${collection}/a`;
      await post(subject, collection, { metadata: { name: "a" }, data: { k: "0", gone: "x" } });
      await patch(subject, path, { body: { data: { k: "1", gone: null } }, type: MERGE });
      await patch(subject, path, { body: { data: { s: "2" } }, type: STRATEGIC });
      await patch(subject, path, {
        body: [{ op: "add", path: "/data/j", value: "3" }],
        type: JSON_PATCH,
      });
      const applied = await patch(subject, `${path}?fieldManager=m`, {
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { p: "4" } },
        type: APPLY,
      });
      assert.deepEqual(applied["data"], { k: "1", s: "2", j: "3", p: "4" });
    },
  },
  {
    name: "an apply creates what is not there, and another manager's change is a conflict",
    check: async (subject, namespace) => {
      const path = `${configMapsOf(namespace)}/a`;
      const body = (k: string) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a" },
        data: { k },
      });
      await patch(subject, `${path}?fieldManager=m1`, {
        body: body("1"),
        type: APPLY,
        status: 201,
      });
      const refused = await ask(subject, `${path}?fieldManager=m2`, {
        method: "PATCH",
        body: body("2"),
        contentType: APPLY,
      });
      const { message, reason, details } = refused.body as Record<string, unknown>;
      assert.deepEqual({ status: refused.status, message, reason, details }, {
        status: 409,
        message: 'Apply failed with 1 conflict: conflict with "m1": .data.k',
        reason: "Conflict",
        details: {
          causes: [{
            reason: "FieldManagerConflict",
            message: 'conflict with "m1"',
            field: ".data.k",
          }],
        },
      });
      const forced = await patch(subject, `${path}?fieldManager=m2&force=true`, {
        body: body("2"),
        type: APPLY,
      });
      assert.deepEqual(forced["data"], { k: "2" });
    },
  },
  {
    name: "the field manager of a create is kept",
    check: async (subject, namespace) => {
      const path = `${configMapsOf(namespace)}?fieldManager=somebody`;
      const { metadata } = await post(subject, path, { metadata: { name: "a" }, data: { k: "v" } });
      const [entry] = metadata.managedFields ?? [];
      assert.equal(entry?.manager, "somebody");
      assert.equal(entry?.operation, "Update");
    },
  },
  {
    name: "unknown fields are dropped with a warning",
    check: async (subject, namespace) => {
      const answer = await subject.ask(configMapsOf(namespace), {
        method: "POST",
        body: { metadata: { name: "a" }, foo: 1 },
      });
      assert.equal(answer.status, 201);
      assert.equal(answer.headers.get("warning"), '299 - "unknown field \\"foo\\""');
      assert.equal("foo" in JSON.parse(answer.text), false);
    },
  },
  {
    name: "an immutable ConfigMap keeps its data",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      await post(subject, collection, {
        metadata: { name: "a" },
        immutable: true,
        data: { a: "1" },
      });
      const { status, body } = await ask(subject, `${collection}/a`, {
        method: "PATCH",
        contentType: MERGE,
        body: { data: { a: "2" } },
      });
      assert.equal(status, 422);
      assert.equal(
        (body as { message: string }).message,
        'ConfigMap "a" is invalid: data: Forbidden: field is immutable when `immutable` is set',
      );
    },
  },
  {
    name: "the Cluster port sees conflicts as what they are",
    check: async ({ cluster }, namespace) => {
      const object = { metadata: { name: "a", namespace }, data: { k: "v" } };
      const { object: made } = await cluster.create(CONFIG_MAPS, object, { fieldManager: "suite" });
      await assert.rejects(cluster.create(CONFIG_MAPS, object), isAlreadyExists);
      const next = { ...made, data: { k: "w" } };
      assert.deepEqual((await cluster.update(CONFIG_MAPS, next)).object["data"], { k: "w" });
      await assert.rejects(cluster.update(CONFIG_MAPS, next), isConflict);
      const ref = { namespace, name: "a" };
      const change = { body: { data: { k: null } }, options: { type: "strategic" as const } };
      assert.equal((await cluster.patch(CONFIG_MAPS, ref, change)).object["data"], undefined);
      await cluster.delete(CONFIG_MAPS, ref);
      await assert.rejects(cluster.get(CONFIG_MAPS, ref), isNotFound);
      await assert.rejects(cluster.delete(CONFIG_MAPS, ref), isNotFound);
    },
  },
  {
    name: "metadata alone can be asked for",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      await post(subject, collection, { metadata: { name: "a" }, data: { k: "v" } });
      const { text } = await subject.ask(`${collection}/a`, {
        accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
      });
      const { kind, apiVersion, metadata, ...rest } = JSON.parse(text);
      assert.deepEqual({ kind, apiVersion, rest, name: metadata.name }, {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        rest: {},
        name: "a",
      });
    },
  },
];
