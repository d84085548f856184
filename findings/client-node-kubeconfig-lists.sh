#!/usr/bin/env bash
# @kubernetes/client-node 1.4.0 does not read a KUBECONFIG list or a kubeconfig as kubectl does.
#
# Expected: the rules of kubectl (client-go's clientcmd: the first entry of a name wins, a file that
# is not there is skipped, of several YAML documents the first counts, a value of the wrong type is
# an error).
# Seen, the same files read by client-go v0.34.2 and by client-node 1.4.0:
#   one name in two files   client-go: the first one's token      client-node: throws
#   a file is missing       client-go: goes on with the others    client-node: throws
#   two documents           client-go: the first                  client-node: throws
#   `token: 0123`           client-go: refuses a number           client-node: the token is 123
# The last one is silent: the server is sent `Bearer 123`.
#
# Needs node, npm and go. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"

config() { # FILE CONTEXT TOKEN
  cat >"$1" <<YAML
apiVersion: v1
kind: Config
current-context: $2
clusters: [{name: cluster, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: user, user: {token: $3}}]
contexts: [{name: $2, context: {cluster: cluster, user: user}}]
YAML
}
config first.yaml first one
config second.yaml second two
config number.yaml number 0123
{ cat first.yaml; echo ---; cat second.yaml; } >documents.yaml

npm init -y >/dev/null
npm install --silent --no-audit --no-fund @kubernetes/client-node@1.4.0 >/dev/null
cat >seen.cjs <<'JS'
const { KubeConfig } = require("@kubernetes/client-node");
for (const list of process.argv.slice(2)) {
  process.env.KUBECONFIG = list;
  const config = new KubeConfig();
  let seen;
  try {
    config.loadFromDefault();
    seen = `token ${JSON.stringify(config.getCurrentUser().token)}`;
  } catch {
    seen = "throws";
  }
  console.log(`client-node ${list}: ${seen}`);
}
JS
cat >go.mod <<'MOD'
module findings
go 1.24.0
require k8s.io/client-go v0.34.2
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	for _, list := range os.Args[1:] {
		os.Setenv("KUBECONFIG", list)
		rules := clientcmd.NewDefaultClientConfigLoadingRules()
		config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
		if err != nil {
			fmt.Printf("client-go %s: error\n", list)
		} else {
			fmt.Printf("client-go %s: token %q\n", list, config.BearerToken)
		}
	}
}
GO
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go mod tidy >/dev/null 2>&1
go build -o seen .
lists=(first.yaml:second.yaml missing.yaml:second.yaml documents.yaml number.yaml)
{ ./seen "${lists[@]}"; node seen.cjs "${lists[@]}"; } | tee seen.txt
diff - seen.txt <<'TXT'
client-go first.yaml:second.yaml: token "one"
client-go missing.yaml:second.yaml: token "two"
client-go documents.yaml: token "one"
client-go number.yaml: error
client-node first.yaml:second.yaml: throws
client-node missing.yaml:second.yaml: throws
client-node documents.yaml: throws
client-node number.yaml: token 123
TXT
echo "as found with @kubernetes/client-node 1.4.0 and client-go v0.34.2"
