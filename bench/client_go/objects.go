package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// createObjects creates the objects of a file in order, as many at a time as there are workers.
// They stay.
func createObjects(o options) (*figures, error) {
	ctx, cancel := context.WithTimeout(context.Background(), o.limit)
	defer cancel()
	objects, err := readObjects(o.objects)
	if err != nil {
		return nil, err
	}
	resource, _ := schema.ParseResourceArg(o.resource)
	if resource == nil {
		return nil, fmt.Errorf("%q is no resource.version.group", o.resource)
	}
	var dials atomic.Int64
	clients, err := connectDynamic(ctx, o, *resource, &dials)
	if err != nil {
		return nil, err
	}
	var next atomic.Int64
	workers := make([]*worker, o.workers)
	var group sync.WaitGroup
	start, startCPU := time.Now(), cpuSeconds()
	for t := range workers {
		w := &worker{options: o, number: t}
		workers[t] = w
		client := clients[t%o.conns]
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(objects)); i = next.Add(1) - 1 {
				w.timed(&w.creates, func() error { return create(ctx, client, objects[i]) })
			}
		})
	}
	group.Wait()
	return summary(workers, figures{
		ClientGo:    clientGoVersion(),
		Connections: dials.Load(),
		Seconds:     time.Since(start).Seconds(),
		CPUSeconds:  cpuSeconds() - startCPU,
	}), nil
}

// connectDynamic makes clients that have answered.
func connectDynamic(
	ctx context.Context, o options, resource schema.GroupVersionResource, dials *atomic.Int64,
) ([]dynamic.NamespaceableResourceInterface, error) {
	clients := make([]dynamic.NamespaceableResourceInterface, o.conns)
	for i := range clients {
		config, err := configOf(o, dials)
		if err != nil {
			return nil, err
		}
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			return nil, err
		}
		clients[i] = client.Resource(resource)
		if _, err := clients[i].List(ctx, metav1.ListOptions{Limit: 1}); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

func create(
	ctx context.Context, client dynamic.NamespaceableResourceInterface, object *unstructured.Unstructured,
) error {
	_, err := client.Namespace(object.GetNamespace()).
		Create(ctx, object, metav1.CreateOptions{
			FieldManager:    "scaletool",
			FieldValidation: metav1.FieldValidationStrict,
		})
	return err
}

func readObjects(path string) ([]*unstructured.Unstructured, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var objects []*unstructured.Unstructured
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		object := &unstructured.Unstructured{}
		if err := json.Unmarshal(lines.Bytes(), object); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, lines.Err()
}
