#!/usr/bin/env bash
# client-go 0.36.3: a request whose turn would come after its deadline is refused at once, so that a
# client that may ask no more fails fast, and the answers of those that wait look good.
#
# Expected: rest.Config's QPS and Burst delay requests ("client-side throttling"): one that is over the
# limit waits for its turn, and fails with context.DeadlineExceeded once its deadline has passed.
# Seen: 40 requests at once through one client with QPS 5 and Burst 10, each with a deadline of 2 s. 10 go
# out at once, 9 or 10 wait for up to 2 s (the last of them may meet the deadline on its way), and all
# others fail within milliseconds: "client rate limiter Wait returned an error: rate: Wait(n=1) would
# exceed context deadline". That error is no context.DeadlineExceeded (errors.Is says no), the server
# never hears of it, and QPS 0 does not mean "none": it is 5, with a burst of 10. Only a negative one is.
# So: a service that asks an API server for each of its requests (an auth service with TokenReviews, a
# webhook) answers overload within microseconds, while its latency stays that of good days: a p95 of all
# answers falls as it collapses. Count refusals by this text, and judge by success. Nothing in the
# server's metrics shows it.
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

require (
	k8s.io/api v0.36.3
	k8s.io/apimachinery v0.36.3
	k8s.io/client-go v0.36.3
)
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	requests = 40
	deadline = 2 * time.Second
	text     = "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed context deadline"
)

func main() {
	for _, one := range []struct {
		name  string
		qps   float32
		burst int
	}{{"QPS 5, burst 10", 5, 10}, {"QPS 0, burst 0", 0, 0}, {"QPS -1", -1, 0}} {
		show(one.name, one.qps, one.burst)
	}
}

// All at once, through one client.
func show(name string, qps float32, burst int) {
	var heard atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(authenticationv1.TokenReview{
			TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "TokenReview"},
			Status:   authenticationv1.TokenReviewStatus{Authenticated: true},
		})
	}))
	defer server.Close()
	config := &rest.Config{Host: server.URL, QPS: qps, Burst: burst}
	config.ContentType = "application/json"
	client := kubernetes.NewForConfigOrDie(config)
	var mu sync.Mutex
	var good, late, refused, asDeadline int
	var slowestRefusal, slowestAnswer time.Duration
	var wg sync.WaitGroup
	for range requests {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			start := time.Now()
			_, err := client.AuthenticationV1().TokenReviews().Create(
				ctx, &authenticationv1.TokenReview{}, metav1.CreateOptions{},
			)
			took := time.Since(start)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				good++
				slowestAnswer = max(slowestAnswer, took)
			case err.Error() == text:
				refused++
				slowestRefusal = max(slowestRefusal, took)
				if errors.Is(err, context.DeadlineExceeded) {
					asDeadline++
				}
			case errors.Is(err, context.DeadlineExceeded): // It had its turn a moment before the end.
				late++
			default:
				panic(err)
			}
		})
	}
	wg.Wait()
	fmt.Fprintf(os.Stderr, "%s: %d answered, the slowest after %v; %d refused, the slowest after %v; %d late\n",
		name, good, slowestAnswer, refused, slowestRefusal, late)
	verdict := "none is refused"
	if refused > 0 {
		verdict = fmt.Sprintf("some are refused, at once %t, as an exceeded deadline %t, heard of by the server %t",
			slowestRefusal < deadline/2, asDeadline > 0, int(heard.Load()) > good+late)
	}
	fmt.Printf("%s: %s\n", name, verdict)
}
GO
go mod tidy >/dev/null 2>&1
go run . | tee seen.txt
diff - seen.txt <<'TXT'
QPS 5, burst 10: some are refused, at once true, as an exceeded deadline false, heard of by the server false
QPS 0, burst 0: some are refused, at once true, as an exceeded deadline false, heard of by the server false
QPS -1: none is refused
TXT
echo "as found with client-go 0.36.3"
