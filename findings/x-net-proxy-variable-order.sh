#!/usr/bin/env bash
# golang.org/x/net v0.62.0: whether HTTPS_PROXY or https_proxy counts depends on who asks.
#
# Expected: a Go program that uses golang.org/x/net/http/httpproxy follows the environment exactly as
# net/http does, whose ProxyFromEnvironment is a vendored copy of it.
# Seen: with both spellings set to different proxies, net/http of Go 1.26 and x/net v0.47.0 take the
# upper-case one, x/net v0.62.0 the lower-case one. So two tools on one bastion host, both in Go, may
# go through different proxies, and updating a dependency moves a tool from one to the other.
#
# Needs go 1.25 or newer whose net/http has the older copy (1.26). Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
)

func main() {
	target, _ := url.Parse("https://kubernetes.example:6443/")
	library, _ := httpproxy.FromEnvironment().ProxyFunc()(target)
	standard, _ := http.ProxyFromEnvironment(&http.Request{URL: target})
	fmt.Printf("x/net %s: %s, net/http: %s\n", os.Args[1], library.Hostname(), standard.Hostname())
}
GO
export GOTOOLCHAIN=local GOFLAGS=-mod=mod
for version in v0.47.0 v0.62.0; do
  printf 'module findings\ngo 1.24.0\nrequire golang.org/x/net %s\n' "$version" >go.mod
  rm -f go.sum
  go mod tidy >/dev/null 2>&1
  go build -o seen .
  HTTPS_PROXY=http://upper:1 https_proxy=http://lower:1 NO_PROXY= no_proxy= ./seen "$version"
done | tee seen.txt
diff - seen.txt <<'TXT'
x/net v0.47.0: upper, net/http: upper
x/net v0.62.0: lower, net/http: upper
TXT
echo "as found with x/net v0.47.0 and v0.62.0, $(go version | cut -d' ' -f3)"
