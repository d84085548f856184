#!/usr/bin/env bash
# Go 1.26 net/http: requests beyond a server's MAX_CONCURRENT_STREAMS do not share a second HTTP/2
# connection. Most of them dial one of their own, and there may be more connections than requests.
#
# Expected: with one HTTP/2 connection open and its SETTINGS known (200 streams), 1,000 requests at a time
# take 5 connections, as golang.org/x/net/http2's own Transport does (5 or 6).
# Seen: http.Transport with ForceAttemptHTTP2 takes 1 for 200 requests, but 200 to 700 for 400 and 1,100 to
# 1,900 for 1,000: each request that finds no room dials, connections that come too late are dropped unused,
# and their requests dial again. All requests succeed; each of those connections is a TLS handshake.
# So: a Go client with net/http's transport that holds more streams than a gateway or an API server allows does
# not queue: it storms the server with handshakes. A load test with it above the limit measures handshakes, and
# only its count of connections says so. Ask for the connections that are needed, or stay below the limit.
# (client-go dials by the same transport; it was not measured here.)
#
# Needs go 1.26. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
export GOTOOLCHAIN=local GOWORK=off GOFLAGS=-mod=mod CGO_ENABLED=0
cd "$dir"
cat >go.mod <<'MOD'
module findings

go 1.26.0

require golang.org/x/net v0.62.0
MOD
cat >main.go <<'GO'
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
)

const limit = 200

// A server that holds all answers back until every request has come, and counts its connections.
func measure(name string, requests int, transport http.RoundTripper) {
	var came, conns atomic.Int32
	all := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/warm" {
			return
		}
		if came.Add(1) == int32(requests) {
			close(all)
		}
		select {
		case <-all:
		case <-time.After(2 * time.Second):
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	server.TLS = &tls.Config{NextProtos: []string{"h2"}}
	if err := http2.ConfigureServer(server.Config, &http2.Server{MaxConcurrentStreams: limit}); err != nil {
		panic(err)
	}
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	var failed atomic.Int32
	var wait sync.WaitGroup
	// One request first: the connection is there, and its SETTINGS are known.
	answer, err := client.Get(server.URL + "/warm")
	if err != nil {
		panic(err)
	}
	answer.Body.Close()
	for range requests {
		wait.Add(1)
		go func() {
			defer wait.Done()
			answer, err := client.Get(server.URL)
			if err != nil {
				failed.Add(1)
				return
			}
			answer.Body.Close()
		}()
	}
	wait.Wait()
	needed := (requests + limit - 1) / limit
	fmt.Printf("%s: %d requests: %d connections, %d needed, %d failed\n",
		name, requests, conns.Load(), needed, failed.Load())
}

func main() {
	config := &tls.Config{InsecureSkipVerify: true} // the server is this process
	for _, requests := range []int{200, 400, 1000} {
		measure("net/http", requests, &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true})
		measure("x/net", requests, &http2.Transport{TLSClientConfig: config})
	}
}
GO
go mod tidy >/dev/null 2>&1
go version
go run . 2>/dev/null | tee seen
awk '
  $1 == "net/http:" && $2 == 200 && $4 != 1 { exit 1 }
  $1 == "net/http:" && $2 == 1000 && $4 < 500 { exit 1 }
  $1 == "x/net:" && $4 > $6 + 3 { exit 1 }
  $8 != 0 { exit 1 }
' seen || { echo "CHANGED"; exit 1; }
echo "as described"
