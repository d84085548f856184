// Command clientgo is the yardstick of the kube-closed benchmark: the writes of cmdriverclosed
// --updates 0 --rate 0, in the same order and of the same size, with nothing but plain client-go.
// With -objects it is that of the gateway-routes benchmark: it creates what is in a file.
// With -accounts it is that of the maas-provisioning benchmark: service accounts with a token each.
// It prints one line of JSON, and never paces, retries by itself or writes a file.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type options struct {
	kubeconfig, runID, namespace        string
	objects, resource                   string
	n, maxpop, workers, conns, valueLen int
	accounts                            int
	limit                               time.Duration
}

type figures struct {
	ClientGo    string  `json:"clientGo"`
	Connections int64   `json:"connections"`
	Operations  int     `json:"operations"`
	Failed      int     `json:"failed"`
	FirstError  string  `json:"firstError,omitempty"`
	Seconds     float64 `json:"seconds"`
	CPUSeconds  float64 `json:"cpuSeconds"`
	Create      latency `json:"create"`
	Delete      latency `json:"delete"`
	Token       latency `json:"token"`
}

type latency struct {
	P50Ms float64 `json:"p50Ms"`
	P99Ms float64 `json:"p99Ms"`
	MaxMs float64 `json:"maxMs"`
}

func main() {
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig file")
	flag.StringVar(&o.runID, "run-id", "client-go", "begin of the objects' names, and their label")
	flag.StringVar(&o.namespace, "namespace", "default", "namespace of the objects")
	flag.StringVar(&o.objects, "objects", "", "file with objects to create, one a line, instead")
	flag.StringVar(&o.resource, "resource", "", "of these objects: resource.version.group")
	flag.IntVar(&o.accounts, "accounts", 0, "service accounts to create, with a token each, instead")
	flag.IntVar(&o.n, "n", 300, "objects")
	flag.IntVar(&o.maxpop, "maxpop", 100, "about the most objects at a time")
	flag.IntVar(&o.workers, "workers", 16, "goroutines with one request at a time each")
	flag.IntVar(&o.conns, "conns", 4, "clientsets with a connection each")
	flag.IntVar(&o.valueLen, "value-length", 100, "bytes of data.foo")
	flag.DurationVar(&o.limit, "limit", time.Minute, "give up after")
	flag.Parse()
	work := run
	if o.objects != "" {
		work = createObjects
	}
	if o.accounts > 0 {
		work = provisionAccounts
	}
	result, err := work(o)
	if err != nil {
		log.Fatal(err)
	}
	json.NewEncoder(os.Stdout).Encode(result)
}

func run(o options) (*figures, error) {
	ctx, cancel := context.WithTimeout(context.Background(), o.limit)
	defer cancel()
	var dials atomic.Int64
	clients, err := connect(o, &dials)
	if err != nil {
		return nil, err
	}
	workers := make([]*worker, o.workers)
	for t := range workers {
		workers[t] = &worker{
			options:    o,
			number:     t,
			configMaps: clients[t%o.conns].CoreV1().ConfigMaps(o.namespace),
		}
	}
	start, startCPU := time.Now(), cpuSeconds()
	var group sync.WaitGroup
	for _, w := range workers {
		group.Go(func() { w.work(ctx) })
	}
	group.Wait()
	return summary(workers, figures{
		ClientGo:    clientGoVersion(),
		Connections: dials.Load(),
		Seconds:     time.Since(start).Seconds(),
		CPUSeconds:  cpuSeconds() - startCPU,
	}), nil
}

// connect makes clientsets that have answered. Clientsets with the same TLS settings share a
// transport, and so one connection, unless their dialers differ.
func connect(o options, dials *atomic.Int64) ([]*kubernetes.Clientset, error) {
	clients := make([]*kubernetes.Clientset, o.conns)
	for i := range clients {
		config, err := configOf(o, dials)
		if err != nil {
			return nil, err
		}
		if clients[i], err = kubernetes.NewForConfig(config); err != nil {
			return nil, err
		}
		if _, err := clients[i].Discovery().ServerVersion(); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// configOf is without a limit of the rate, and its connection is shared with no other.
func configOf(o options, dials *atomic.Int64) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	config.ContentType = "application/json"
	config.AcceptContentTypes = "application/json"
	config.DisableCompression = true
	config.UserAgent = "scaletool-bench/client-go"
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return config, nil
}

type worker struct {
	options
	number           int
	configMaps       typedcorev1.ConfigMapInterface
	creates, deletes []time.Duration
	failed           int
	firstError       error
}

// work writes objects number+1, number+1+workers, ...: as many creates as keep the population, then
// deletes and creates in turn, then the remaining deletes.
func (w *worker) work(ctx context.Context) {
	objects := (w.n + w.number) / w.workers
	lag := max(1, (w.maxpop+w.number)/w.workers)
	for created, deleted := 0, 0; deleted < objects && ctx.Err() == nil; {
		if created == objects || created >= deleted+lag {
			w.timed(&w.deletes, func() error {
				return w.configMaps.Delete(ctx, w.name(deleted), metav1.DeleteOptions{})
			})
			deleted++
			continue
		}
		w.timed(&w.creates, func() error {
			_, err := w.configMaps.Create(ctx, w.object(created), metav1.CreateOptions{
				FieldManager:    "cmdriverclosed",
				FieldValidation: metav1.FieldValidationStrict,
			})
			return err
		})
		created++
	}
}

func (w *worker) timed(into *[]time.Duration, call func() error) {
	start := time.Now()
	err := call()
	*into = append(*into, time.Since(start))
	if err == nil {
		return
	}
	w.failed++
	if w.firstError == nil {
		w.firstError = err
	}
}

func (w *worker) name(index int) string {
	digits := len(fmt.Sprint(w.n))
	return fmt.Sprintf("%s-%0*d", w.runID, digits, 1+w.number+index*w.workers)
}

func (w *worker) object(index int) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.namespace,
			Name:      w.name(index),
			Labels: map[string]string{
				"app.kubernetes.io/managed-by": "scaletool",
				"scaletool.io/run-id":          w.runID,
				"scaletool.io/command":         "cmdriverclosed",
				"purpose":                      "scaletest",
			},
			Annotations: map[string]string{
				"scaletest/createTimestamp": time.Now().Format("2006-01-02 15:04:05.000 -0700"),
			},
		},
		Data: map[string]string{"foo": strings.Repeat("X", w.valueLen)},
	}
}

func summary(workers []*worker, result figures) *figures {
	var creates, deletes []time.Duration
	for _, w := range workers {
		creates = append(creates, w.creates...)
		deletes = append(deletes, w.deletes...)
		result.Failed += w.failed
		if w.firstError != nil && result.FirstError == "" {
			result.FirstError = w.firstError.Error()
		}
	}
	result.Operations = len(creates) + len(deletes)
	result.Create, result.Delete = latencyOf(creates), latencyOf(deletes)
	return &result
}

func latencyOf(all []time.Duration) latency {
	if len(all) == 0 {
		return latency{}
	}
	slices.Sort(all)
	at := func(ratio float64) float64 {
		return float64(all[int(ratio*float64(len(all)-1))].Microseconds()) / 1000
	}
	return latency{P50Ms: at(0.5), P99Ms: at(0.99), MaxMs: at(1)}
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func clientGoVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "k8s.io/client-go" {
			return module.Version
		}
	}
	return "unknown"
}
