package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// Of a token: the shortest life that the server grants, for the audience of a model gateway.
const (
	tokenSeconds  = 600
	tokenAudience = "maas-default-gateway-sa"
)

// provisionAccounts creates service accounts and requests a token for each, as many accounts at a
// time as there are workers. They stay.
func provisionAccounts(o options) (*figures, error) {
	ctx, cancel := context.WithTimeout(context.Background(), o.limit)
	defer cancel()
	var dials atomic.Int64
	clients, err := connect(o, &dials)
	if err != nil {
		return nil, err
	}
	var next atomic.Int64
	workers := make([]*worker, o.workers)
	tokens := make([][]time.Duration, o.workers)
	var group sync.WaitGroup
	start, startCPU := time.Now(), cpuSeconds()
	for t := range workers {
		w := &worker{options: o, number: t}
		workers[t] = w
		accounts := clients[t%o.conns].CoreV1().ServiceAccounts(o.namespace)
		group.Go(func() {
			for i := next.Add(1); i <= int64(o.accounts); i = next.Add(1) {
				account := w.account(i)
				w.timed(&w.creates, func() error {
					_, err := accounts.Create(ctx, account, metav1.CreateOptions{})
					return err
				})
				w.timed(&tokens[t], func() error {
					return requestToken(ctx, accounts, account.Name)
				})
			}
		})
	}
	group.Wait()
	result := summary(workers, figures{
		ClientGo:    clientGoVersion(),
		Connections: dials.Load(),
		Seconds:     time.Since(start).Seconds(),
		CPUSeconds:  cpuSeconds() - startCPU,
	})
	var all []time.Duration
	for _, one := range tokens {
		all = append(all, one...)
	}
	result.Operations += len(all)
	result.Token = latencyOf(all)
	return result, nil
}

func requestToken(ctx context.Context, accounts typedcorev1.ServiceAccountInterface, name string) error {
	seconds := int64(tokenSeconds)
	issued, err := accounts.CreateToken(ctx, name, &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{
			Audiences:         []string{tokenAudience},
			ExpirationSeconds: &seconds,
		},
	}, metav1.CreateOptions{})
	if err == nil && issued.Status.Token == "" {
		return fmt.Errorf("service account %s got an empty token", name)
	}
	return err
}

func (w *worker) account(number int64) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.namespace,
			Name:      fmt.Sprintf("%s-free-%0*d", w.runID, len(fmt.Sprint(w.accounts)), number),
			Labels: map[string]string{
				"app.kubernetes.io/managed-by": "scaletool",
				"scaletool.io/run-id":          w.runID,
				"scaletool.io/command":         "bench",
				"purpose":                      "scaletest",
			},
		},
	}
}
