/** The flags about the cluster. @module */

import assert from "node:assert/strict";
import { RUN_FLAGS } from "../../core/command/run_flags.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";

Deno.test("names and defaults are kubectl's, and none is a flag of every run too", () => {
  const defaults = Object.entries(CLUSTER_FLAGS).map(([name, { defaultValue }]) =>
    `${name}=${JSON.stringify(defaultValue)}`
  );
  assert.deepEqual(defaults, [
    "kubeconfig=undefined",
    "context=undefined",
    "cluster=undefined",
    "user=undefined",
    "server=undefined",
    "token=undefined",
    "as=undefined",
    "as-group=[]",
    "as-uid=undefined",
    "insecure-skip-tls-verify=false",
    "tls-server-name=undefined",
    "certificate-authority=undefined",
    "proxy-url=undefined",
    "request-timeout=0",
    "conns=1",
    "http1=false",
  ]);
  const shared = Object.keys(CLUSTER_FLAGS).filter((name) => Object.hasOwn(RUN_FLAGS, name));
  assert.deepEqual(shared, []);
});

Deno.test("what may hold a secret is masked", () => {
  const secret = Object.entries(CLUSTER_FLAGS).filter(([, flag]) => flag.isSecret);
  assert.deepEqual(secret.map(([name]) => name), ["token", "proxy-url"]);
});

Deno.test("no connections at all is refused", () => {
  assert.throws(() => CLUSTER_FLAGS.conns.kind.parse("0"), RangeError);
  assert.equal(CLUSTER_FLAGS.conns.kind.parse("4"), 4);
});
