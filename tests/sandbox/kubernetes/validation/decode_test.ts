import fc from "fast-check";
import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import {
  decoded,
  type FieldValidation,
  InvalidError,
} from "../../../../sandbox/kubernetes/validation/validate.ts";
import { type Refusal, refusalsOf, resourceOf, WIDGETS } from "../fixtures.ts";

/** Bodies of a POST in namespace default, and what kube-apiserver 1.36.3 says of them with 400. */
const UNREADABLE = refusalsOf(String.raw`
configmaps []
  the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (5b5d)
configmaps "a"
  the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (226122)
configmaps 1
  the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal number into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (31)
configmaps true
  the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal bool into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (74727565)
configmaps {"apiVersion":"a/b/c","kind":"ConfigMap"}
  the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)
configmaps {"kind":3}
  the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":3})
configmaps {"apiVersion":"v1","kind":{},"metadata":{"name":"abc"}}
  the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal object into Go struct field .kind of type string ({"apiVersion":"v1","kind":{}," ...)
configmaps {"kind":"Secret"}
  Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion
configmaps {"kind":"Foo"}
  Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"
configmaps {"apiVersion":"v2"}
  ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"
configmaps {"apiVersion":"apps/v1"}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "apps/v1" in scheme "pkg/runtime/scheme.go:111"
configmaps {"apiVersion":"apps/v1","kind":"Deployment"}
  Deployment in version "v1" cannot be handled as a ConfigMap: converting (v1.Deployment) to (core.ConfigMap): unknown conversion
configmaps {"apiVersion":"v1","kind":"ConfigMapList","items":[]}
  ConfigMapList in version "v1" cannot be handled as a ConfigMap: converting (v1.ConfigMapList) to (core.ConfigMap): unknown conversion
configmaps {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition"}
  CustomResourceDefinition in version "v1" cannot be handled as a ConfigMap: no kind "CustomResourceDefinition" is registered for version "apiextensions.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"
configmaps {"metadata":[]}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta
configmaps {"metadata":"x"}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta
configmaps {"metadata":{"name":1}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string
configmaps {"metadata":{"name":"a","namespace":{}}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal object into Go struct field ObjectMeta.metadata.namespace of type string
configmaps {"metadata":{"name":"a","labels":{"a":1}}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string
configmaps {"metadata":{"name":"a","labels":{"b":"c","a":["x"]}}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type string
configmaps {"metadata":{"name":"a","labels":["a"]}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string
configmaps {"metadata":{"name":"a","annotations":{"a":true}}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string
configmaps {"metadata":{"name":"a","annotations":"x"}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into Go struct field ObjectMeta.metadata.annotations of type map[string]string
configmaps {"metadata":{"name":"a","uid":1}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.uid of type types.UID
configmaps {"metadata":{"name":"a","finalizers":"x"}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into Go struct field ObjectMeta.metadata.finalizers of type []string
configmaps {"metadata":{"name":"a","finalizers":["a",1]}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.finalizers of type string
configmaps {"metadata":{"name":"a","ownerReferences":[1]}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.ownerReferences of type v1.OwnerReference
configmaps {"metadata":{"name":"a","ownerReferences":{}}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal object into Go struct field ObjectMeta.metadata.ownerReferences of type []v1.OwnerReference
configmaps {"metadata":{"name":"a","ownerReferences":[{"name":1}]}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field OwnerReference.metadata.ownerReferences.name of type string
configmaps {"metadata":{"name":"a","generation":"x"}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into Go struct field ObjectMeta.metadata.generation of type int64
configmaps {"metadata":{"name":"a","generation":1.5}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64
configmaps {"metadata":{"name":"a","managedFields":1}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.managedFields of type []v1.ManagedFieldsEntry
configmaps {"metadata":{"name":"a","managedFields":[1]}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.managedFields of type v1.ManagedFieldsEntry
configmaps {"metadata":{"name":"a","resourceVersion":1}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.resourceVersion of type string
configmaps {"metadata":{"name":"a"},"data":{"a":1}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string
configmaps {"metadata":{"name":"a"},"data":[1]}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string
configmaps {"metadata":{"name":"a"},"data":{"a":{}}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal object into Go struct field ConfigMap.data of type string
configmaps {"metadata":{"name":"a"},"immutable":"x"}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool
configmaps {"metadata":{"name":"a"},"binaryData":{"a":"!"}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: illegal base64 data at input byte 0
configmaps {"metadata":{"name":"a"},"binaryData":{"a":1}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.binaryData of type []uint8
configmaps {"metadata":{"name":"A","namespace":"zz"}}
  the namespace of the provided object does not match the namespace sent on the request
secrets {"metadata":{"name":"a"},"data":{"a":1}}
  Secret in version "v1" cannot be handled as a Secret: json: cannot unmarshal number into Go struct field Secret.data of type []uint8
secrets {"metadata":{"name":"a"},"data":{"a":"eA="}}
  Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 3
secrets {"metadata":{"name":"a"},"stringData":{"a":1}}
  Secret in version "v1" cannot be handled as a Secret: json: cannot unmarshal number into Go struct field Secret.stringData of type string
secrets {"metadata":{"name":"a"},"type":3}
  Secret in version "v1" cannot be handled as a Secret: json: cannot unmarshal number into Go struct field Secret.type of type v1.SecretType
deployments.apps {"apiVersion":"v1","kind":"ConfigMap"}
  ConfigMap in version "v1" cannot be handled as a Deployment: converting (v1.ConfigMap) to (apps.Deployment): unknown conversion
deployments.apps {"metadata":{"name":"a"},"spec":"x"}
  Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec
deployments.apps {"metadata":{"name":"a"},"status":[]}
  Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal array into Go struct field Deployment.status of type v1.DeploymentStatus
clusterroles.rbac.authorization.k8s.io {"apiVersion":"v1","kind":"ConfigMap"}
  ConfigMap in version "v1" cannot be handled as a ClusterRole: converting (v1.ConfigMap) to (rbac.ClusterRole): unknown conversion
customresourcedefinitions.apiextensions.k8s.io {"apiVersion":"v1","kind":"ConfigMap"}
  ConfigMap in version "v1" cannot be handled as a CustomResourceDefinition: no kind "ConfigMap" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"
flunders.wardle.example.com {"apiVersion":"wardle.example.com/v1alpha1","kind":"Fischer"}
  Fischer in version "v1alpha1" cannot be handled as a Flunder: converting (v1alpha1.Fischer) to (wardle.Flunder): unknown conversion
flunders.wardle.example.com {"apiVersion":"wardle.example.com/v1alpha1","kind":"Foo"}
  Foo in version "v1alpha1" cannot be handled as a Flunder: no kind "Foo" is registered for version "wardle.example.com/v1alpha1" in scheme "pkg/runtime/scheme.go:111"
flunders.wardle.example.com {"metadata":{"name":"a"},"spec":1}
  Flunder in version "v1alpha1" cannot be handled as a Flunder: json: cannot unmarshal number into Go struct field Flunder.spec of type v1alpha1.FlunderSpec
flunders.wardle.example.com {"metadata":{"name":"a","namespace":"b"}}
  the namespace of the provided object does not match the namespace sent on the request
widgets.parts.test []
  the object provided is unrecognized (must be of type Widget): couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (5b5d)
widgets.parts.test null
  the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in 'null' (6e756c6c)
widgets.parts.test {"metadata": {"name": "x"}}
  the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in '{"metadata": {"name": "x"}}' ({"metadata": {"name": "x"}})
widgets.parts.test {"metadata":{"name":"a-name-that-does-not-fit"}}
  the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in '{"metadata":{"name":"a-name-that-does-not-fit"}}' ({"metadata":{"name":"a-name-th ...)
widgets.parts.test {"kind":"Widget","metadata":{"name":"a"}}
  the API version in the data () does not match the expected API version (parts.test/v1)
widgets.parts.test {"apiVersion":"parts.test/v2","kind":"Widget"}
  the API version in the data (parts.test/v2) does not match the expected API version (parts.test/v1)
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Widget","metadata":[]}
  Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal array into Go value of type v1.ObjectMeta
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Widget","metadata":{"labels":{"a":1}}}
  Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Widget","metadata":{"ownerReferences":[{"name":1}]}}
  Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field OwnerReference.ownerReferences.name of type string
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Widget","metadata":{"namespace":"y"}}
  the namespace of the provided object does not match the namespace sent on the request
`);

/** The same with fieldValidation=Strict. */
const STRICT = refusalsOf(String.raw`
configmaps {"metadata":{"name":"a","foo":"x","Labels":{}},"spec":{"a":1},"Data":{"b":"c"}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.foo", unknown field "metadata.Labels", unknown field "spec", unknown field "Data"
configmaps {"metadata":{"name":"a","name":"b","labels":{"x":"1","x":"2"}},"data":{"k":"1","k":"2"},"data":{"z":"1"}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "metadata.name", duplicate field "metadata.labels.x", duplicate field "data.k", duplicate field "data"
configmaps {"spec":1,"metadata":{"name":"a","name":"b","foo":1,"labels":{"x":"1","x":"2"}},"spec":2,"zz":{"a":1,"a":2}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "spec", duplicate field "metadata.name", unknown field "metadata.foo", duplicate field "metadata.labels.x", unknown field "zz"
configmaps {"metadata":{"name":"a","annotations":{"k":"{\"a\":1,\"a\":2}","]":"","[":","}},"data":{"a\"b":"1","a\u0022b":"2"}}
  ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a\"b"
deployments.apps {"metadata":{"name":"a"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"b","image":"i"},{"name":"c","image":"i","name":"d"}]}}},"x":1}
  Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: duplicate field "spec.template.spec.containers[1].name", unknown field "x"
flunders.wardle.example.com {"metadata":{"name":"a","foo":"x"},"bar":1}
  Flunder in version "v1alpha1" cannot be handled as a Flunder: strict decoding error: unknown field "metadata.foo", unknown field "bar"
widgets.parts.test {"apiVersion":"parts.test/v1","kind":"Widget","metadata":{"name":"a","name":"b","foo":1},"spec":{"k":"1","k":"2"}}
  Widget in version "v1" cannot be handled as a Widget: strict decoding error: duplicate field "metadata.name", duplicate field "spec.k", unknown field "metadata.foo"
`);

/** Base64 texts, and the byte that kube-apiserver 1.36.3 calls illegal. */
const BASE64: readonly (readonly [text: string, at: number | undefined])[] = [
  ["", undefined],
  ["eA==", undefined],
  ["eA==\n", undefined],
  ["eB==", undefined],
  ["eA", 0],
  ["eA=", 3],
  ["eA==x", 4],
  ["e", 0],
  ["eAA", 0],
  ["e=", 1],
  ["=", 0],
  ["eAAA=", 4],
  ["e A==", 1],
  ["-_==", 0],
  ["eAAAe", 4],
  ["eAAAeA=", 7],
];

function read(
  { resource, body }: Pick<Refusal, "resource" | "body">,
  fieldValidation: FieldValidation = "Warn",
) {
  const namespace = resource.namespaced ? "default" : undefined;
  return decoded(JSON.parse(body), { resource, namespace, fieldValidation, body });
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

Deno.test("a body that is no such object is refused with 400 in the real server's words", () => {
  for (const row of UNREADABLE) {
    const refusal = refusalOf(() => read(row));
    assert.deepEqual([refusal.message, refusal.code], [row.message, 400], row.body);
    assert.equal(refusal.details, undefined);
  }
});

Deno.test("unknown and repeated fields are refused with Strict, told with Warn, else nothing", () => {
  for (const row of STRICT) {
    const refusal = refusalOf(() => read(row, "Strict"));
    assert.deepEqual([refusal.message, refusal.code], [row.message, 400], row.body);
    const told = row.message.split("strict decoding error: ")[1]!.split(", ");
    assert.deepEqual(read(row, "Warn").warnings, told);
    assert.deepEqual(read(row, "Ignore").warnings, []);
  }
});

Deno.test("a custom resource without a list of fields keeps all of them", () => {
  const { fields: _, ...resource } = WIDGETS;
  const free = { data: "text", labels: {}, annotations: { a: null } };
  const value = { apiVersion: "parts.test/v1", kind: "Widget", metadata: { name: "a" }, ...free };
  const options = { resource, namespace: "default", fieldValidation: "Strict" } as const;
  const { object } = decoded(value, options);
  assert.deepEqual(object, { ...value, metadata: { name: "a", namespace: "default" } });
});

Deno.test("base64 is refused at the byte that the real server names", () => {
  const resource = resourceOf("secrets");
  for (const [text, at] of BASE64) {
    const body = JSON.stringify({ metadata: { name: "a" }, data: { k: text } });
    if (at === undefined) {
      assert.deepEqual(read({ resource, body }).warnings, []);
      continue;
    }
    const why = `illegal base64 data at input byte ${at}`;
    const message = `Secret in version "v1" cannot be handled as a Secret: ${why}`;
    assert.equal(refusalOf(() => read({ resource, body })).message, message, text);
  }
});

Deno.test("no field of a JSON text is repeated unless it is", () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(fc.property(json, (spec) => {
    const object: KubeObject = {
      apiVersion: "parts.test/v1",
      kind: "Widget",
      metadata: { name: "a" },
      spec,
    };
    const body = JSON.stringify(object, null, 1);
    assert.deepEqual(read({ resource: WIDGETS, body }).warnings, []);
    const repeated = `${body.slice(0, -1)},"spec":{}}`;
    const { warnings } = read({ resource: WIDGETS, body: repeated });
    assert.deepEqual(warnings, ['duplicate field "spec"']);
  }));
});
