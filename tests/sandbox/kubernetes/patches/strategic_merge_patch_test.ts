import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import { patched, PatchError } from "../../../../sandbox/kubernetes/patches/patches.ts";
import { resourceOf } from "../fixtures.ts";

const DEPLOYMENTS = resourceOf("deployments.apps");

const CURRENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "sm",
    labels: { x: "y" },
    finalizers: ["x.io/a", "x.io/b"],
    ownerReferences: [{ apiVersion: "v1", kind: "A", name: "a", uid: "1" }, {
      apiVersion: "v1",
      kind: "B",
      name: "b",
      uid: "2",
    }],
  },
  spec: {
    replicas: 0,
    strategy: {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 1 },
    },
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: {
        containers: [{
          name: "c",
          image: "i",
          args: ["x", "y"],
          ports: [{ containerPort: 80, protocol: "TCP" }],
          env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
        }, { name: "d", image: "j" }],
        volumes: [{ name: "v", emptyDir: {} }, { name: "w", configMap: { name: "k" } }],
        tolerations: [{ key: "k1", operator: "Exists" }],
        imagePullSecrets: [{ name: "s1" }],
        nodeSelector: { n: "1" },
      },
    },
  },
};

type Case = readonly [what: string, patch: unknown, changed: Readonly<Record<string, unknown>>];

/** Patches of CURRENT, and what kube-apiserver 1.36.3 changes by them, defaults left out. */
const CHANGES: readonly Case[] = [["an element is merged by its key", {
  spec: { template: { spec: { containers: [{ name: "c", image: "k" }] } } },
}, {
  containers: [{
    name: "c",
    image: "k",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }, { name: "d", image: "j" }],
}], ["a new element comes first", {
  spec: { template: { spec: { containers: [{ name: "e", image: "k" }] } } },
}, {
  containers: [{ name: "e", image: "k" }, {
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }, { name: "d", image: "j" }],
}], ["an element is deleted", {
  spec: { template: { spec: { containers: [{ name: "d", "$patch": "delete" }] } } },
}, {
  containers: [{
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }],
}], ["an element that is not there is deleted", {
  spec: { template: { spec: { containers: [{ name: "zz", "$patch": "delete" }] } } },
}, {}], ["a list is replaced", {
  spec: {
    template: {
      spec: { containers: [{ name: "e", image: "k" }, { "$patch": "replace" }] },
    },
  },
}, { containers: [{ name: "e", image: "k" }] }], ["lists within elements are merged", {
  spec: {
    template: {
      spec: {
        containers: [{
          name: "c",
          env: [{ name: "B", value: "9" }, { name: "C", value: "3" }],
        }],
      },
    },
  },
}, {
  containers: [{
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "9" }, {
      name: "C",
      value: "3",
    }],
  }, { name: "d", image: "j" }],
}], ["an element within an element is deleted", {
  spec: {
    template: {
      spec: { containers: [{ name: "c", env: [{ name: "A", "$patch": "delete" }] }] },
    },
  },
}, {
  containers: [{
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "B", value: "2" }],
  }, { name: "d", image: "j" }],
}], ["null deletes a list", {
  spec: { template: { spec: { containers: [{ name: "c", env: null }] } } },
}, {
  containers: [{
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
  }, { name: "d", image: "j" }],
}], ["a list of values is replaced", {
  spec: { template: { spec: { containers: [{ name: "c", args: ["z"] }] } } },
}, {
  containers: [{
    name: "c",
    image: "i",
    args: ["z"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }, { name: "d", image: "j" }],
}], ["ports go by containerPort", {
  spec: {
    template: {
      spec: {
        containers: [{
          name: "c",
          ports: [{ containerPort: 81, protocol: "TCP" }, {
            containerPort: 80,
            name: "http",
          }],
        }],
      },
    },
  },
}, {
  containers: [{
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 81, protocol: "TCP" }, {
      name: "http",
      containerPort: 80,
      protocol: "TCP",
    }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }, { name: "d", image: "j" }],
}], ["an order is set", {
  spec: {
    template: { spec: { "$setElementOrder/containers": [{ name: "d" }, { name: "c" }] } },
  },
}, {
  containers: [{ name: "d", image: "j" }, {
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }],
}], ["an order is set with a new element", {
  spec: {
    template: {
      spec: {
        "$setElementOrder/containers": [{ name: "d" }, { name: "e" }, { name: "c" }],
        containers: [{ name: "e", image: "z" }],
      },
    },
  },
}, {
  containers: [{ name: "d", image: "j" }, { name: "e", image: "z" }, {
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }],
}], ["elements that the order does not name keep their place", {
  spec: {
    template: {
      spec: {
        "$setElementOrder/containers": [{ name: "e" }, { name: "d" }],
        containers: [{ name: "e", image: "z" }],
      },
    },
  },
}, {
  containers: [{ name: "e", image: "z" }, {
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }, { name: "d", image: "j" }],
}], ["only some fields are retained", {
  spec: {
    template: {
      spec: { volumes: [{ name: "w", "$retainKeys": ["name", "emptyDir"], emptyDir: {} }] },
    },
  },
}, { volumes: [{ name: "v", emptyDir: {} }, { name: "w", emptyDir: {} }] }], [
  "tolerations are replaced",
  {
    spec: { template: { spec: { tolerations: [{ key: "k2", operator: "Exists" }] } } },
  },
  { tolerations: [{ key: "k2", operator: "Exists" }] },
], ["pull secrets are merged", {
  spec: { template: { spec: { imagePullSecrets: [{ name: "s2" }] } } },
}, { imagePullSecrets: [{ name: "s2" }, { name: "s1" }] }], ["a map is merged", {
  spec: { template: { spec: { nodeSelector: { m: "2" } } } },
}, { nodeSelector: { m: "2", n: "1" } }], ["a map is replaced", {
  spec: { template: { spec: { nodeSelector: { m: "2", "$patch": "replace" } } } },
}, { nodeSelector: { m: "2" } }], ["a strategy retains its type", {
  spec: { strategy: { "$retainKeys": ["type"], type: "Recreate" } },
}, { strategy: { type: "Recreate" } }], ["finalizers are merged", {
  metadata: { finalizers: ["x.io/c", "x.io/a"] },
}, { finalizers: ["x.io/c", "x.io/a", "x.io/b"] }], ["a finalizer is deleted", {
  metadata: { "$deleteFromPrimitiveList/finalizers": ["x.io/a"] },
}, { finalizers: ["x.io/b"] }], ["finalizers are deleted, added and ordered", {
  metadata: {
    "$deleteFromPrimitiveList/finalizers": ["x.io/a"],
    finalizers: ["x.io/z"],
    "$setElementOrder/finalizers": ["x.io/z", "x.io/b"],
  },
}, { finalizers: ["x.io/z", "x.io/b"] }], ["finalizers are ordered", {
  metadata: { "$setElementOrder/finalizers": ["x.io/b", "x.io/a"] },
}, { finalizers: ["x.io/b", "x.io/a"] }], ["an owner is added", {
  metadata: { ownerReferences: [{ uid: "3", apiVersion: "v1", kind: "C", name: "c" }] },
}, { owners: ["3", "1", "2"] }], ["an owner is deleted", {
  metadata: { ownerReferences: [{ uid: "1", "$patch": "delete" }] },
}, { owners: ["2"] }], ["null deletes a label", {
  metadata: { labels: { x: null, z: null, q: "1" } },
}, { labels: { q: "1" } }], ["labels are replaced", {
  metadata: { labels: { "$patch": "replace", q: "1" } },
}, { labels: { q: "1" } }], ["null in a new element is nothing", {
  spec: {
    template: { spec: { containers: [{ name: "e", image: "k", env: null }] } },
  },
}, {
  containers: [{ name: "e", image: "k" }, {
    name: "c",
    image: "i",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }, { name: "d", image: "j" }],
}], ["deleting from a list that is not there does nothing", {
  metadata: { "$deleteFromPrimitiveList/foo": ["a"] },
}, {}], ["elements with the same key are merged in turn", {
  spec: {
    template: {
      spec: { containers: [{ name: "c", image: "1" }, { name: "c", image: "2" }] },
    },
  },
}, {
  containers: [{
    name: "c",
    image: "2",
    args: ["x", "y"],
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
  }, { name: "d", image: "j" }],
}], ["null is no patch", null, {}]];

/** Patches of CURRENT that kube-apiserver 1.36.3 refuses. */
const REFUSED: readonly (readonly [patch: unknown, code: number, message: string])[] = [
  [
    { spec: { template: { spec: { containers: [{ name: "c", "$patch": "merge" }] } } } },
    500,
    "merging lists cannot yet be specified in the patch",
  ],
  [
    { spec: { template: { spec: { containers: [{ name: "c", "$patch": "foo" }] } } } },
    500,
    "unknown patch type: foo in map: map[$patch:foo name:c]",
  ],
  [
    {
      spec: {
        template: { spec: { containers: [{ image: "x", n: null, l: [1, true] }] } },
      },
    },
    500,
    "map: map[image:x l:[1 true] n:<nil>] does not contain declared merge key: name",
  ],
  [
    { spec: { template: { spec: { containers: [{ "$patch": "delete" }] } } } },
    500,
    "map: map[$patch:delete] does not contain declared merge key: name",
  ],
  [
    {
      spec: {
        template: {
          spec: {
            "$setElementOrder/containers": [{ name: "d" }, { name: "c" }],
            containers: [{ name: "c", image: "z" }, { name: "d", image: "z" }],
          },
        },
      },
    },
    500,
    "The order in patch list:\n[map[image:z name:c] map[image:z name:d]]\n doesn't match $setElementOrder list:\n[map[name:d] map[name:c]]\n",
  ],
  [
    { spec: { template: { spec: { "$setElementOrder/containers": "x" } } } },
    500,
    "expected a []interface {}, but received a string",
  ],
  [
    {
      spec: {
        template: {
          spec: { volumes: [{ name: "w", "$retainKeys": ["name"], emptyDir: {} }] },
        },
      },
    },
    400,
    "invalid patch format of retainKeys",
  ],
  [
    { spec: { template: { spec: { volumes: [{ name: "w", "$retainKeys": "x" }] } } } },
    400,
    "invalid patch format of retainKeys",
  ],
  [
    { spec: { template: { spec: { nodeSelector: { "$patch": "merge" } } } } },
    500,
    "unknown patch type: merge in map: map[$patch:merge]",
  ],
  [[], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"],
  ["x", 400, "json: cannot unmarshal string into Go value of type map[string]interface {}"],
  [1, 400, "json: cannot unmarshal number into Go value of type map[string]interface {}"],
];

function afterPatch(body: unknown): KubeObject {
  return patched(CURRENT, {
    type: "strategic",
    body,
    fieldManager: "test",
    force: false,
    resource: DEPLOYMENTS,
    time: "2026-01-01T00:00:00Z",
  });
}

/** The parts of a deployment that the tables name. */
function partsOf(object: KubeObject): Record<string, unknown> {
  const { metadata, spec } = object as unknown as typeof CURRENT;
  const pod = spec.template.spec;
  return {
    containers: pod.containers,
    volumes: pod.volumes,
    tolerations: pod.tolerations,
    imagePullSecrets: pod.imagePullSecrets,
    nodeSelector: pod.nodeSelector,
    strategy: spec.strategy,
    labels: metadata.labels,
    finalizers: metadata.finalizers,
    owners: metadata.ownerReferences.map(({ uid }) => uid),
  };
}

Deno.test("a strategic merge patch changes what the real server changes, and nothing else", () => {
  for (const [what, patch, changed] of CHANGES) {
    const expected = { ...partsOf(CURRENT), ...changed };
    assert.deepEqual(partsOf(afterPatch(patch)), expected, what);
  }
});

Deno.test("a strategic merge patch is refused with the words of the real server", () => {
  for (const [patch, code, message] of REFUSED) {
    const text = JSON.stringify(patch);
    assert.throws(() => afterPatch(patch), new PatchError(code, message), text);
  }
});

Deno.test("a strategic merge patch changes neither the object nor itself", () => {
  const before = structuredClone(CURRENT);
  for (const [, patch] of CHANGES) {
    const copy = structuredClone(patch);
    afterPatch(patch);
    assert.deepEqual(patch, copy);
    assert.deepEqual(CURRENT, before);
  }
});

Deno.test("a deletion is final even where nothing is left", () => {
  const { spec } = afterPatch({
    spec: { template: { spec: { nodeSelector: { $patch: "delete" } } } },
  });
  assert.deepEqual((spec as typeof CURRENT.spec).template.spec.nodeSelector, {});
  assert.deepEqual(afterPatch({ $patch: "replace", kind: "x" }), { kind: "x" });
});
