import assert from "node:assert/strict";
import { BUILT_IN_RESOURCES } from "../../../../sandbox/kubernetes/discovery/resources.ts";
import {
  discoveryDocument,
  documentType,
} from "../../../../sandbox/kubernetes/requests/path_requests.ts";
import { WIDGETS } from "../fixtures.ts";

/**
 * Resources that kube-apiserver 1.36.3 and the sample API server list under a path, without those
 * that the stand-in does not serve. `*`: all eight verbs; then short names, then categories.
 */
const LISTED: readonly (readonly [path: string, resources: readonly string[]])[] = [
  ["/api/v1", [
    "configmaps configmap ConfigMap namespaced * cm",
    "endpoints endpoints Endpoints namespaced * ep",
    "events event Event namespaced * ev",
    "namespaces namespace Namespace cluster create,delete,get,list,patch,update,watch ns",
    "namespaces/finalize - Namespace cluster update",
    "namespaces/status - Namespace cluster get,patch,update",
    "nodes node Node cluster * no",
    "nodes/status - Node cluster get,patch,update",
    "persistentvolumeclaims persistentvolumeclaim PersistentVolumeClaim namespaced * pvc",
    "persistentvolumeclaims/status - PersistentVolumeClaim namespaced get,patch,update",
    "pods pod Pod namespaced * po all",
    "pods/eviction - policy/v1/Eviction namespaced create",
    "pods/exec - PodExecOptions namespaced create,get",
    "pods/log - Pod namespaced get",
    "pods/status - Pod namespaced get,patch,update",
    "resourcequotas resourcequota ResourceQuota namespaced * quota",
    "resourcequotas/status - ResourceQuota namespaced get,patch,update",
    "secrets secret Secret namespaced *",
    "serviceaccounts serviceaccount ServiceAccount namespaced * sa",
    "serviceaccounts/token - authentication.k8s.io/v1/TokenRequest namespaced create",
    "services service Service namespaced * svc all",
    "services/status - Service namespaced get,patch,update",
  ]],
  ["/apis/apps/v1", [
    "daemonsets daemonset DaemonSet namespaced * ds all",
    "daemonsets/status - DaemonSet namespaced get,patch,update",
    "deployments deployment Deployment namespaced * deploy all",
    "deployments/scale - autoscaling/v1/Scale namespaced get,patch,update",
    "deployments/status - Deployment namespaced get,patch,update",
    "replicasets replicaset ReplicaSet namespaced * rs all",
    "replicasets/scale - autoscaling/v1/Scale namespaced get,patch,update",
    "replicasets/status - ReplicaSet namespaced get,patch,update",
    "statefulsets statefulset StatefulSet namespaced * sts all",
    "statefulsets/scale - autoscaling/v1/Scale namespaced get,patch,update",
    "statefulsets/status - StatefulSet namespaced get,patch,update",
  ]],
  ["/apis/authentication.k8s.io/v1", [
    "selfsubjectreviews selfsubjectreview SelfSubjectReview cluster create",
    "tokenreviews tokenreview TokenReview cluster create",
  ]],
  ["/apis/authorization.k8s.io/v1", [
    "localsubjectaccessreviews localsubjectaccessreview LocalSubjectAccessReview namespaced create",
    "selfsubjectaccessreviews selfsubjectaccessreview SelfSubjectAccessReview cluster create",
    "selfsubjectrulesreviews selfsubjectrulesreview SelfSubjectRulesReview cluster create",
    "subjectaccessreviews subjectaccessreview SubjectAccessReview cluster create",
  ]],
  ["/apis/batch/v1", [
    "cronjobs cronjob CronJob namespaced * cj all",
    "cronjobs/status - CronJob namespaced get,patch,update",
    "jobs job Job namespaced * all",
    "jobs/status - Job namespaced get,patch,update",
  ]],
  ["/apis/rbac.authorization.k8s.io/v1", [
    "clusterrolebindings clusterrolebinding ClusterRoleBinding cluster *",
    "clusterroles clusterrole ClusterRole cluster *",
    "rolebindings rolebinding RoleBinding namespaced *",
    "roles role Role namespaced *",
  ]],
  ["/apis/apiextensions.k8s.io/v1", [
    "customresourcedefinitions customresourcedefinition CustomResourceDefinition cluster * crd+crds api-extensions",
    "customresourcedefinitions/status - CustomResourceDefinition cluster get,patch,update",
  ]],
  ["/apis/coordination.k8s.io/v1", [
    "leases lease Lease namespaced *",
  ]],
  ["/apis/discovery.k8s.io/v1", [
    "endpointslices endpointslice EndpointSlice namespaced *",
  ]],
  ["/apis/flowcontrol.apiserver.k8s.io/v1", [
    "flowschemas flowschema FlowSchema cluster *",
    "flowschemas/status - FlowSchema cluster get,patch,update",
    "prioritylevelconfigurations prioritylevelconfiguration PriorityLevelConfiguration cluster *",
    "prioritylevelconfigurations/status - PriorityLevelConfiguration cluster get,patch,update",
  ]],
  ["/apis/wardle.example.com/v1alpha1", [
    "fischers fischer Fischer cluster *",
    "flunders flunder Flunder namespaced *",
  ]],
];

const ALL_VERBS = "create,delete,deletecollection,get,list,patch,update,watch";

interface ListedResource {
  readonly name: string;
  readonly singularName: string;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

function rowOf(resource: ListedResource): string {
  const { name, singularName, kind, namespaced, verbs, shortNames, categories } = resource;
  const group = resource.group === undefined ? "" : `${resource.group}/${resource.version}/`;
  return [
    name,
    singularName || "-",
    group + kind,
    namespaced ? "namespaced" : "cluster",
    verbs.join().replace(ALL_VERBS, "*"),
    ...(shortNames === undefined ? [] : [shortNames.join("+")]),
    ...(categories === undefined ? [] : [categories.join("+")]),
  ].join(" ");
}

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/** What kubectl 1.32 sends. */
const KUBECTL_ACCEPT =
  `${AGGREGATED},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`;

/** The document, as it is on the wire. */
function documentAt<Document>(
  path: string,
  { accept = "application/json", resources = BUILT_IN_RESOURCES } = {},
): Document {
  const document = discoveryDocument(path, { accept, resources });
  assert.notEqual(document, undefined, path);
  return JSON.parse(JSON.stringify(document));
}

Deno.test("each version lists the resources that the real server lists", () => {
  for (const [path, rows] of LISTED) {
    const list = documentAt<{ resources: ListedResource[] }>(path);
    assert.deepEqual(list.resources.map(rowOf), rows, path);
    assert.deepEqual(documentAt(`${path}/`), list, path);
  }
  const served = BUILT_IN_RESOURCES.map(({ group, version }) => `${group}/${version}`);
  assert.equal(LISTED.length, new Set(served).size);
});

Deno.test("lists of resources have the head that the real server gives them", () => {
  const { resources: _core, ...core } = documentAt<{ resources: unknown }>("/api/v1");
  assert.deepEqual(core, { kind: "APIResourceList", groupVersion: "v1" });
  const { resources: _apps, ...apps } = documentAt<{ resources: unknown }>("/apis/apps/v1");
  assert.deepEqual(apps, { kind: "APIResourceList", apiVersion: "v1", groupVersion: "apps/v1" });
});

Deno.test("a group names its versions, the preferred one first", () => {
  const preferred = { groupVersion: "apps/v1", version: "v1" };
  const apps = { name: "apps", versions: [preferred], preferredVersion: preferred };
  assert.deepEqual(documentAt("/apis/apps"), { kind: "APIGroup", apiVersion: "v1", ...apps });
  const list = documentAt<{ groups: { name: string }[] }>("/apis");
  assert.deepEqual(list.groups[0], apps);
  assert.deepEqual(list.groups.map(({ name }) => name), [
    "apps",
    "batch",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "rbac.authorization.k8s.io",
    "apiextensions.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "wardle.example.com",
  ]);
  assert.deepEqual(documentAt("/api"), {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [],
  });
});

Deno.test("versions are ordered by maturity, then by number, then by the alphabet", () => {
  const versions = [
    "foo10",
    "v1alpha1",
    "v10",
    "v2",
    "v3beta1",
    "v1",
    "v12alpha1",
    "foo1",
    "v11beta2",
    "v10beta3",
  ];
  const { versions: ordered } = documentAt<{ versions: { version: string }[] }>(
    "/apis/parts.test",
    { resources: versions.map((version) => ({ ...WIDGETS, version })) },
  );
  assert.deepEqual(
    ordered.map(({ version }) => version),
    [
      "v10",
      "v2",
      "v1",
      "v11beta2",
      "v10beta3",
      "v3beta1",
      "v12alpha1",
      "v1alpha1",
      "foo1",
      "foo10",
    ],
  );
});

Deno.test("aggregated discovery says the same as the lists, in two documents", () => {
  interface Entry {
    readonly resource: string;
    readonly subresource: string;
    readonly singularResource: string;
    readonly scope: string;
    readonly responseKind: { group: string; version: string; kind: string };
    readonly verbs: string[];
    readonly shortNames?: string[];
    readonly categories?: string[];
    readonly subresources?: Entry[];
  }
  interface Group {
    readonly metadata: { name?: string };
    readonly versions: { version: string; resources: Entry[] }[];
  }
  const asListed = (entry: Entry, parent?: Entry): ListedResource => ({
    name: parent === undefined ? entry.resource : `${parent.resource}/${entry.subresource}`,
    singularName: entry.singularResource ?? "",
    ...(entry.responseKind.group === "" ? {} : entry.responseKind),
    kind: entry.responseKind.kind,
    namespaced: (parent ?? entry).scope === "Namespaced",
    verbs: entry.verbs,
    ...(entry.shortNames === undefined ? {} : { shortNames: entry.shortNames }),
    ...(entry.categories === undefined ? {} : { categories: entry.categories }),
  });
  const found = ["/api", "/apis"].flatMap((path) =>
    documentAt<{ items: Group[] }>(path, { accept: KUBECTL_ACCEPT }).items.flatMap((group) =>
      group.versions.map(({ version, resources }) => [
        group.metadata.name === undefined
          ? `/api/${version}`
          : `/apis/${group.metadata.name}/${version}`,
        resources.flatMap((entry) => [
          rowOf(asListed(entry)),
          ...(entry.subresources ?? []).map((sub) => rowOf(asListed(sub, entry))),
        ]),
      ])
    )
  );
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(LISTED));
});

Deno.test("a custom resource is aggregated as the real server does it", () => {
  const { kind, apiVersion, metadata, items } = documentAt<Record<string, unknown[]>>("/apis", {
    accept: AGGREGATED,
    resources: [WIDGETS],
  });
  assert.deepEqual([kind, apiVersion, metadata], [
    "APIGroupDiscoveryList",
    "apidiscovery.k8s.io/v2",
    {},
  ]);
  assert.deepEqual(items, [{
    metadata: { name: "parts.test" },
    versions: [{
      version: "v1",
      resources: [{
        resource: "widgets",
        responseKind: { group: "parts.test", version: "v1", kind: "Widget" },
        scope: "Namespaced",
        singularResource: "widget",
        verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
        shortNames: ["wd"],
        categories: ["all"],
        subresources: [{
          subresource: "status",
          responseKind: { group: "parts.test", version: "v1", kind: "Widget" },
          verbs: ["get", "patch", "update"],
        }],
      }],
      freshness: "Current",
    }],
  }]);
});

Deno.test("the aggregated form is for those who ask for it first, and has its own media type", () => {
  const kindFor = (accept: string) => documentAt<{ kind: string }>("/apis", { accept }).kind;
  for (const accept of [AGGREGATED, KUBECTL_ACCEPT, AGGREGATED.replaceAll(";", "; ")]) {
    assert.equal(kindFor(accept), "APIGroupDiscoveryList", accept);
  }
  for (const accept of ["", "*/*", "application/json", `application/json,${AGGREGATED}`]) {
    assert.equal(kindFor(accept), "APIGroupList", accept);
  }
  assert.equal(kindFor(AGGREGATED.replace("v=v2", "v=v2beta1")), "APIGroupList");
  assert.equal(documentType(documentAt("/apis", { accept: AGGREGATED })), AGGREGATED);
  assert.equal(documentType(documentAt("/apis")), "application/json");
  assert.equal(documentType(documentAt("/version")), "application/json");
});

Deno.test("OpenAPI says for each kind that it can be patched and that fields are validated", () => {
  const { paths } = documentAt<{ paths: Record<string, { serverRelativeURL: string }> }>(
    "/openapi/v3",
  );
  assert.equal(Object.keys(paths).length, LISTED.length);
  for (const [name, { serverRelativeURL }] of Object.entries(paths)) {
    assert.equal(serverRelativeURL, `/openapi/v3/${name}`);
    documentAt(serverRelativeURL);
  }
  interface Operation {
    readonly parameters: { name: string; in: string }[];
    readonly requestBody: { content: Record<string, unknown> };
  }
  const document = documentAt<{ paths: Record<string, { patch: Operation }> }>(
    "/openapi/v3/apis/apps/v1",
  );
  const path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";
  const { patch } = document.paths[path]!;
  assert.deepEqual(patch.parameters.map((parameter) => [parameter.name, parameter.in]), [
    ["fieldValidation", "query"],
  ]);
  assert.deepEqual(Object.keys(patch.requestBody.content), ["application/merge-patch+json"]);
  assert.deepEqual(
    (patch as unknown as Record<string, unknown>)["x-kubernetes-group-version-kind"],
    { group: "apps", version: "v1", kind: "Deployment" },
  );
});

Deno.test("other paths have no document", () => {
  for (
    const path of [
      "/",
      "/nope",
      "/api/v2",
      "/api/v1/pods",
      "/apis/nope",
      "/apis/apps/v2",
      "/apis/apps/v1/deployments",
      "/apis/parts.test",
      "/openapi/v2",
      "/openapi/v3/",
      "/openapi/v3/apis/nope/v1",
      "/version/x",
    ]
  ) {
    assert.equal(
      discoveryDocument(path, { accept: "application/json", resources: BUILT_IN_RESOURCES }),
      undefined,
      path,
    );
  }
});
