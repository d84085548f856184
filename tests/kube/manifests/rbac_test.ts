import assert from "node:assert/strict";
import fc from "fast-check";
import type { ClusterNeeds, NeededRight } from "../../../kube/kubernetes_command.ts";
import { rbacObjects, rbacYaml, type Rule, scopeRules } from "../../../kube/manifests/rbac.ts";
import { CONFIG_MAPS, FLUNDERS, NAMESPACES } from "../../../kube/resource.ts";

const OPTIONS = { command: "cmdriver", account: { namespace: "ns", name: "scaletool-cmdriver" } };

function needs(...rights: NeededRight[]): ClusterNeeds {
  return {
    rights,
    namespaces: ["ns", "two"],
    createsNamespaces: false,
    requestsPerSec: 1,
    connections: 1,
    watches: 0,
  };
}

function rulesOf(...rights: NeededRight[]): [namespace: string, ...rules: Rule[]][] {
  return scopeRules(needs(...rights))
    .map(({ namespace, rules }) => [namespace, ...rules.map(({ rule }) => rule)]);
}

Deno.test("the verbs on a kind in a namespace are one rule, in the usual order", () => {
  const right = { kind: CONFIG_MAPS, namespace: "ns" };
  assert.deepEqual(
    rulesOf({ ...right, verb: "delete" }, { ...right, verb: "get" }, { ...right, verb: "create" }),
    [["ns", { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "delete"] }]],
  );
});

Deno.test("a Role is for each namespace, a ClusterRole only for what is in none", () => {
  const scopes = rulesOf(
    { kind: CONFIG_MAPS, namespace: "two", verb: "list" },
    { kind: FLUNDERS, verb: "watch" },
    { kind: CONFIG_MAPS, namespace: "ns", verb: "list" },
    { kind: NAMESPACES, namespace: "ns", verb: "create" },
  );
  assert.deepEqual(scopes.map(([namespace]) => namespace), ["", "ns", "two"]);
  const objects = rbacObjects(needs({ kind: FLUNDERS, verb: "watch" }), OPTIONS);
  assert.deepEqual(
    objects.map(({ kind, metadata: { namespace, name } }) => [kind, namespace, name]),
    [
      ["ServiceAccount", "ns", "scaletool-cmdriver"],
      ["ClusterRole", undefined, "ns-scaletool-cmdriver"],
      ["ClusterRoleBinding", undefined, "ns-scaletool-cmdriver"],
    ],
  );
});

Deno.test("namespaces are looked at and deleted by name alone; a create can have no name", () => {
  const rights = ["get", "create", "delete", "list"].map((verb) => ({ kind: NAMESPACES, verb }));
  const rule = { apiGroups: [""], resources: ["namespaces"] };
  assert.deepEqual(rulesOf(...rights), [[
    "",
    { ...rule, resourceNames: ["ns", "two"], verbs: ["get", "delete"] },
    { ...rule, verbs: ["list", "create"] },
  ]]);
});

Deno.test("a name and a subresource are in the rule", () => {
  assert.deepEqual(
    rulesOf({
      kind: CONFIG_MAPS,
      namespace: "ns",
      verb: "get",
      name: "a",
      subresource: "status",
    }),
    [["ns", {
      apiGroups: [""],
      resources: ["configmaps/status"],
      resourceNames: ["a"],
      verbs: ["get"],
    }]],
  );
});

Deno.test("what can be done without comes last, says so, and repeats nothing", () => {
  const right = { kind: CONFIG_MAPS, namespace: "ns" };
  const [scope] = scopeRules(needs(
    { ...right, verb: "patch", onlyFor: "a nicety" },
    { ...right, verb: "list", onlyFor: "a nicety" },
    { ...right, verb: "list" },
  ));
  assert.deepEqual(scope?.rules.map(({ rule: { verbs }, comment }) => [verbs, comment]), [
    [["list"], undefined],
    [["patch"], "only for a nicety"],
  ]);
});

Deno.test("a kind that only a server knows is guessed, and said to be", () => {
  const kind = { apiVersion: "example.com/v1", kind: "Policy" };
  const [scope] = scopeRules(needs({ kind, namespace: "ns", verb: "create" }));
  assert.deepEqual(scope?.rules, [{
    rule: { apiGroups: ["example.com"], resources: ["policies"], verbs: ["create"] },
    comment: "name and scope of kind Policy are a guess; see: kubectl api-resources",
  }]);
});

const anyRight = fc.record({
  kind: fc.constantFrom(CONFIG_MAPS, FLUNDERS, NAMESPACES),
  namespace: fc.constantFrom("ns", "two"),
  verb: fc.constantFrom("get", "list", "watch", "create", "patch", "delete"),
});

/** `get configmaps ns`: what a rule allows, by what the authorizer makes of it. */
function* allowed(rights: readonly NeededRight[]): Generator<string> {
  for (const { namespace, rules } of scopeRules(needs(...rights))) {
    for (const { rule: { apiGroups, resources, verbs } } of rules) {
      for (const resource of resources) {
        for (const verb of verbs) yield `${verb} ${apiGroups[0]}/${resource} ${namespace}`;
      }
    }
  }
}

Deno.test("the rules allow what is needed and nothing else, in the same words whatever the order", () => {
  fc.assert(fc.property(fc.array(anyRight, { minLength: 1 }), (rights) => {
    const expected = new Set(
      rights.map(({ kind, verb, namespace }) =>
        `${verb} ${kind.group}/${kind.plural} ${kind.namespaced ? namespace : ""}`
      ),
    );
    assert.deepEqual([...allowed(rights)].sort(), [...expected].sort());
    const head = "x";
    assert.equal(
      rbacYaml(needs(...rights), { ...OPTIONS, head }),
      rbacYaml(needs(...rights.toReversed()), { ...OPTIONS, head }),
    );
  }));
});

Deno.test("the text is YAML for kubectl, with its making in the first line", () => {
  const text = rbacYaml(
    needs({ kind: FLUNDERS, namespace: "ns", verb: "list", onlyFor: "a nicety" }),
    { ...OPTIONS, head: "scaletool manifests rbac --for cmdriver" },
  );
  assert.equal(
    text,
    `# scaletool manifests rbac --for cmdriver
apiVersion: v1
kind: ServiceAccount
metadata:
  namespace: ns
  name: scaletool-cmdriver
  labels:
    app.kubernetes.io/name: scaletool
    app.kubernetes.io/component: cmdriver
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: scaletool-cmdriver
  namespace: ns
  labels:
    app.kubernetes.io/name: scaletool
    app.kubernetes.io/component: cmdriver
rules:
  # only for a nicety
  - apiGroups: [wardle.example.com]
    resources: [flunders]
    verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: scaletool-cmdriver
  namespace: ns
  labels:
    app.kubernetes.io/name: scaletool
    app.kubernetes.io/component: cmdriver
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: scaletool-cmdriver
subjects:
  - kind: ServiceAccount
    namespace: ns
    name: scaletool-cmdriver
`,
  );
});
