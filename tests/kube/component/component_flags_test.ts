import assert from "node:assert/strict";
import {
  componentFlags,
  componentSource,
  componentSources,
} from "../../../kube/component/component_flags.ts";

const NAMES = ["API server", "auth", "etcd"] as const;

Deno.test("a component is told of by a page or by its pods", () => {
  assert.deepEqual(componentSource(NAMES, "api-server=http://127.0.0.1:8080/metrics"), {
    name: "API server",
    source: { kind: "page", url: "http://127.0.0.1:8080/metrics" },
  });
  assert.deepEqual(componentSource(NAMES, "auth=kuadrant-system/app=authorino"), {
    name: "auth",
    source: { kind: "pods", namespace: "kuadrant-system", labelSelector: "app=authorino" },
  });
  for (const bad of ["model=http://x/metrics", "auth", "auth=nowhere", "=http://x/"]) {
    assert.throws(() => componentSource(NAMES, bad), {
      name: "SyntaxError",
      message: "must be api-server, auth or etcd, then =URL of its metrics or " +
        `=NAMESPACE/LABEL=VALUE of its pods, not "${bad}"`,
    });
  }
});

Deno.test("one that is given twice is read once, and the help names all of them", () => {
  const auth = "auth=a/b=c";
  assert.equal(componentSources(NAMES, [auth, auth, "etcd=http://x/metrics"]).length, 2);
  const flags = componentFlags(NAMES, { noun: "part", help: "where it is told", periodMs: 7_000 });
  assert.match(flags.component.help, /^where it is told: api-server, auth or etcd, by a page/);
});
