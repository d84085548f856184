import assert from "node:assert/strict";
import type { KubeObject } from "../../../kube/object.ts";
import { forgetFields, type ManagedFields, writerOf } from "../../../kube/watch/field_writer.ts";

interface State {
  readonly fields: readonly ManagedFields[];
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly labels?: Record<string, string>;
}

let version = 0;

function state({ fields, spec = 1, status = 1, labels = {} }: State): KubeObject {
  const resourceVersion = String(++version);
  const metadata = { name: "a", resourceVersion, labels, managedFields: fields };
  return {
    metadata,
    spec,
    status,
  };
}

/** Of the status if that is what it writes, else of spec and labels. */
function by(manager: string, second: number, subresource?: string): ManagedFields {
  return {
    manager,
    operation: "Update",
    fieldsV1: subresource === "status"
      ? { "f:status": { "f:n": {} } }
      : { "f:metadata": { "f:labels": { "f:a": {} } }, "f:spec": {}, "f:status": {} },
    time: `2026-01-01T00:00:0${second}Z`,
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** Also if the earlier state was told of before. */
function told(before: State | undefined, after: State): string {
  const [earlier, later] = [before && structuredClone(state(before)), state(after)];
  const writer = writerOf(earlier, later);
  if (earlier !== undefined) forgetFields(earlier);
  assert.deepEqual(writerOf(earlier, later), writer);
  return `${writer.manager ?? "?"} ${writer.subresource}`.trim();
}

Deno.test("the manager whose time moved has written, whatever it took from others", () => {
  const [kubectl, controller] = [by("kubectl", 1), by("controller", 2, "status")];
  const before = { fields: [kubectl, controller] };
  assert.equal(
    told(before, { fields: [kubectl, by("controller", 3, "status")], status: 2 }),
    "controller status",
  );
  const taken = { ...controller, fieldsV1: { "f:status": {} } };
  assert.equal(told(before, { fields: [by("kubectl", 4), taken], spec: 2 }), "kubectl");
});

Deno.test("who is new among the managers has written, also the first of all", () => {
  assert.equal(told(undefined, { fields: [by("kubectl", 1)] }), "kubectl");
  const before = { fields: [by("kubectl", 1)] };
  assert.equal(
    told(before, { fields: [by("kubectl", 1), by("other", 1, "status")], status: 2 }),
    "other status",
  );
  const { time: _, ...timeless } = by("third", 1);
  assert.equal(told(before, { fields: [by("kubectl", 1), timeless], spec: 2 }), "third");
});

Deno.test("two writes in one second are told apart by whose the changed fields are", () => {
  const kubectl = {
    ...by("kubectl", 5),
    fieldsV1: { "f:spec": {}, "f:metadata": { "f:labels": {} } },
  };
  const fields = [kubectl, by("controller", 5, "status"), by("maker", 4)];
  const status = (n: number) => ({ fields, status: { n, other: 1 } });
  assert.equal(told(status(1), status(2)), "controller status");
  const spec = (images: readonly string[]) => ({ fields, spec: { images } });
  assert.equal(told(spec(["a"]), spec(["a", "b"])), "kubectl");
  assert.equal(told({ fields }, { fields, labels: { a: "b" } }), "kubectl");
});

Deno.test("who has written is known too where the state before is of a list, without a kind", () => {
  const fields = [by("controller", 5, "status"), by("other", 5)];
  const [before, after] = [
    state({ fields, status: { n: 1 } }),
    state({ fields, status: { n: 2 } }),
  ];
  const kinded = { ...after, apiVersion: "v1", kind: "Node" };
  assert.deepEqual(writerOf(before, kinded), writerOf(before, after));
  const nobody = { fields: [by("one", 5, "status"), by("two", 5, "status")] };
  const unclear = { ...state({ ...nobody, status: 2 }), kind: "Node" };
  assert.equal(writerOf(state(nobody), unclear).subresource, "status");
});

Deno.test("where several may have written nobody is named", () => {
  const fields = [by("one", 5, "status"), by("two", 5, "status")];
  assert.equal(told({ fields }, { fields, status: 2 }), "? status");
  assert.equal(told({ fields: [] }, { fields: [], spec: 2 }), "?");
});

Deno.test("a status that the object's own writer has changed is that writer's", () => {
  const before = { fields: [by("kubectl", 1)] };
  assert.equal(told(before, { fields: [by("kubectl", 2)], status: 2 }), "kubectl");
});
