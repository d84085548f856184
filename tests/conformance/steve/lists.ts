/**
 * What does Steve answer when a type or an object is asked for?
 * @module
 */

import assert from "node:assert/strict";
import { configMapsOf, get } from "../asking.ts";
import { askSteve, listSteve, makeConfigMap, revisionOf, untilSteveHas } from "./asking_steve.ts";
import type { SteveBehaviour, SteveSubject } from "./subject.ts";

/** Every namespace has that one. */
const ROOT_CA = "kube-root-ca.crt";

/** Makes ConfigMaps of these names, known to Steve when it resolves; the last one's revision. */
async function make(
  subject: SteveSubject,
  namespace: string,
  names: readonly string[],
): Promise<string> {
  let revision = "";
  for (const name of names) {
    const labels = { named: name };
    const made = await makeConfigMap(subject, namespace, { name, labels, data: { k: "v" } });
    revision = made.metadata.resourceVersion;
  }
  await untilSteveHas(subject, { revision });
  return revision;
}

function error(code: string, message: string, status: number): string {
  const said = `"code":${JSON.stringify(code)},"message":${JSON.stringify(message)}`;
  return `{"type":"error","links":{},${said},"status":${status},"type":"error"}\n`;
}

/** What is asked for below the collection of ConfigMaps, and how it is refused. */
const REFUSALS: readonly { path: string; status: number; text: string }[] = [
  {
    path: "/NS/missing",
    status: 404,
    text: error("NotFound", 'configmaps "missing" not found', 404),
  },
  {
    path: "?filter=nonsense=1",
    status: 422,
    text: error(
      "InvalidBodyContent",
      "column is invalid [nonsense]: supplied column is invalid",
      422,
    ),
  },
  {
    path: "?revision=999999999",
    status: 400,
    text: error("unknown revision", "unknown revision", 400),
  },
  {
    path: "?revision=latest",
    status: 400,
    text: error(
      "invalid revision query param",
      "value latest for revision query param is not valid",
      400,
    ),
  },
];

export const LISTS: readonly SteveBehaviour[] = [
  {
    name: "a collection without objects has no count",
    check: async (subject) => {
      const path = "/v1/configmaps?filter=metadata.namespace=nowhere";
      const { status, text, headers } = await askSteve(subject, path);
      const self = `${subject.url}/v1/configmaps`;
      assert.equal(status, 200);
      const { revision } = JSON.parse(text);
      assert.match(revision, /^\d+$/);
      assert.equal(
        text,
        `{"type":"collection","links":{"self":"${self}"},"createTypes":{"configmap":"${self}"},` +
          `"actions":{},"resourceType":"configmap","revision":"${revision}","data":[]}\n`,
      );
      assert.equal(headers.get("content-type"), "application/json");
      assert.equal(headers.get("x-api-schemas"), `${subject.url}/v1/schemas`);
      assert.equal(headers.get("expires"), "Wed 24 Feb 1982 18:42:00 GMT");
    },
  },
  {
    name: "a namespace has the same objects by filter and by path, and its own address",
    check: async (subject, namespace) => {
      const revision = await make(subject, namespace, ["a"]);
      const byFilter = `/v1/configmaps?filter=metadata.namespace=${namespace}`;
      const lists = [byFilter, `/v1/configmaps/${namespace}`];
      for (const path of lists) {
        const { text } = await askSteve(subject, path);
        const self = `${subject.url}${path.split("?")[0]}`;
        const create = `${subject.url}/v1/configmaps`;
        const head = `{"type":"collection","links":{"self":"${self}"},` +
          `"createTypes":{"configmap":"${create}"},"actions":{},"resourceType":"configmap",` +
          `"revision":"${JSON.parse(text).revision}","count":2,"data":[{"id":"${namespace}/a",` +
          `"type":"configmap","links":{"patch":"${create}/${namespace}/a",`;
        assert.equal(text.slice(0, head.length), head);
        assert.ok(BigInt(JSON.parse(text).revision) >= BigInt(revision));
        const { data } = await listSteve(subject, path);
        assert.deepEqual(data.map(({ id }) => id), [`${namespace}/a`, `${namespace}/${ROOT_CA}`]);
      }
    },
  },
  {
    name: "an object of a list is the stored one, with Steve's additions",
    check: async (subject, namespace) => {
      await make(subject, namespace, ["a"]);
      const { data: [listed] } = await listSteve(subject, `/v1/configmaps/${namespace}`);
      const { text } = await askSteve(subject, `/v1/configmaps/${namespace}/a`);
      const stored = await get(subject, `${configMapsOf(namespace)}/a`);
      for (const { _id, ...object } of [listed!, JSON.parse(text)]) {
        const { links, metadata, ...rest } = object;
        assert.deepEqual(Object.keys(links), ["patch", "remove", "self", "update", "view"]);
        const { fields, state, relationships, ...storedMetadata } = metadata;
        assert.deepEqual(fields.slice(0, 2), ["a", 1]);
        assert.equal(state.name, "active");
        assert.equal(relationships, null);
        const { metadata: expectedMetadata, ...expected } = stored;
        assert.deepEqual(storedMetadata, expectedMetadata);
        assert.deepEqual(rest, { id: `${namespace}/a`, type: "configmap", ...expected });
      }
    },
  },
  {
    name: "what is excluded is left out, and the rest is there",
    check: async (subject, namespace) => {
      await make(subject, namespace, ["a"]);
      const path = `/v1/configmaps?filter=metadata.namespace=${namespace}&exclude=data`;
      const { data } = await listSteve(subject, path);
      assert.equal(data.length, 2);
      assert.ok(data.every((object) => object["data"] === undefined));
      assert.deepEqual(data.map(({ metadata }) => metadata.name), ["a", ROOT_CA]);
      const both = await listSteve(subject, `${path}&exclude=metadata.managedFields`);
      assert.ok(both.data.every(({ metadata }) => !("managedFields" in metadata)));
    },
  },
  {
    name: "filters with = are exact, with ~ partial, with commas one of, and repeated all of",
    check: async (subject, namespace) => {
      await make(subject, namespace, ["a", "ab", "b"]);
      const names = async (...filters: readonly string[]) => {
        const query = filters.map((filter) => `&filter=${encodeURIComponent(filter)}`).join("");
        const path = `/v1/configmaps?filter=metadata.namespace=${namespace}${query}`;
        return (await listSteve(subject, path)).data.map(({ metadata }) => metadata.name);
      };
      assert.deepEqual(await names("metadata.name=a"), ["a"]);
      assert.deepEqual(await names("metadata.name~a", `metadata.name!=${ROOT_CA}`), ["a", "ab"]);
      assert.deepEqual(await names("metadata.name=a,metadata.name=b"), ["a", "b"]);
      assert.deepEqual(await names("metadata.name~a", "metadata.name~b"), ["ab", ROOT_CA]);
      assert.deepEqual(await names("metadata.labels.named=ab"), ["ab"]);
      assert.deepEqual(await names(`id=${namespace}/b`), ["b"]);
    },
  },
  {
    name: "a list of a revision that Steve has is answered",
    check: async (subject, namespace) => {
      const revision = await make(subject, namespace, ["a"]);
      for (const asked of [revision, "1", await revisionOf(subject)]) {
        const path = `/v1/configmaps/${namespace}?revision=${asked}`;
        assert.equal((await listSteve(subject, path)).count, 2);
      }
    },
  },
  {
    name: "a type that is not there is 404 without a body",
    check: async (subject) => {
      const { status, text } = await askSteve(subject, "/v1/example.com.nothings");
      assert.deepEqual({ status, text }, { status: 404, text: "" });
    },
  },
  ...REFUSALS.map(({ path, status, text }): SteveBehaviour => ({
    name: `configmaps${path} is refused with ${status}`,
    check: async (subject, namespace) => {
      const asked = `/v1/configmaps${path.replace("NS", namespace)}`;
      const answer = await askSteve(subject, asked);
      assert.deepEqual({ status: answer.status, text: answer.text }, { status, text });
    },
  })),
];
