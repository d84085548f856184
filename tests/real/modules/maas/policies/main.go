// Maas-policies has the limiter enforce the RateLimitPolicies and TokenRateLimitPolicies that are about
// one Gateway, as Kuadrant's operator does: it translates them into the limiter's file, waits until the
// limiter has them in force, and says so in the policies' statuses.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// What each kind of policy counts.
var counted = map[schema.GroupVersionResource]string{
	{Group: "kuadrant.io", Version: "v1", Resource: "ratelimitpolicies"}:            "requests",
	{Group: "kuadrant.io", Version: "v1alpha1", Resource: "tokenratelimitpolicies"}: "tokens",
}

// How long to wait before another try.
const pause = time.Second

func main() {
	var (
		kubeconfig = flag.String("kubeconfig", "", "of a user that may watch policies and write their statuses")
		namespace  = flag.String("namespace", "", "of the Gateway")
		gateway    = flag.String("gateway", "", "name of the Gateway")
		file       = flag.String("file", "", "limits file of the limiter")
		limiterURL = flag.String("limiter", "", "where the limiter's pages are")
		pages      = flag.String("http", "", "address of /healthz: the statuses say what is in force")
		lag        = flag.Duration("lag", 0, "wait before each pass")
	)
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	client := dynamic.NewForConfigOrDie(config)
	changed := make(chan struct{}, 1)
	controller := &controller{
		client:   client,
		policies: watch(client, changed),
		target:   target{namespace: *namespace, name: *gateway},
		limiter:  limiter{file: *file, url: *limiterURL},
		lag:      *lag,
	}
	var isSettled atomic.Bool
	go serveHealth(*pages, &isSettled)
	for range changed {
		err := controller.pass(context.Background())
		isSettled.Store(err == nil)
		if err != nil {
			log.Print(err)
			time.AfterFunc(pause, func() { wake(changed) })
		}
	}
}

// Watch keeps all policies, and wakes whoever waits when one of them changes.
func watch(client dynamic.Interface, changed chan struct{}) map[schema.GroupVersionResource]informers.GenericInformer {
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	policies := map[schema.GroupVersionResource]informers.GenericInformer{}
	for resource := range counted {
		informer := factory.ForResource(resource)
		_, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { wake(changed) },
			UpdateFunc: func(any, any) { wake(changed) },
			DeleteFunc: func(any) { wake(changed) },
		})
		if err != nil {
			log.Fatal(err)
		}
		policies[resource] = informer
	}
	factory.Start(nil)
	factory.WaitForCacheSync(nil)
	wake(changed) // There may be none.
	return policies
}

// However many changes there are, one pass sees them all.
func wake(changed chan struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

func serveHealth(address string, isSettled *atomic.Bool) {
	log.Fatal(http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !isSettled.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})))
}
