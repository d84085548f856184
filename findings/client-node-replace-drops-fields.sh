#!/usr/bin/env bash
# @kubernetes/client-node 1.4.0: reading an object and replacing it unchanged deletes every field
# that the client does not know.
#
# Expected: a replace with what was read changes nothing, also on a server that is newer than the
# client (in JavaScript nothing forces a client to forget a property).
# Seen: the generated models keep only the fields of the client's own Kubernetes version, in both
# directions, so that `replaceNamespacedLease` with the lease just read sends it without the newer
# field, and the server deletes that field. Dates get milliseconds on the way. A patch, or a client
# that works on plain JSON, keeps them.
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

const lease = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "l", namespace: "n", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { holderIdentity: "a", fieldOfANewerServer: "kept by kubectl replace" },
};
const server = http.createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  if (request.method === "PUT") {
    const { metadata, spec } = JSON.parse(body);
    console.log(`sent back: spec ${JSON.stringify(spec)}, created ${metadata.creationTimestamp}`);
  }
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(lease));
});
server.listen(0, "127.0.0.1", async () => {
  const config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "c", server: `http://127.0.0.1:${server.address().port}`, skipTLSVerify: true }],
    users: [{ name: "u" }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  const coordination = config.makeApiClient(k8s.CoordinationV1Api);
  const body = await coordination.readNamespacedLease({ name: "l", namespace: "n" });
  await coordination.replaceNamespacedLease({ name: "l", namespace: "n", body });
  server.close();
  server.closeAllConnections();
});
JS
node seen.cjs | tee seen.txt
diff - seen.txt <<'TXT'
sent back: spec {"holderIdentity":"a"}, created 2026-01-01T00:00:00.000Z
TXT
echo "as found with @kubernetes/client-node 1.4.0"
