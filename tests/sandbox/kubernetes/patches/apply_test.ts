import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import {
  managed,
  type Patch,
  patched,
  PatchError,
} from "../../../../sandbox/kubernetes/patches/patches.ts";
import type { ServedResource } from "../../../../sandbox/kubernetes/discovery/resources.ts";
import { decoded } from "../../../../sandbox/kubernetes/validation/validate.ts";
import { refusalsOf, resourceOf } from "../fixtures.ts";

/**
 * One ConfigMap on kube-apiserver 1.36.3, step by step: who patches how (`!`: by force) and with what
 * (an apply patch without its name and type), then what is in the object, without what the server sets
 * by itself, and what each manager owns; or what the server says, with status 409.
 */
const CONFIG_MAP_STEPS = String.raw`
m1 apply {"data":{"a":"1","b":"2"}}
  {"data":{"a":"1","b":"2"}}
  {"m1 Apply":{"f:data":{"f:a":{},"f:b":{}}}}
m1 apply {"data":{"a":"9","b":"2"}}
  {"data":{"a":"9","b":"2"}}
  {"m1 Apply":{"f:data":{"f:a":{},"f:b":{}}}}
m1 apply {"data":{"a":"9"}}
  {"data":{"a":"9"}}
  {"m1 Apply":{"f:data":{"f:a":{}}}}
m2 apply {"data":{"a":"9"}}
  {"data":{"a":"9"}}
  {"m2 Apply":{"f:data":{"f:a":{}}},"m1 Apply":{"f:data":{"f:a":{}}}}
m2 apply {"data":{"a":"7"}}
  "Apply failed with 1 conflict: conflict with \"m1\": .data.a"
m2 apply {"data":{"a":"9","c":"1"}}
  {"data":{"a":"9","c":"1"}}
  {"m1 Apply":{"f:data":{"f:a":{}}},"m2 Apply":{"f:data":{"f:a":{},"f:c":{}}}}
m1 apply {"data":{"z":"1"}}
  {"data":{"a":"9","c":"1","z":"1"}}
  {"m1 Apply":{"f:data":{"f:z":{}}},"m2 Apply":{"f:data":{"f:a":{},"f:c":{}}}}
m1 apply {"data":{"a":"x","c":"y"}}
  "Apply failed with 2 conflicts: conflicts with \"m2\":\n- .data.a\n- .data.c"
m1 apply! {"data":{"a":"x"}}
  {"data":{"a":"x","c":"1"}}
  {"m1 Apply":{"f:data":{"f:a":{}}},"m2 Apply":{"f:data":{"f:c":{}}}}
m2 apply {}
  {"data":{"a":"x"}}
  {"m1 Apply":{"f:data":{"f:a":{}}}}
u1 merge {"data":{"u":"1","a":"u"}}
  {"data":{"a":"u","u":"1"}}
  {"u1 Update":{"f:data":{"f:a":{},"f:u":{}}}}
m1 apply {"data":{"a":"x"}}
  "Apply failed with 1 conflict: conflict with \"u1\" using v1: .data.a"
u2 strategic {"data":{"v":"1"}}
  {"data":{"a":"u","u":"1","v":"1"}}
  {"u1 Update":{"f:data":{"f:a":{},"f:u":{}}},"u2 Update":{"f:data":{"f:v":{}}}}
m3 apply {"data":{"a":"x","v":"2"}}
  "Apply failed with 2 conflicts: conflicts with \"u1\" using v1:\n- .data.a\nconflicts with \"u2\" using v1:\n- .data.v"
m3 apply! {"data":{"a":"x","v":"2"}}
  {"data":{"a":"x","u":"1","v":"2"}}
  {"m3 Apply":{"f:data":{"f:a":{},"f:v":{}}},"u1 Update":{"f:data":{"f:u":{}}}}
m3 apply {"data":{}}
  {"data":{"u":"1"}}
  {"m3 Apply":{"f:data":{}},"u1 Update":{"f:data":{"f:u":{}}}}
m4 apply {"metadata":{"labels":{"x":"y"},"annotations":{"n":"1"},"finalizers":["x.io/a"],"ownerReferences":[{"apiVersion":"v1","kind":"A","name":"a","uid":"1"}]}}
  {"data":{"u":"1"},"metadata":{"labels":{"x":"y"},"annotations":{"n":"1"},"ownerReferences":[{"apiVersion":"v1","kind":"A","name":"a","uid":"1"}],"finalizers":["x.io/a"]}}
  {"m3 Apply":{"f:data":{}},"m4 Apply":{"f:metadata":{"f:annotations":{"f:n":{}},"f:finalizers":{"v:\"x.io/a\"":{}},"f:labels":{"f:x":{}},"f:ownerReferences":{"k:{\"uid\":\"1\"}":{}}}},"u1 Update":{"f:data":{"f:u":{}}}}
m5 apply {"metadata":{"labels":{"x":"z","q":"1"},"finalizers":["x.io/b"]}}
  "Apply failed with 1 conflict: conflict with \"m4\": .metadata.labels.x"
m5 apply {"metadata":{"finalizers":["x.io/b"]}}
  {"data":{"u":"1"},"metadata":{"labels":{"x":"y"},"annotations":{"n":"1"},"ownerReferences":[{"apiVersion":"v1","kind":"A","name":"a","uid":"1"}],"finalizers":["x.io/a","x.io/b"]}}
  {"m3 Apply":{"f:data":{}},"m4 Apply":{"f:metadata":{"f:annotations":{"f:n":{}},"f:finalizers":{"v:\"x.io/a\"":{}},"f:labels":{"f:x":{}},"f:ownerReferences":{"k:{\"uid\":\"1\"}":{}}}},"m5 Apply":{"f:metadata":{"f:finalizers":{"v:\"x.io/b\"":{}}}},"u1 Update":{"f:data":{"f:u":{}}}}
m4 apply {}
  {"data":{"u":"1"},"metadata":{"finalizers":["x.io/b"]}}
  {"m3 Apply":{"f:data":{}},"m5 Apply":{"f:metadata":{"f:finalizers":{"v:\"x.io/b\"":{}}}},"u1 Update":{"f:data":{"f:u":{}}}}
m5 apply {}
  {"data":{"u":"1"}}
  {"m3 Apply":{"f:data":{}},"u1 Update":{"f:data":{"f:u":{}}}}
u1 json [{"op":"remove","path":"/data/u"}]
  {}
  {}
`;

/** One custom resource whose spec nobody has described, likewise. */
const WIDGET_STEPS = String.raw`
m1 apply {"spec":{"color":"red","parts":[{"name":"a","n":1}],"free":{"a":{"b":"c"},"l":[1]}}}
  {"spec":{"color":"red","free":{"a":{"b":"c"},"l":[1]},"parts":[{"n":1,"name":"a"}]}}
  {"m1 Apply":{"f:spec":{"f:color":{},"f:free":{".":{},"f:a":{".":{},"f:b":{}},"f:l":{}},"f:parts":{}}}}
m2 apply {"spec":{"color":"blue","parts":[{"name":"b"}]}}
  "Apply failed with 2 conflicts: conflicts with \"m1\":\n- .spec.color\n- .spec.parts"
m2 apply {"spec":{"free":{"a":{"b":"d"}}}}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.free.a.b"
m2 apply {"spec":{"free":"x"}}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.free"
m1 apply {"spec":{"color":"red"}}
  {"spec":{"color":"red"}}
  {"m1 Apply":{"f:spec":{"f:color":{}}}}
u1 merge {"spec":{"parts":[{"name":"b"}],"free":{"x":{"y":"z"}}}}
  {"spec":{"color":"red","free":{"x":{"y":"z"}},"parts":[{"name":"b"}]}}
  {"m1 Apply":{"f:spec":{"f:color":{}}},"u1 Update":{"f:spec":{"f:free":{".":{},"f:x":{".":{},"f:y":{}}},"f:parts":{}}}}
m1 apply {"spec":{"color":"green","free":{"x":{"q":"1"}}}}
  {"spec":{"color":"green","free":{"x":{"q":"1","y":"z"}},"parts":[{"name":"b"}]}}
  {"m1 Apply":{"f:spec":{"f:color":{},"f:free":{".":{},"f:x":{".":{},"f:q":{}}}}},"u1 Update":{"f:spec":{"f:free":{".":{},"f:x":{".":{},"f:y":{}}},"f:parts":{}}}}
`;

/** Apply patches that kube-apiserver 1.36.3 refuses, with status and message. */
const REFUSED = refusalsOf(String.raw`
configmaps null
  400 invalid object type: /, Kind=
configmaps []
  400 error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}
configmaps "x"
  400 error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}
configmaps {}
  400 invalid object type: /, Kind=
configmaps {"apiVersion":"v1"}
  400 invalid object type: /v1, Kind=
configmaps {"kind":"ConfigMap"}
  400 invalid object type: /, Kind=ConfigMap
configmaps {"apiVersion":"apps/v1","kind":"ConfigMap"}
  400 invalid object type: apps/v1, Kind=ConfigMap
configmaps {"apiVersion":"v1","kind":"Secret","metadata":{"name":"ss"}}
  400 invalid object type: /v1, Kind=Secret
configmaps {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ss","managedFields":[]}}
  400 metadata.managedFields must be nil
configmaps {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ss"},"data":"x"}
  500 failed to create typed patch object (/ss; /v1, Kind=ConfigMap): .data: expected map, got &{x}
configmaps {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ss"},"data":{"a":1}}
  500 failed to create typed patch object (/ss; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}
configmaps {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ss","labels":{"a":true}}}
  500 failed to create typed patch object (/ss; /v1, Kind=ConfigMap): .metadata.labels.a: expected string, got &value.valueUnstructured{Value:true}
configmaps {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ss"},"foo":1}
  500 failed to create typed patch object (/ss; /v1, Kind=ConfigMap): .foo: field not declared in schema
configmaps {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ss","foo":1}}
  500 failed to create typed patch object (/ss; /v1, Kind=ConfigMap): .metadata.foo: field not declared in schema
configmaps {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ss","foo":1},"bar":2}
  500 failed to create typed patch object (/ss; /v1, Kind=ConfigMap): .bar: field not declared in schema
deployments.apps {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"sd"},"spec":{"template":{"spec":{"containers":[{"name":"z","image":"q"},{"name":"z","image":"r"}]}}}}
  500 failed to create typed patch object (/sd; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="z"]
deployments.apps {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"sd"},"spec":{"template":{"spec":{"containers":[{"name":"z","image":"q","ports":[{"containerPort":1},{"containerPort":1,"protocol":"TCP"}]}]}}}}
  500 failed to create typed patch object (/sd; apps/v1, Kind=Deployment): .spec.template.spec.containers[name="z"].ports: duplicate entries for key [containerPort=1,protocol="TCP"]
`);

/** The spec that m1 applies to a Deployment, and what it then owns. */
const DEPLOYMENT = {
  "replicas": 0,
  "paused": true,
  "selector": { "matchLabels": { "a": "b" } },
  "template": {
    "metadata": { "labels": { "a": "b" } },
    "spec": {
      "containers": [{
        "name": "c",
        "image": "i",
        "args": ["x"],
        "env": [{ "name": "A", "value": "1" }, {
          "name": "S",
          "valueFrom": { "secretKeyRef": { "name": "s", "key": "k" } },
        }],
        "ports": [{ "containerPort": 80 }],
        "resources": { "requests": { "cpu": "1" } },
      }],
      "volumes": [{ "name": "v", "emptyDir": {} }],
      "tolerations": [{ "key": "k" }],
      "nodeSelector": { "n": "1" },
      "imagePullSecrets": [{ "name": "x" }],
    },
  },
};
const DEPLOYMENT_FIELDS = String
  .raw`{"f:spec":{"f:paused":{},"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:args":{},"f:env":{"k:{\"name\":\"A\"}":{".":{},"f:name":{},"f:value":{}},"k:{\"name\":\"S\"}":{".":{},"f:name":{},"f:valueFrom":{"f:secretKeyRef":{}}}},"f:image":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}},"f:resources":{"f:requests":{"f:cpu":{}}}}},"f:imagePullSecrets":{"k:{\"name\":\"x\"}":{}},"f:nodeSelector":{},"f:tolerations":{},"f:volumes":{"k:{\"name\":\"v\"}":{".":{},"f:emptyDir":{},"f:name":{}}}}}}}`;

/** Specs that m2 applies on top, and with what they are in conflict. */
const CONFLICTS = String.raw`
{"template":{"spec":{"containers":[{"name":"c","image":"j"}]}}}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.template.spec.containers[name=\"c\"].image"
{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"A","value":"2"}]},{"name":"z","image":"q"}]}}}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.template.spec.containers[name=\"c\"].env[name=\"A\"].value"
{"template":{"spec":{"tolerations":[{"key":"q"}]}}}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.template.spec.tolerations"
{"template":{"spec":{"nodeSelector":{"q":"1"}}}}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.template.spec.nodeSelector"
{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"S","valueFrom":{"secretKeyRef":{"name":"t","key":"k"}}}]}]}}}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.template.spec.containers[name=\"c\"].env[name=\"S\"].valueFrom.secretKeyRef"
{"template":{"spec":{"containers":[{"name":"c","args":["y"],"image":"k"}],"nodeSelector":{}}}}
  "Apply failed with 3 conflicts: conflicts with \"m1\":\n- .spec.template.spec.nodeSelector\n- .spec.template.spec.containers[name=\"c\"].args\n- .spec.template.spec.containers[name=\"c\"].image"
{"replicas":3}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.replicas"
{"selector":{"matchLabels":{"q":"r"}}}
  "Apply failed with 1 conflict: conflict with \"m1\": .spec.selector"
`;

interface Step {
  readonly who: string;
  readonly type: Patch["type"];
  readonly force?: boolean;
  readonly body: unknown;
}

const TIME = "2026-01-01T00:00:00Z";

/** The state that a patch leaves, as a server keeps it. */
function afterStep(
  current: KubeObject | undefined,
  { who, type, force = false, body }: Step,
  { resource, time = TIME }: { resource: ServedResource; time?: string },
): KubeObject {
  const writer = { resource, time };
  const result = patched(current, { ...writer, type, body, fieldManager: who, force });
  const options = { resource, namespace: undefined, fieldValidation: "Ignore" } as const;
  const { object: next } = decoded(result, options);
  const operation = type === "apply" ? "Apply" : "Update";
  return managed(current, next, { ...writer, manager: who, operation });
}

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly time?: string;
  readonly fieldsV1: unknown;
}

function entriesOf({ metadata }: KubeObject): readonly Entry[] {
  const { managedFields = [] } = metadata as { managedFields?: readonly Entry[] };
  return managedFields;
}

function ownedIn(object: KubeObject): Record<string, unknown> {
  return Object.fromEntries(
    entriesOf(object).map((entry) => [`${entry.manager} ${entry.operation}`, entry.fieldsV1]),
  );
}

/** Without name, type and managers. */
function contentOf(object: KubeObject): Record<string, unknown> {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const { name: ___, namespace: ____, managedFields: _____, ...meta } = metadata as Record<
    string,
    unknown
  >;
  return { ...rest, ...(Object.keys(meta).length === 0 ? {} : { metadata: meta }) };
}

/** An apply patch with the head that it needs. */
function config({ group, version, kind }: ServedResource, content: object): unknown {
  const { metadata, ...rest } = content as { metadata?: object };
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return { apiVersion, kind, metadata: { name: "a", ...metadata }, ...rest };
}

interface TakenStep extends Step {
  /** What the server said, if it did not do it. */
  readonly refusal: string | undefined;
  readonly object: unknown;
  readonly managers: unknown;
}

function stepsIn(table: string, resource: ServedResource): TakenStep[] {
  const rows = [...table.matchAll(/^(\w+) (\w+)(!?) (.*)\n {2}(.*)\n(?: {2}(.*)\n)?/gm)];
  assert.equal(rows.map(([whole]) => whole).join(""), table.slice(1));
  return rows.map(([, who, type, bang, body, result, managers]) => ({
    who: who!,
    type: type as Patch["type"],
    force: bang === "!",
    body: type === "apply" ? config(resource, JSON.parse(body!)) : JSON.parse(body!),
    ...(managers === undefined
      ? { refusal: JSON.parse(result!), object: undefined, managers: undefined }
      : { refusal: undefined, object: JSON.parse(result!), managers: JSON.parse(managers) }),
  }));
}

for (
  const [name, table] of [
    ["configmaps", CONFIG_MAP_STEPS],
    ["widgets.parts.test", WIDGET_STEPS],
  ] as const
) {
  Deno.test(`the fields of one of ${name} go from manager to manager as on the real server`, () => {
    const resource = resourceOf(name);
    let current: KubeObject | undefined;
    for (const [index, step] of stepsIn(table, resource).entries()) {
      const what = `step ${index}: ${step.who} ${JSON.stringify(step.body)}`;
      if (step.refusal !== undefined) {
        const refused = () => afterStep(current, step, { resource });
        assert.throws(refused, { name: "PatchError", code: 409, message: step.refusal }, what);
        continue;
      }
      current = afterStep(current, step, { resource });
      assert.deepEqual(contentOf(current), step.object, what);
      assert.deepEqual(ownedIn(current), step.managers, what);
    }
  });
}

Deno.test("a conflict names its managers and fields, once in words and once as causes", () => {
  const resource = resourceOf("configmaps");
  const apply = (who: string, data: Record<string, string>): Step => ({
    who,
    type: "apply",
    body: config(resource, { data }),
  });
  const current = afterStep(undefined, apply("m1", { a: "1", b: "2" }), { resource });
  assert.throws(() => afterStep(current, apply("m2", { a: "2", b: "3" }), { resource }), {
    code: 409,
    causes: [".data.a", ".data.b"].map((field) => ({
      reason: "FieldManagerConflict",
      message: 'conflict with "m1"',
      field,
    })),
  });
});

Deno.test("an apply patch is refused with the words of the real server", () => {
  for (const { resource, body, message } of REFUSED) {
    const step: Step = { who: "m", type: "apply", body: JSON.parse(body) };
    const [code, ...words] = message.split(" ");
    const expected = new PatchError(Number(code), words.join(" "));
    assert.throws(() => afterStep(undefined, step, { resource }), expected, body);
  }
});

Deno.test("a deployment's fields are owned down to the elements of its lists", () => {
  const resource = resourceOf("deployments.apps");
  const apply = (who: string, spec: unknown): Step => ({
    who,
    type: "apply",
    body: config(resource, { spec }),
  });
  const current = afterStep(undefined, apply("m1", DEPLOYMENT), { resource });
  assert.deepEqual(ownedIn(current), { "m1 Apply": JSON.parse(DEPLOYMENT_FIELDS) });
  for (const [, spec, text] of CONFLICTS.matchAll(/^(\{.*)\n {2}(.*)$/gm)) {
    const second = apply("m2", JSON.parse(spec!));
    const message: string = JSON.parse(text!);
    assert.throws(() => afterStep(current, second, { resource }), { code: 409, message });
  }
});

Deno.test("an entry has the time of its last change, and none before the first", () => {
  const resource = resourceOf("configmaps");
  const apply = (who: string, data: object): Step => ({
    who,
    type: "apply",
    body: config(resource, { data }),
  });
  const times = (object: KubeObject) =>
    entriesOf(object).map(({ manager, time }) => [manager, time]);
  const first = afterStep(undefined, apply("m1", { a: "1" }), { resource, time: "T1" });
  const shared = afterStep(first, apply("m2", { a: "1" }), { resource, time: "T2" });
  assert.deepEqual(times(shared), [["m2", undefined], ["m1", "T1"]]);
  const again = afterStep(shared, apply("m1", { a: "1" }), { resource, time: "T3" });
  assert.deepEqual(again, shared);
  const changed = afterStep(shared, apply("m2", { a: "1", b: "2" }), { resource, time: "T4" });
  assert.deepEqual(times(changed), [["m1", "T1"], ["m2", "T4"]]);
});

Deno.test("an update of status and one of the object are two entries", () => {
  const resource = resourceOf("deployments.apps");
  const write = (current: KubeObject | undefined, next: KubeObject, subresource?: string) =>
    managed(current, next, {
      resource,
      manager: "m",
      operation: "Update",
      time: TIME,
      ...(subresource === undefined ? {} : { subresource }),
    });
  const made = write(undefined, { metadata: {}, spec: { replicas: 1 }, status: { replicas: 1 } });
  assert.deepEqual(ownedIn(made), { "m Update": { "f:spec": { "f:replicas": {} } } });
  const status = { conditions: [{ type: "Available", status: "True" }] };
  const { metadata } = write(made, { ...made, status }, "status");
  assert.deepEqual((metadata as { managedFields?: unknown }).managedFields, [
    {
      manager: "m",
      operation: "Update",
      apiVersion: "apps/v1",
      time: TIME,
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": { "f:replicas": {} } },
    },
    {
      manager: "m",
      operation: "Update",
      apiVersion: "apps/v1",
      time: TIME,
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:status": {
          "f:conditions": {
            ".": {},
            'k:{"type":"Available"}': { ".": {}, "f:status": {}, "f:type": {} },
          },
        },
      },
      subresource: "status",
    },
  ]);
});

Deno.test("what was there before the first apply is owned by nobody's name", () => {
  const resource = resourceOf("configmaps");
  const unknown: KubeObject = { metadata: { name: "a" }, data: { a: "1", n: "2" } };
  const step: Step = {
    who: "m1",
    type: "apply",
    body: config(resource, { data: { a: "1" } }),
  };
  assert.deepEqual(
    ownedIn(managed(unknown, { ...unknown, data: {} }, {
      resource,
      manager: "m",
      operation: "Update",
      time: TIME,
    })),
    {},
  );
  assert.deepEqual(ownedIn(afterStep(unknown, step, { resource })), {
    "m1 Apply": { "f:data": { "f:a": {} } },
    "before-first-apply Update": { "f:data": { ".": {}, "f:a": {}, "f:n": {} } },
  });
});
