// Maas-auth decides for Envoy who may ask a model, as Authorino does it for Kuadrant's gateway: a
// TokenReview and a SubjectAccessReview at a real API server, each through a client-go client with its
// own limit of requests. Every check is one line of JSON on stdout: what came of it and why.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc"
)

// How long checks that have begun may take when it is told to end.
const grace = 5 * time.Second

func main() {
	var (
		listen     = flag.String("listen", "", "address of the gRPC service")
		pages      = flag.String("http", "", "address of /healthz and /metrics")
		kubeconfig = flag.String("kubeconfig", "", "of a user that may create reviews")
		audiences  = flag.String("audiences", "", "that tokens must be for, comma-separated")
		qps        = flag.Float64("qps", 20, "requests a second of each client; negative: any number")
		burst      = flag.Int("burst", 30, "requests of each client at once")
		tokenTTL   = flag.Duration("token-cache", 0, "how long a token that was believed is")
		accessTTL  = flag.Duration("access-cache", 0, "how long a user that was let through is")
		delay      = flag.Duration("delay", 0, "wait before each check")
	)
	flag.Parse()
	limit := clientLimit{qps: float32(*qps), burst: *burst}
	checks := &checks{
		tokens: newTokens(*kubeconfig, limit, strings.Split(*audiences, ","), *tokenTTL),
		access: newAccess(*kubeconfig, limit, *accessTTL),
		delay:  *delay,
		truth:  newTruth(os.Stdout),
	}
	socket, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	authv3.RegisterAuthorizationServer(server, checks)
	var isEnding atomic.Bool
	go servePages(*pages, &isEnding)
	go endOnSignal(server, &isEnding)
	if err := server.Serve(socket); err != nil {
		log.Fatal(err)
	}
}

func servePages(address string, isEnding *atomic.Bool) {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.Handler())
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if isEnding.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(address, mux))
}

// Checks that have begun get their answer.
func endOnSignal(server *grpc.Server, isEnding *atomic.Bool) {
	signalled, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	<-signalled.Done()
	stop()
	isEnding.Store(true)
	time.AfterFunc(grace, server.Stop)
	server.GracefulStop()
}
