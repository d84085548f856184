#!/usr/bin/env bash
# @kubernetes/client-node 1.4.0: an informer's objects change the type of their dates.
#
# Expected: `metadata.creationTimestamp` is a Date, as its TypeScript type says, in every object that
# an informer hands out.
# Seen: it is a Date in objects that came with the list and a string in those that came with the
# watch, because only answers go through the model's deserialiser and watch lines do not. So
# `object.metadata.creationTimestamp.getTime()` works while a program starts, and throws later, at
# the first change.
#
# Needs node and npm. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @kubernetes/client-node@1.4.0 >/dev/null
cat >seen.cjs <<'JS'
const http = require("node:http");
const k8s = require("@kubernetes/client-node");

const configMap = (name, resourceVersion) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "n", resourceVersion, creationTimestamp: "2026-01-01T00:00:00Z" },
});
const list = {
  apiVersion: "v1",
  kind: "ConfigMapList",
  metadata: { resourceVersion: "10" },
  items: [configMap("listed", "9")],
};
const server = http.createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (!request.url.includes("watch=true")) return response.end(JSON.stringify(list));
  response.write(JSON.stringify({ type: "ADDED", object: configMap("watched", "11") }) + "\n");
});
server.listen(0, "127.0.0.1", async () => {
  const config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "c", server: `http://127.0.0.1:${server.address().port}`, skipTLSVerify: true }],
    users: [{ name: "u" }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  const core = config.makeApiClient(k8s.CoreV1Api);
  const listed = () => core.listNamespacedConfigMap({ namespace: "n" });
  const informer = k8s.makeInformer(config, "/api/v1/namespaces/n/configmaps", listed);
  informer.on("add", async ({ metadata: { name, creationTimestamp } }) => {
    console.log(`${name}: creationTimestamp is a ${creationTimestamp.constructor.name}`);
    if (name !== "watched") return;
    await informer.stop();
    server.close();
    server.closeAllConnections();
  });
  informer.start();
});
JS
node seen.cjs | tee seen.txt
diff - seen.txt <<'TXT'
listed: creationTimestamp is a Date
watched: creationTimestamp is a String
TXT
echo "as found with @kubernetes/client-node 1.4.0"
