package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// As Authorino names them.
var (
	answers = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "auth_server_authconfig_response_status",
		Help: "Checks by what was answered.",
	}, []string{"status"})
	durations = promauto.NewHistogram(prometheus.HistogramOpts{
		Name:    "auth_server_authconfig_duration_seconds",
		Help:    "How long a check took.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	})
)

var statuses = map[int]string{0: "OK", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}

// Truth is what tests compare with: one line of JSON for each check, and never a token.
type truth struct {
	mu  sync.Mutex
	out *json.Encoder
}

func newTruth(out io.Writer) *truth {
	return &truth{out: json.NewEncoder(out)}
}

type line struct {
	User     string  `json:"user,omitempty"`
	Path     string  `json:"path"`
	Denied   int     `json:"denied,omitempty"`
	Reason   string  `json:"reason,omitempty"`
	Evidence string  `json:"evidence"`
	Ms       float64 `json:"ms"`
	// Envoy had given up by then, and answered by itself.
	IsLate bool `json:"isLate,omitempty"`
}

func (t *truth) add(found outcome, path string, took time.Duration, late error) {
	answers.WithLabelValues(statuses[found.denied]).Inc()
	durations.Observe(took.Seconds())
	said := line{
		Path: path, Denied: found.denied, Reason: found.reason, Evidence: found.evidence,
		Ms: float64(took.Microseconds()) / 1000, IsLate: late != nil,
	}
	if found.user != nil {
		said.User = found.user.id
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_ = t.out.Encode(said)
}
