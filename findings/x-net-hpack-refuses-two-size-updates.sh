#!/usr/bin/env bash
# golang.org/x/net 0.62.0 (http2/hpack): a decoder refuses what the encoder beside it writes, once a
# header table was made smaller and larger again between two blocks.
#
# Expected: RFC 7541, section 4.2: if the table's size changes more than once between two header blocks,
# the smallest size of that time is told, and then the final one: two size updates at the start of the
# next block, so that the decoder evicts what the encoder has evicted.
# Seen: the encoder writes both. The decoder takes them while its table is empty; with one entry in it the
# second update is "dynamic table size update MUST occur at the beginning of a header block", which in
# HTTP/2 is COMPRESSION_ERROR and the end of the connection, with all its streams.
# So: a client that follows a peer's SETTINGS_HEADER_TABLE_SIZE down and up loses its connection to a Go
# server at the next request. A writer that wants to reach Go's decoders tells 0 alone, or one size only: a
# table set to 0 is empty, and the second update is taken then.
#
# Needs go 1.25. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
export GOTOOLCHAIN=local GOWORK=off GOFLAGS=-mod=mod CGO_ENABLED=0
cd "$dir"
cat >go.mod <<'MOD'
module findings

go 1.25.0

require golang.org/x/net v0.62.0
MOD
cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"

	"golang.org/x/net/http2/hpack"
)

var (
	kept   = hpack.HeaderField{Name: "a", Value: "1"}
	method = hpack.HeaderField{Name: ":method", Value: "GET"}
)

// The blocks of an encoder: before its table changed, and after.
func blocks(first hpack.HeaderField, sizes ...uint32) (before, after []byte) {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	must(encoder.WriteField(first))
	before = bytes.Clone(block.Bytes())
	block.Reset()
	for _, size := range sizes {
		encoder.SetMaxDynamicTableSize(size)
	}
	must(encoder.WriteField(method))
	return before, block.Bytes()
}

func show(name string, first hpack.HeaderField, sizes ...uint32) {
	before, after := blocks(first, sizes...)
	decoder := hpack.NewDecoder(4096, nil)
	_, err := decoder.DecodeFull(before)
	must(err)
	fields, err := decoder.DecodeFull(after)
	fmt.Printf("%s: %x: %d fields, %v\n", name, after, len(fields), err)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	show("table empty, 64 then 4096", method, 64, 4096)
	show("one entry, 64 then 4096", kept, 64, 4096)
	show("one entry, 0 then 4096", kept, 0, 4096)
	show("one entry, 64", kept, 64)
}
GO
go run . | tee seen
diff seen - <<'SEEN'
table empty, 64 then 4096: 3f213fe11f82: 1 fields, <nil>
one entry, 64 then 4096: 3f213fe11f82: 0 fields, decoding error: dynamic table size update MUST occur at the beginning of a header block
one entry, 0 then 4096: 203fe11f82: 1 fields, <nil>
one entry, 64: 3f2182: 1 fields, <nil>
SEEN
echo "as described"
