/**
 * Does a definition make a new kind, and how do its objects differ from built-in ones? And the kinds
 * of an aggregated server.
 * @module
 */

import assert from "node:assert/strict";
import { ask, eventually, get, list, patch, post, put, remove, STRATEGIC } from "./asking.ts";
import type { Behaviour, Seen, Subject } from "./subject.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WARDLE = "/apis/wardle.example.com/v1alpha1";

const FREE = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** A group of its own for each test, so that none waits for another's definition to go. */
async function define(subject: Subject, group: string, spec: unknown = FREE): Promise<Seen> {
  const made = await post(subject, DEFINITIONS, {
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: "object", properties: { spec, status: FREE } },
        },
      }],
    },
  });
  await eventually(
    "widgets served",
    async () => (await ask(subject, `/apis/${group}/v1/widgets`)).status === 200,
  );
  return made;
}

/** A spec with all that is heeded of a schema. */
const LIMITED = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "integer" },
    parts: {
      type: "array",
      minItems: 1,
      maxItems: 2,
      default: [{}],
      items: {
        type: "object",
        properties: { color: { type: "string", pattern: "^[a-z]+$", default: "red" } },
      },
    },
  },
};

export const CUSTOM_KINDS: readonly Behaviour[] = [
  {
    name: "a definition is completed, and established at once",
    check: async (subject, namespace) => {
      const group = `${namespace}.example.com`;
      const made = await define(subject, group);
      const names = {
        plural: "widgets",
        kind: "Widget",
        singular: "widget",
        listKind: "WidgetList",
      };
      const { conversion } = made["spec"] as { conversion: unknown };
      assert.deepEqual((made["spec"] as { names: unknown }).names, names);
      assert.deepEqual(conversion, { strategy: "None" });
      assert.deepEqual(made["status"], {
        conditions: null,
        acceptedNames: { plural: "", kind: "" },
        storedVersions: ["v1"],
      });
      const { status } = await get(subject, `${DEFINITIONS}/widgets.${group}`);
      const { conditions, acceptedNames } = status as {
        conditions: { type: string; status: string; reason: string }[];
        acceptedNames: unknown;
      };
      assert.deepEqual(acceptedNames, names);
      assert.deepEqual(conditions.map(({ type, status, reason }) => [type, status, reason]), [
        ["NamesAccepted", "True", "NoConflicts"],
        ["Established", "True", "InitialNamesAccepted"],
      ]);
    },
  },
  {
    name: "custom objects count generations, keep status apart and tell their type in lists",
    check: async (subject, namespace) => {
      const group = `${namespace}.example.com`;
      await define(subject, group);
      const collection = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
      const type = { apiVersion: `${group}/v1`, kind: "Widget" };
      const made = await post(subject, collection, {
        ...type,
        metadata: { name: "w" },
        spec: { size: 1 },
        status: { no: "no" },
      });
      assert.equal(made.metadata.generation, 1);
      assert.equal(made["status"], undefined);
      const path = `${collection}/w`;
      const larger = await patch(subject, path, { body: { spec: { size: 2 }, status: { a: 1 } } });
      assert.equal(larger.metadata.generation, 2);
      assert.equal(larger["status"], undefined);
      const status = await patch(subject, `${path}/status`, {
        body: { spec: { size: 9 }, status: { a: 1 } },
      });
      assert.equal(status.metadata.generation, 2);
      assert.deepEqual([status["spec"], status["status"]], [{ size: 2 }, { a: 1 }]);
      const { items, ...rest } = await list(subject, collection);
      assert.deepEqual(items, [status]);
      assert.equal(rest.kind, "WidgetList");
      assert.equal(rest.metadata.continue, "");
      const blind = await ask(subject, path, {
        method: "PUT",
        body: { ...type, metadata: { name: "w" } },
      });
      assert.equal(
        (blind.body as { message: string }).message,
        `widgets.${group} "w" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
      );
      const { resourceVersion } = status.metadata;
      await put(subject, path, { ...type, metadata: { name: "w", resourceVersion }, spec: {} });
    },
  },
  {
    name: "custom objects must say what they are, and take no strategic merge",
    check: async (subject, namespace) => {
      const group = `${namespace}.example.com`;
      await define(subject, group);
      const collection = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
      const refused = async (body: unknown) => {
        const answer = await ask(subject, collection, { method: "POST", body });
        return [answer.status, (answer.body as { message: string }).message];
      };
      assert.deepEqual(await refused('{"metadata":{"name":"w"}}'), [
        400,
        "the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in " +
        `'{"metadata":{"name":"w"}}' ({"metadata":{"name":"w"}})`,
      ]);
      const other = { apiVersion: `${group}/v2`, kind: "Widget", metadata: { name: "w" } };
      assert.deepEqual(await refused(other), [
        400,
        `the API version in the data (${group}/v2) does not match the expected API version (${group}/v1)`,
      ]);
      const wrong = { apiVersion: `${group}/v1`, kind: "Widgot", metadata: { name: "w" } };
      assert.deepEqual(await refused(wrong), [
        422,
        `Widgot.${group} "w" is invalid: kind: Invalid value: "Widgot": must be Widget`,
      ]);
      await post(subject, collection, { ...wrong, kind: "Widget" });
      const strategic = await ask(subject, `${collection}/w`, {
        method: "PATCH",
        body: { spec: {} },
        contentType: STRATEGIC,
      });
      assert.deepEqual([strategic.status, (strategic.body as { message: string }).message], [
        415,
        "the body of the request was in an unknown format - accepted media types include: " +
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
      ]);
    },
  },
  {
    name: "defaults of a definition are filled in, those of what is filled in as well",
    check: async (subject, namespace) => {
      const group = `${namespace}.example.com`;
      await define(subject, group, LIMITED);
      const collection = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
      const type = { apiVersion: `${group}/v1`, kind: "Widget" };
      const specOf = async (name: string, spec: unknown) =>
        (await post(subject, collection, { ...type, metadata: { name }, spec }))["spec"];
      assert.deepEqual(await specOf("a", { size: 2 }), { size: 2, parts: [{ color: "red" }] });
      assert.deepEqual(await specOf("b", { size: 2, parts: [{}, { color: "blue" }] }), {
        size: 2,
        parts: [{ color: "red" }, { color: "blue" }],
      });
      const patched = await patch(subject, `${collection}/b`, { body: { spec: { parts: null } } });
      assert.deepEqual(patched["spec"], { size: 2, parts: [{ color: "red" }] });
    },
  },
  {
    name: "limits of a definition are held, and what breaks them is named",
    check: async (subject, namespace) => {
      const group = `${namespace}.example.com`;
      await define(subject, group, LIMITED);
      const collection = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
      const type = { apiVersion: `${group}/v1`, kind: "Widget" };
      const refused = async (spec: unknown) => {
        const body = { ...type, metadata: { name: "w" }, spec };
        const answer = await ask(subject, collection, { method: "POST", body });
        assert.equal(answer.status, 422);
        const { message } = answer.body as { message: string };
        return message.replace(`Widget.${group} "w" is invalid: `, "");
      };
      assert.deepEqual(
        [
          await refused({}),
          await refused({ size: 1, parts: [] }),
          await refused({ size: 1, parts: [{}, {}, {}] }),
          await refused({ size: 1, parts: [{}, { color: "RED" }] }),
        ],
        [
          "spec.size: Required value",
          "spec.parts: Invalid value: 0: spec.parts in body should have at least 1 items",
          "spec.parts: Too many: 3: must have at most 2 items",
          'spec.parts[1].color: Invalid value: "RED": spec.parts[1].color in body should match ' +
          "'^[a-z]+$'",
        ],
      );
    },
  },
  {
    name: "a deleted definition takes its objects and its paths with it",
    check: async (subject, namespace) => {
      const group = `${namespace}.example.com`;
      await define(subject, group);
      const collection = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
      const type = { apiVersion: `${group}/v1`, kind: "Widget" };
      await post(subject, collection, { ...type, metadata: { name: "w" } });
      const going = await remove(subject, `${DEFINITIONS}/widgets.${group}`);
      assert.deepEqual(going.metadata.finalizers, ["customresourcecleanup.apiextensions.k8s.io"]);
      await eventually("the definition gone", async () => {
        const { status } = await ask(subject, `${DEFINITIONS}/widgets.${group}`);
        return status === 404 && (await ask(subject, collection)).status === 404;
      });
      assert.equal((await ask(subject, collection)).body, "404 page not found\n");
    },
  },
];

export const AGGREGATED: readonly Behaviour[] = [
  {
    name: "a flunder has spec and status, whatever is written",
    check: async (subject, namespace) => {
      const collection = `${WARDLE}/namespaces/${namespace}/flunders`;
      const specOf = async (name: string, spec: unknown) =>
        (await post(subject, collection, { metadata: { name }, spec, status: { a: 1 } }))["spec"];
      const { metadata: _, ...made } = await post(subject, collection, { metadata: { name: "a" } });
      assert.deepEqual(made, {
        kind: "Flunder",
        apiVersion: "wardle.example.com/v1alpha1",
        spec: {},
        status: {},
      });
      assert.deepEqual(await specOf("b", { reference: "a" }), {
        reference: "a",
        referenceType: "Flunder",
      });
      assert.deepEqual(await specOf("c", { reference: "a", referenceType: "Fischer" }), {
        reference: "a",
        referenceType: "Fischer",
      });
      assert.deepEqual(await specOf("d", { reference: "a", referenceType: "Other" }), {});
      const { status, body } = await ask(subject, collection, {
        method: "POST",
        body: { metadata: { name: "e" }, spec: { referenceType: "Fischer" } },
      });
      assert.deepEqual([status, (body as { message: string }).message], [
        422,
        'Flunder.wardle.example.com "e" is invalid: spec.fischerReference: Invalid value: "": cannot be ' +
        "empty if referenceType is Fischer",
      ]);
    },
  },
  {
    name: "a flunder is updated by patches, and by a PUT that knows its version",
    check: async (subject, namespace) => {
      const collection = `${WARDLE}/namespaces/${namespace}/flunders`;
      await post(subject, collection, { metadata: { name: "a" } });
      const patched = await patch(subject, `${collection}/a`, {
        body: { metadata: { labels: { a: "b" } } },
        type: STRATEGIC,
      });
      const { labels, resourceVersion } = patched.metadata;
      assert.deepEqual(labels, { a: "b" });
      const blind = await ask(subject, `${collection}/a`, {
        method: "PUT",
        body: { metadata: { name: "a" } },
      });
      assert.equal(
        (blind.body as { message: string }).message,
        'flunders.wardle.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be ' +
          "specified for an update",
      );
      await put(subject, `${collection}/a`, { metadata: { name: "a", resourceVersion } });
      const { kind, details } = await remove(subject, `${collection}/a`);
      assert.equal(kind, "Status");
      assert.equal((details as { group: string }).group, "wardle.example.com");
    },
  },
  {
    name: "a fischer bans flunders by name",
    check: async (subject, namespace) => {
      const name = `${namespace}-fischer`;
      const banned = `${namespace}-banned`;
      await post(subject, `${WARDLE}/fischers`, {
        metadata: { name },
        disallowedFlunders: [banned],
      });
      const collection = `${WARDLE}/namespaces/${namespace}/flunders`;
      const attempt = () =>
        ask(subject, `${collection}?dryRun=All`, {
          method: "POST",
          body: { metadata: { name: banned } },
        });
      await eventually("the ban", async () => (await attempt()).status === 403);
      assert.equal(
        ((await attempt()).body as { message: string }).message,
        `flunders.wardle.example.com "${banned}" is forbidden: this name may not be used, please change the ` +
          "resource name",
      );
      await remove(subject, `${WARDLE}/fischers/${name}`);
    },
  },
];
