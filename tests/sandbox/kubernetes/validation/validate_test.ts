import assert from "node:assert/strict";
import {
  decoded,
  InvalidError,
  requireValid,
} from "../../../../sandbox/kubernetes/validation/validate.ts";
import {
  CONFIG_KEY,
  LABEL,
  LABEL_VALUE,
  QUALIFIED_NAME,
  refusalsOf,
  resourceOf,
  SUBDOMAIN,
  WIDGETS,
} from "../fixtures.ts";

/** Bodies of a POST in namespace default, and what kube-apiserver 1.36.3 says of them with 422. */
const INVALID = refusalsOf(String.raw`
configmaps null
  ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required
configmaps {}
  ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required
configmaps {"metadata":null}
  ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required
configmaps {"metadata":{"name":""}}
  ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required
configmaps {"metadata":{"name":"A"}}
  ConfigMap "A" is invalid: metadata.name: Invalid value: "A": ${SUBDOMAIN}
configmaps {"metadata":{"name":"a..b"}}
  ConfigMap "a..b" is invalid: metadata.name: Invalid value: "a..b": ${SUBDOMAIN}
configmaps {"metadata":{"name":"é"}}
  ConfigMap "é" is invalid: metadata.name: Invalid value: "é": ${SUBDOMAIN}
configmaps {"metadata":{"name":"x","generateName":"A"}}
  ConfigMap "x" is invalid: metadata.generateName: Invalid value: "A": ${SUBDOMAIN}
configmaps {"metadata":{"name":"x","generateName":"-a"}}
  ConfigMap "x" is invalid: metadata.generateName: Invalid value: "-a": ${SUBDOMAIN}
configmaps {"metadata":{"name":"x","generateName":"a."}}
  ConfigMap "x" is invalid: metadata.generateName: Invalid value: "a.": ${SUBDOMAIN}
configmaps {"metadata":{"name":"a","labels":{"-a":"b"}}}
  ConfigMap "a" is invalid: metadata.labels: Invalid value: "-a": name part ${QUALIFIED_NAME}
configmaps {"metadata":{"name":"a","labels":{"c/d/e":"-"}}}
  ConfigMap "a" is invalid: [metadata.labels: Invalid value: "c/d/e": a valid label key ${QUALIFIED_NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName'), metadata.labels: Invalid value: "-": ${LABEL_VALUE}]
configmaps {"metadata":{"name":"a","labels":{"A/b":"x"}}}
  ConfigMap "a" is invalid: metadata.labels: Invalid value: "A/b": prefix part ${SUBDOMAIN}
configmaps {"metadata":{"name":"a","annotations":{"x y":"1"}}}
  ConfigMap "a" is invalid: metadata.annotations: Invalid value: "x y": name part ${QUALIFIED_NAME}
configmaps {"metadata":{"name":"a","annotations":{"A/b/c":"1"}}}
  ConfigMap "a" is invalid: metadata.annotations: Invalid value: "A/b/c": a valid label key ${QUALIFIED_NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')
configmaps {"metadata":{"name":"a","finalizers":["a","-b","x.io/ok"]}}
  ConfigMap "a" is invalid: [metadata.finalizers: Invalid value: "-b": name part ${QUALIFIED_NAME}, metadata.finalizers[0]: Invalid value: "a": name is neither a standard finalizer name nor is it fully qualified, metadata.finalizers[1]: Invalid value: "-b": name is neither a standard finalizer name nor is it fully qualified]
configmaps {"metadata":{"name":"a","finalizers":["orphan","foregroundDeletion"]}}
  ConfigMap "a" is invalid: metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set
configmaps {"metadata":{"name":"a","ownerReferences":[{"apiVersion":"","kind":"","name":"","uid":""}]}}
  ConfigMap "a" is invalid: [metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty, metadata.ownerReferences.kind: Invalid value: "": must not be empty, metadata.ownerReferences.name: Invalid value: "": must not be empty, metadata.ownerReferences.uid: Invalid value: "": must not be empty]
configmaps {"metadata":{"name":"a","ownerReferences":[{"apiVersion":"v1","kind":"A","name":"a","uid":"1","controller":true},{"apiVersion":"v1","kind":"B","name":"b","uid":"2","controller":true}]}}
  ConfigMap "a" is invalid: metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"A","name":"a","uid":"1","controller":true},{"apiVersion":"v1","kind":"B","name":"b","uid":"2","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for A/a and B/b
configmaps {"metadata":{"name":"a","ownerReferences":[{"apiVersion":"v1","kind":"Event","name":"a","uid":"1"}]}}
  ConfigMap "a" is invalid: metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"a","uid":"1"}: /v1, Kind=Event is disallowed from being an owner
configmaps {"metadata":{"name":"a","generation":-1}}
  ConfigMap "a" is invalid: metadata.generation: Invalid value: -1: must be greater than or equal to 0
configmaps {"metadata":{"name":"-","generation":-1,"labels":{"a":"-"},"annotations":{"-":""}}}
  ConfigMap "-" is invalid: [metadata.name: Invalid value: "-": ${SUBDOMAIN}, metadata.generation: Invalid value: -1: must be greater than or equal to 0, metadata.labels: Invalid value: "-": ${LABEL_VALUE}, metadata.annotations: Invalid value: "-": name part ${QUALIFIED_NAME}]
configmaps {"metadata":{"name":"a"},"data":{"a b":"x"}}
  ConfigMap "a" is invalid: data[a b]: Invalid value: "a b": ${CONFIG_KEY}
configmaps {"metadata":{"name":"a"},"data":{"..":"x"}}
  ConfigMap "a" is invalid: data[..]: Invalid value: "..": must not be '..'
configmaps {"metadata":{"name":"a"},"data":{"...":"x"}}
  ConfigMap "a" is invalid: data[...]: Invalid value: "...": must not start with '..'
configmaps {"metadata":{"name":"a"},"data":{".":"x"}}
  ConfigMap "a" is invalid: data[.]: Invalid value: ".": must not be '.'
configmaps {"metadata":{"name":"a"},"data":{"":"x"}}
  ConfigMap "a" is invalid: data[]: Invalid value: "": ${CONFIG_KEY}
configmaps {"metadata":{"name":"a"},"data":{"a":"x"},"binaryData":{"a":"eA==","b c":"eA=="}}
  ConfigMap "a" is invalid: [data[a]: Invalid value: "a": duplicate of key present in binaryData, binaryData[b c]: Invalid value: "b c": ${CONFIG_KEY}]
secrets {"metadata":{"name":"a"},"data":{"a b":"eA=="},"stringData":{"a b":"x"}}
  Secret "a" is invalid: data[a b]: Invalid value: "a b": ${CONFIG_KEY}
namespaces {"metadata":{"name":"a.b"}}
  Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots
namespaces {"metadata":{"name":"A"}}
  Namespace "A" is invalid: metadata.name: Invalid value: "A": ${LABEL}
services {"metadata":{"name":"a.b"},"spec":{"ports":[{"port":80}]}}
  Service "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots
clusterroles.rbac.authorization.k8s.io {"metadata":{"name":"system:A%b/c"}}
  ClusterRole.rbac.authorization.k8s.io "system:A%b/c" is invalid: [metadata.name: Invalid value: "system:A%b/c": may not contain '/', metadata.name: Invalid value: "system:A%b/c": may not contain '%']
clusterroles.rbac.authorization.k8s.io {"metadata":{"name":".."}}
  ClusterRole.rbac.authorization.k8s.io ".." is invalid: metadata.name: Invalid value: "..": may not be '..'
events {"metadata":{"name":"a","labels":{"a":"-"}}}
  Event "a" is invalid: metadata.labels: Invalid value: "-": ${LABEL_VALUE}
flunders.wardle.example.com {"metadata":{"name":"a","labels":{"a":"-"},"annotations":{"-":""},"finalizers":["a"]}}
  Flunder.wardle.example.com "a" is invalid: [metadata.labels: Invalid value: "-": ${LABEL_VALUE}, metadata.annotations: Invalid value: "-": name part ${QUALIFIED_NAME}]
flunders.wardle.example.com {"metadata":{}}
  Flunder.wardle.example.com "" is invalid: metadata.name: Required value: name or generateName is required
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Widget","metadata":{"name":"A_"}}
  Widget.parts.test "A_" is invalid: metadata.name: Invalid value: "A_": ${SUBDOMAIN}
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Widget","metadata":{"name":"a","finalizers":["a","-b"]}}
  Widget.parts.test "a" is invalid: metadata.finalizers: Invalid value: "-b": name part ${QUALIFIED_NAME}
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Foo","metadata":{"name":"a"}}
  Foo.parts.test "a" is invalid: kind: Invalid value: "Foo": must be Widget
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Widget","metadata":{"name":"a","labels":{"a":"-"}}}
  Widget.parts.test "a" is invalid: metadata.labels: Invalid value: "-": ${LABEL_VALUE}
`);

/** Taken by kube-apiserver 1.36.3 with 201. */
const ACCEPTED: readonly (readonly [resource: string, object: unknown])[] = [
  ["configmaps", { metadata: { name: "a.b-c" } }],
  ["configmaps", { metadata: { name: "x".repeat(253) } }],
  ["configmaps", { metadata: { name: "x", generateName: "a-" } }],
  ["configmaps", { metadata: { name: "x", generateName: "A-" } }],
  ["configmaps", { metadata: { name: "x", generateName: "a_-" } }],
  ["configmaps", { metadata: { name: "a", labels: null, annotations: { "A/B": "any text" } } }],
  ["configmaps", { metadata: { name: "a", finalizers: ["kubernetes", "orphan", "x.io/y"] } }],
  ["configmaps", { metadata: { name: "a", annotations: { a: "x".repeat(256 * 1024 - 1) } } }],
  ["configmaps", { metadata: { name: "a" }, data: { a: "x".repeat(1024 * 1024) } }],
  ["namespaces", { metadata: { name: "1a" } }],
  ["services", { metadata: { name: "1a" } }],
  ["events", { metadata: { name: "A_" } }],
  ["flunders.wardle.example.com", { metadata: { name: "A_" } }],
  ["clusterroles.rbac.authorization.k8s.io", { metadata: { name: "system:A" } }],
];

/** Resource, name, and the only complaint about it. */
const TOO_LONG: readonly (readonly [resource: string, object: unknown, message: string])[] = [
  [
    "configmaps",
    { metadata: { name: "x".repeat(254) } },
    `metadata.name: Invalid value: "${"x".repeat(254)}": must be no more than 253 characters`,
  ],
  [
    "configmaps",
    { metadata: { name: "a", labels: { a: "x".repeat(64) } } },
    `metadata.labels: Invalid value: "${"x".repeat(64)}": must be no more than 63 bytes`,
  ],
  [
    "configmaps",
    { metadata: { name: "a", annotations: { a: "x".repeat(256 * 1024) } } },
    "metadata.annotations: Too long: may not be more than 262144 bytes",
  ],
  [
    "configmaps",
    { metadata: { name: "a" }, data: { a: "x".repeat(1024 * 1024 + 1) } },
    "[]: Too long: may not be more than 1048576 bytes",
  ],
  [
    "configmaps",
    { metadata: { name: "a" }, data: { ["x".repeat(254)]: "" } },
    `data[${"x".repeat(254)}]: Invalid value: "${
      "x".repeat(254)
    }": must be no more than 253 characters`,
  ],
  [
    "secrets",
    { metadata: { name: "a" }, stringData: { a: "x".repeat(1024 * 1024 + 1) } },
    "data: Too long: may not be more than 1048576 bytes",
  ],
  [
    "services",
    { metadata: { name: "a".repeat(64) } },
    `metadata.name: Invalid value: "${"a".repeat(64)}": must be no more than 63 characters`,
  ],
  [
    "cronjobs.batch",
    { metadata: { name: "a".repeat(53) } },
    `metadata.name: Invalid value: "${"a".repeat(53)}": must be no more than 52 characters`,
  ],
];

function post(name: string, body: string) {
  const resource = resourceOf(name);
  const namespace = resource.namespaced ? "default" : undefined;
  return validated(JSON.parse(body), { resource, namespace, fieldValidation: "Warn", body });
}

/** Both in one, for an object whose name is given. */
function validated(value: unknown, options: Parameters<typeof decoded>[1]) {
  const result = decoded(value, options);
  requireValid(result.object, options.resource);
  return result;
}

function refusalOf(run: () => unknown): InvalidError {
  try {
    run();
  } catch (thrown) {
    assert.ok(thrown instanceof InvalidError, String(thrown));
    return thrown;
  }
  assert.fail("it was accepted");
}

Deno.test("an object that breaks rules is refused with 422 in the real server's words", () => {
  for (const { resource, body, message } of INVALID) {
    const namespace = resource.namespaced ? "default" : undefined;
    const options = { resource, namespace, fieldValidation: "Warn", body } as const;
    const refusal = refusalOf(() => validated(JSON.parse(body), options));
    assert.deepEqual([refusal.message, refusal.code], [message, 422], body);
  }
});

Deno.test("limits are refused from the first byte above them", () => {
  for (const [resource, object, message] of TOO_LONG) {
    const refusal = refusalOf(() => post(resource, JSON.stringify(object)));
    assert.equal(refusal.message.split(" is invalid: ")[1], message);
  }
});

Deno.test("a refusal has the details of the real server's Status", () => {
  assert.deepEqual(
    refusalOf(() => post("configmaps", '{"metadata":{"annotations":{"-":""}}}')).details,
    {
      kind: "ConfigMap",
      causes: [
        {
          reason: "FieldValueRequired",
          message: "Required value: name or generateName is required",
          field: "metadata.name",
        },
        {
          reason: "FieldValueInvalid",
          message: `Invalid value: "-": name part ${QUALIFIED_NAME}`,
          field: "metadata.annotations",
        },
      ],
    },
  );
  const { details } = refusalOf(() =>
    requireValid({ kind: "Widget", metadata: { name: "A_" } }, WIDGETS)
  );
  assert.deepEqual(details, {
    name: "A_",
    group: "parts.test",
    kind: "Widget",
    causes: [{
      reason: "FieldValueInvalid",
      message: `Invalid value: "A_": ${SUBDOMAIN}`,
      field: "metadata.name",
    }],
  });
});

Deno.test("what the real server accepts is accepted without a warning", () => {
  for (const [resource, object] of ACCEPTED) {
    assert.deepEqual(post(resource, JSON.stringify(object)).warnings, [], JSON.stringify(object));
  }
});

Deno.test("the object has its type and namespace, and only the fields that its kind has", () => {
  const body = '{"metadata":{"name":"a","foo":1,"labels":{"x":null},"annotations":null},' +
    '"data":{"k":null},"binaryData":null,"spec":{"a":1}}';
  assert.deepEqual(post("configmaps", body).object, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", labels: { x: "" }, namespace: "default" },
    data: { k: "" },
  });
  const namespace = post("namespaces", '{"metadata":{"name":"a","namespace":"b"}}').object;
  assert.deepEqual(namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } });
});
