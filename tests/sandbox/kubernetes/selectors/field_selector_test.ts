import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import { fieldSelector } from "../../../../sandbox/kubernetes/selectors/field_selector.ts";
import { BadSelectorError } from "../../../../sandbox/kubernetes/selectors/label_selector.ts";
import { resourceOf } from "../fixtures.ts";

const ONLY_METADATA = 'is not a known field selector: only "metadata.name", "metadata.namespace"';

/** Resource, field selector, and what kube-apiserver 1.36.3 says of it with status 400. */
const REFUSED: readonly (readonly [resource: string, selector: string, message: string])[] = [
  ["configmaps", "a", "invalid selector: 'a'; can't understand 'a'"],
  [
    "configmaps",
    "metadata.name=a,b,c=d",
    "invalid selector: 'metadata.name=a,b,c=d'; can't understand 'b'",
  ],
  [
    "configmaps",
    "metadata.name>a",
    "invalid selector: 'metadata.name>a'; can't understand 'metadata.name>a'",
  ],
  [
    "configmaps",
    "metadata.name in (a)",
    "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'",
  ],
  ["configmaps", "metadata.name=a\\b", "invalid field selector: invalid escape sequence: \\b"],
  ["configmaps", "metadata.name=a\\", "invalid field selector: invalid escape sequence: \\"],
  ["configmaps", "metadata.name=a=b", "invalid field selector: unescaped character in value: 61"],
  ["configmaps", "metadata.name!==a", "invalid field selector: unescaped character in value: 61"],
  ["configmaps", "metadata.name===a", "invalid field selector: unescaped character in value: 61"],
  ["configmaps", "a=b", `"a" ${ONLY_METADATA}`],
  ["configmaps", "=a", `"" ${ONLY_METADATA}`],
  ["configmaps", " metadata.name=a", `" metadata.name" ${ONLY_METADATA}`],
  ["configmaps", "metadata.name =a", `"metadata.name " ${ONLY_METADATA}`],
  ["configmaps", "z=1,a=2", `"a" ${ONLY_METADATA}`],
  ["deployments.apps", "status.x=0", `"status.x" ${ONLY_METADATA}`],
  ["replicasets.apps", "status.replicas=0", `"status.replicas" ${ONLY_METADATA}`],
  ["cronjobs.batch", "foo=x", `"foo" ${ONLY_METADATA}`],
  ["leases.coordination.k8s.io", "spec.x=0", `"spec.x" ${ONLY_METADATA}`],
  ["flunders.wardle.example.com", "spec.x=1", `"spec.x" ${ONLY_METADATA}`],
  [
    "customresourcedefinitions.apiextensions.k8s.io",
    "spec.group=x",
    `"spec.group" ${ONLY_METADATA}`,
  ],
  ["resourcequotas", "foo=x", `"foo" ${ONLY_METADATA}`],
  ["secrets", "foo=Opaque", "field label not supported: foo"],
  ["pods", "status.foo=a", "field label not supported: status.foo"],
  ["namespaces", "metadata.namespace=Active", "field label not supported: metadata.namespace"],
  ["namespaces", "foo=Active", "field label not supported: foo"],
  ["nodes", "metadata.namespace=a", "field label not supported: metadata.namespace"],
  ["services", "foo=a", "field label not supported: foo"],
  ["events", "foo=x", "field label not supported: foo"],
  ["jobs.batch", "foo=0", 'field label "foo" not supported for Job'],
  ["widgets.parts.test", "spec.colour=x", "field label not supported: spec.colour"],
];

const POD: KubeObject = {
  metadata: { name: "p", namespace: "ns" },
  spec: { nodeName: "n1", restartPolicy: "Always" },
  status: { phase: "Running", podIPs: [{ ip: "10.0.0.1" }, { ip: "::1" }] },
};
const EVENT: KubeObject = {
  metadata: { name: "e", namespace: "ns" },
  involvedObject: { kind: "Pod", name: "p" },
  reportingComponent: "kubelet",
  type: "Warning",
};

const CHOSEN: readonly (readonly [
  resource: string,
  object: KubeObject,
  selectors: Readonly<Record<string, boolean>>,
])[] = [
  ["configmaps", { metadata: { name: "a,b=c\\", namespace: "ns" } }, {
    "": true,
    ",": true,
    "metadata.name=a\\,b\\=c\\\\": true,
    "metadata.name==a\\,b\\=c\\\\,": true,
    "metadata.name!=a\\,b\\=c\\\\": false,
    "metadata.name=": false,
    "metadata.name= a": false,
    "metadata.namespace=ns,metadata.name!=x": true,
    "metadata.namespace=ns,metadata.name=x": false,
  }],
  ["clusterroles.rbac.authorization.k8s.io", { metadata: { name: "admin" } }, {
    "metadata.namespace=": true,
    "metadata.namespace=x": false,
  }],
  ["pods", POD, {
    "spec.nodeName=n1": true,
    "spec.host=n1": true,
    "spec.host!=n1": false,
    "spec.nodeName=": false,
    "spec.schedulerName=": true,
    "spec.hostNetwork=false": true,
    "spec.hostNetwork=true": false,
    "status.phase=Running,spec.restartPolicy!=Never": true,
    "status.podIP=10.0.0.1": true,
    "status.podIPs=10.0.0.1": false,
    "status.podIPs=": true,
  }],
  ["pods", { metadata: { name: "p" }, spec: { hostNetwork: true } }, {
    "spec.hostNetwork=true": true,
    "spec.nodeName=": true,
    "status.podIP=": true,
  }],
  ["nodes", { metadata: { name: "n" }, spec: {} }, { "spec.unschedulable=false": true }],
  ["nodes", { metadata: { name: "n" }, spec: { unschedulable: true } }, {
    "spec.unschedulable=false": false,
  }],
  ["namespaces", { metadata: { name: "x" }, status: { phase: "Terminating" } }, {
    "status.phase=Active": false,
    "status.phase!=Active,metadata.name=x": true,
  }],
  ["secrets", { metadata: { name: "s" }, type: "Opaque" }, { "type=Opaque": true, "type=": false }],
  ["services", { metadata: { name: "s" }, spec: { clusterIP: "None", type: "ClusterIP" } }, {
    "spec.clusterIP=None,spec.type=ClusterIP": true,
    "spec.clusterIP!=None": false,
  }],
  ["jobs.batch", { metadata: { name: "j" }, status: { succeeded: 3 } }, {
    "status.successful=3": true,
    "status.successful=0": false,
  }],
  ["jobs.batch", { metadata: { name: "j" } }, { "status.successful=0": true }],
  ["events", EVENT, {
    "involvedObject.name=p,type!=Normal": true,
    "involvedObject.kind=Node": false,
    "source=kubelet": true,
    "reportingComponent=kubelet": true,
    "reason=": true,
  }],
  ["events", { ...EVENT, source: { component: "scheduler" } }, { "source=kubelet": false }],
  ["widgets.parts.test", { metadata: { name: "w" }, spec: { color: "red" } }, {
    "spec.color=red": true,
    "spec.color!=red": false,
    "metadata.namespace=": true,
  }],
];

Deno.test("a field selector is refused with the words of the real server", () => {
  for (const [name, selector, message] of REFUSED) {
    assert.throws(
      () => fieldSelector(selector, { resource: resourceOf(name) }),
      new BadSelectorError(message),
      `${name} ${selector}`,
    );
  }
});

Deno.test("a field selector chooses by the fields of the kind, an absent one by its default", () => {
  for (const [name, object, selectors] of CHOSEN) {
    for (const [selector, isChosen] of Object.entries(selectors)) {
      const select = fieldSelector(selector, { resource: resourceOf(name) });
      assert.equal(select(object), isChosen, `${name} ${selector}`);
    }
  }
});
