// Command steve serves Steve's API of one Kubernetes cluster with the SQL cache, whose files it keeps
// in the working directory. It listens on 127.0.0.1 only, without TLS; the program that Steve comes
// with listens on every address.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/http/pprof"
	"os/signal"
	goroutines "runtime/pprof"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rancher/steve/pkg/auth"
	"github.com/rancher/steve/pkg/auth/cli"
	"github.com/rancher/steve/pkg/schema"
	"github.com/rancher/steve/pkg/server"
	"github.com/rancher/steve/pkg/sqlcache/informer/factory"
	gvr "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
)

type options struct {
	kubeconfig string
	port       int
	debugPort  int
	keepEvents int
	reviewURL  string
}

func main() {
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "how to reach the cluster, and as whom")
	flag.IntVar(&o.port, "port", 0, "port of the API")
	flag.IntVar(&o.debugPort, "debug-port", 0, "port of /ready, /metrics and /debug/pprof/")
	flag.IntVar(&o.keepEvents, "keep-events", 1000, "events of a type that are remembered")
	flag.StringVar(&o.reviewURL, "review-url", "", "who is asked for the owner of a token; without it everyone is admin")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	steve, err := newSteve(ctx, o)
	if err != nil {
		log.Fatal(err)
	}
	go listen(o.debugPort, debugHandler(steve.SchemaFactory))
	go listen(o.port, steve)
	<-ctx.Done()
}

func newSteve(ctx context.Context, o options) (*server.Server, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return nil, err
	}
	// Like the program that Steve comes with: it asks as fast as it can.
	config.QPS = -1
	middleware, err := middlewareFor(o.reviewURL)
	if err != nil {
		return nil, err
	}
	return server.New(ctx, config, &server.Options{
		AuthMiddleware: middleware,
		SQLCache:       true,
		SQLCacheFactoryOptions: factory.CacheFactoryOptions{
			GCKeepCount: o.keepEvents,
			// Steve multiplies it by a second: the gauges of the database's files are a second old at most.
			DBMetricsUpdateInterval: 1,
		},
	})
}

// No middleware means that Steve takes everyone for a cluster admin.
func middlewareFor(reviewURL string) (auth.Middleware, error) {
	webhook := cli.WebhookConfig{WebhookAuthentication: reviewURL != "", WebhookURL: reviewURL}
	return webhook.WebhookMiddleware()
}

func debugHandler(types schema.Factory) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) {
		if !isReady(types) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.Handle("/metrics", promhttp.Handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	return mux
}

// Whether Steve knows the cluster's types and is done with what it does when it has learned them: it
// then throws away whatever it cached for requests meanwhile.
func isReady(types schema.Factory) bool {
	if types.ByGVR(gvr.GroupVersionResource{Version: "v1", Resource: "configmaps"}) == "" {
		return false
	}
	var stacks bytes.Buffer
	err := goroutines.Lookup("goroutine").WriteTo(&stacks, 2)
	return err == nil && !bytes.Contains(stacks.Bytes(), []byte("schema.(*handler).refreshAll"))
}

func listen(port int, handler http.Handler) {
	server := http.Server{
		Addr:              fmt.Sprintf("127.0.0.1:%d", port),
		Handler:           handler,
		ReadHeaderTimeout: time.Minute,
	}
	log.Fatal(server.ListenAndServe())
}
