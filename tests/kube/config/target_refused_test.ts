/** Targets that cannot be: one line each, with what would be right. @module */

import assert from "node:assert/strict";
import { CannotRunError, UsageError } from "../../../core/errors.ts";
import type { ClusterValues } from "../../../kube/cluster_flags.ts";
import { resolveTarget } from "../../../kube/config/target.ts";
import { clusterValues, type Script, scriptedWorld } from "../scripted_world.ts";
import { CA, CONFIG, FILES, HOME } from "./sample_kubeconfig.ts";

function target(values: Partial<ClusterValues> = {}, script: Script = { files: FILES }) {
  return resolveTarget(clusterValues(values), scriptedWorld(script));
}

Deno.test("what is asked for and not there is said with what is there", () => {
  const where = `kubeconfig "${HOME}"`;
  const contexts = '"dev", "prod", "lost", "anonymous", "vain"';
  const cases: [Partial<ClusterValues>, Script | undefined, string][] = [
    [
      { context: "porod" },
      undefined,
      `--context is "porod", which ${where} does not have (did you mean "prod"?); there are ${contexts}`,
    ],
    [
      { cluster: "nowhere" },
      undefined,
      `--cluster is "nowhere", which ${where} does not have; there are "dev", "prod", "open", "plain"`,
    ],
    [
      { user: "you" },
      undefined,
      `--user is "you", which ${where} does not have; there are "me", "admin"`,
    ],
    [
      { context: "lost" },
      undefined,
      `The cluster of context "lost" is "gone", which ${where} does not have; there are ` +
      '"dev", "prod", "open", "plain"',
    ],
    [
      { context: "lost", cluster: "dev" },
      undefined,
      `The user of context "lost" is "nobody", which ${where} does not have; there are "me", "admin"`,
    ],
    [{ context: "vain" }, undefined, `Context "vain" of ${where} names no cluster`],
    [
      { context: "x" },
      {},
      '--context is "x", but there is no kubeconfig',
    ],
    [
      { user: "x" },
      {},
      "Cannot find a cluster: --user names a user of a kubeconfig, but there is none; give " +
      "--kubeconfig FILE, set KUBECONFIG or give --server URL",
    ],
    [
      {},
      { files: { [HOME]: "current-context: old\ncontexts: [{name: a, context: {}}]" } },
      `The current-context is "old", which ${where} does not have; there is "a"`,
    ],
    [
      {},
      { files: { [HOME]: CONFIG.replace("current-context: dev", "") } },
      `No context is chosen: ${where} has no current-context; choose with --context: there are ${contexts}`,
    ],
    [
      {},
      {
        files: { "/a": "clusters: [{name: c, cluster: {}}]\ncurrent-context: x", "/b": "{}" },
        env: { KUBECONFIG: "/a:/b" },
      },
      'The current-context is "x", which kubeconfig "/a" + "/b" does not have; there is none',
    ],
    [
      {},
      {},
      `Cannot find a cluster: there is no kubeconfig with a cluster at "${HOME}", and this is no pod ` +
      "(KUBERNETES_SERVICE_HOST and _PORT are not set); give --kubeconfig FILE, set KUBECONFIG or " +
      "give --server URL",
    ],
  ];
  for (const [values, script, message] of cases) {
    assert.throws(() => target(values, script), (error) => {
      assert.ok(error instanceof CannotRunError, String(error));
      assert.equal(error.message, message);
      return true;
    });
  }
});

Deno.test("long lists of names are cut", () => {
  const names = Array.from({ length: 25 }, (_, index) => `c${index}`);
  const contexts = names.map((name) => `{name: ${name}, context: {}}`).join(", ");
  assert.throws(() => target({}, { files: { [HOME]: `contexts: [${contexts}]` } }), {
    message: `No context is chosen: kubeconfig "${HOME}" has no current-context; choose with ` +
      `--context: there are ${names.slice(0, 20).map((name) => `"${name}"`).join(", ")} and 5 more`,
  });
});

Deno.test("a cluster that cannot be used is said with its name, and passwords are not shown", () => {
  const files = (cluster: string) => ({
    "/not.pem": "text",
    [HOME]: `current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n` +
      `clusters: [{name: c, cluster: {${cluster}}}]`,
  });
  const server = 'server: "https://s"';
  const cases: [string, string][] = [
    [
      "",
      `The server of cluster "c" ("${HOME}") is missing; it must be a URL such as https://host:6443`,
    ],
    [
      'server: "a b"',
      `The server of cluster "c" ("${HOME}") must be a URL such as https://host:6443, not "a b"`,
    ],
    [
      'server: "https://me:secret@s"',
      `The server of cluster "c" ("${HOME}") must not hold a user or password`,
    ],
    [
      'server: "https://me:secret@s:x"',
      `The server of cluster "c" ("${HOME}") must be a URL such as https://host:6443`,
    ],
    [
      `${server}, certificate-authority-data: "%"`,
      'Cannot use the certificate-authority of cluster "c": its data is no base64',
    ],
    [
      `${server}, certificate-authority: /not.pem`,
      'Cannot use the certificate-authority of cluster "c": it holds no PEM certificate',
    ],
    [
      `${server}, certificate-authority: gone.pem`,
      'Cannot read the certificate-authority of cluster "c", "/home/me/.kube/gone.pem": no such file',
    ],
    [
      `${server}, insecure-skip-tls-verify: true, certificate-authority-data: ${btoa(CA)}`,
      `Cluster "c" ("${HOME}") has insecure-skip-tls-verify and a certificate-authority: leave one ` +
      "out, or decide with a flag",
    ],
    [
      `${server}, proxy-url: "ftp://me:secret@p"`,
      "The proxy-url of the kubeconfig's cluster must be a URL that begins with http://, https:// " +
      "or socks5://",
    ],
  ];
  for (const [cluster, message] of cases) {
    assert.throws(
      () => target({}, { files: files(cluster) }),
      { name: "CannotRunError", message },
      cluster,
    );
  }
});

Deno.test("flags that contradict each other or cannot be read are typing errors", () => {
  const cases: [Partial<ClusterValues>, string][] = [
    [
      { "insecure-skip-tls-verify": true, "certificate-authority": "/flag.pem" },
      "--insecure-skip-tls-verify verifies nothing: leave out --certificate-authority",
    ],
    [
      { "as-group": ["g"], user: "admin" },
      "--as-group needs --as USER: it says more about that user",
    ],
    [
      { "proxy-url": "p:1" },
      "--proxy-url must be a URL that begins with http://, https:// or socks5://",
    ],
    [{ server: "https://me:secret@s" }, "--server must not hold a user or password"],
  ];
  for (const [values, message] of cases) {
    assert.throws(
      () => target(values),
      (error) => error instanceof UsageError && error.message === message,
    );
  }
  assert.throws(() => target({ "certificate-authority": "/gone" }), {
    name: "CannotRunError",
    message: 'Cannot read the --certificate-authority, "/gone": no such file',
  });
});
