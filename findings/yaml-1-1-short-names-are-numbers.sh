#!/usr/bin/env bash
# npm yaml 2.9.1 with `version: "1.1"`: the name `e3` is the number NaN.
#
# Expected: the YAML 1.1 mode reads a plain scalar as Kubernetes' own reader does where that is a
# string: a namespace, label or key called `e3` or `E10` is text. (kubectl reads manifests by 1.1
# rules, so that mode is what a tool in JavaScript turns on to read `0400` as kubectl does.)
# Seen: `e` and digits, and a lone `.`, match the library's pattern of a 1.1 float, whose digits before
# the exponent are optional, and come out as NaN, without a warning; JSON.stringify makes `null` of it.
# sigs.k8s.io/yaml v1.6.0 reads all of them as text, and so does the library's own 1.2 mode.
#
# Needs node, npm and go. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund yaml@2.9.1 >/dev/null
printf 'namespace: e3\nzone: E10\npath: .\nmode: 0400\n' >seen.yaml
cat >seen.cjs <<'JS'
const { parse } = require("yaml");
const text = require("node:fs").readFileSync("seen.yaml", "utf8");
for (const version of ["1.1", "1.2"]) {
  console.log(`yaml as ${version}: ${JSON.stringify(parse(text, { version }))}`);
}
JS
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, _ := os.ReadFile("seen.yaml")
	json, _ := yaml.YAMLToJSON(text)
	fmt.Printf("sigs.k8s.io/yaml: %s\n", json)
}
GO
printf 'module findings\ngo 1.24.0\nrequire sigs.k8s.io/yaml v1.6.0\n' >go.mod
export GOTOOLCHAIN=local GOFLAGS=-mod=mod
go mod tidy >/dev/null 2>&1
{ go run .; node seen.cjs; } | tee seen.txt
diff - seen.txt <<'TXT'
sigs.k8s.io/yaml: {"mode":256,"namespace":"e3","path":".","zone":"E10"}
yaml as 1.1: {"namespace":null,"zone":null,"path":null,"mode":256}
yaml as 1.2: {"namespace":"e3","zone":"E10","path":".","mode":400}
TXT
echo "as found with yaml 2.9.1 and sigs.k8s.io/yaml v1.6.0"
