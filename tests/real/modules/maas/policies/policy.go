package main

import (
	"math"
	"sort"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Target is the Gateway.
type target struct{ namespace, name string }

func (t target) String() string { return t.namespace + "/" + t.name }

// What both kinds of policies have in common, as far as it is looked at.
type policy struct {
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec struct {
		TargetRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"targetRef"`
		limitSet  `json:",inline"`
		Defaults  limitSet `json:"defaults,omitempty"`
		Overrides limitSet `json:"overrides,omitempty"`
	} `json:"spec"`
	Status status `json:"status,omitempty"`
}

type limitSet struct {
	Limits map[string]struct {
		Rates []struct {
			Limit  int64  `json:"limit"`
			Window string `json:"window"`
		} `json:"rates,omitempty"`
		When []struct {
			Predicate string `json:"predicate"`
		} `json:"when,omitempty"`
		Counters []struct {
			Expression string `json:"expression"`
		} `json:"counters,omitempty"`
	} `json:"limits,omitempty"`
}

type status struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

// Limit as the limiter reads it.
type limit struct {
	Namespace  string   `json:"namespace"`
	Name       string   `json:"name"`
	MaxValue   int64    `json:"max_value"`
	Seconds    int64    `json:"seconds"`
	Conditions []string `json:"conditions"`
	Variables  []string `json:"variables"`
}

func (p policy) isAbout(target target) bool {
	ref := p.Spec.TargetRef
	return ref.Kind == "Gateway" && ref.Name == target.name && p.Metadata.Namespace == target.namespace
}

// One for each rate.
func (p policy) limits(domain, counts string) []limit {
	var limits []limit
	for _, set := range []limitSet{p.Spec.limitSet, p.Spec.Defaults, p.Spec.Overrides} {
		names := make([]string, 0, len(set.Limits))
		for name := range set.Limits {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			said := set.Limits[name]
			conditions := []string{`descriptors[0].counts == "` + counts + `"`}
			for _, when := range said.When {
				conditions = append(conditions, inDescriptor(when.Predicate))
			}
			variables := []string{}
			for _, counter := range said.Counters {
				variables = append(variables, inDescriptor(counter.Expression))
			}
			for _, rate := range said.Rates {
				limits = append(limits, limit{
					Namespace: domain, Name: name, MaxValue: rate.Limit, Seconds: seconds(rate.Window),
					Conditions: conditions, Variables: variables,
				})
			}
		}
	}
	return limits
}

// The same attribute where Envoy has put it; see the descriptors of the gateway.
func inDescriptor(expression string) string {
	return strings.NewReplacer(
		"auth.identity.", "descriptors[0].",
		"request.path", "descriptors[0].path",
	).Replace(expression)
}

// The limiter knows whole seconds. The window is one by the kind's pattern.
func seconds(window string) int64 {
	duration, _ := time.ParseDuration(window)
	return int64(math.Max(1, math.Ceil(duration.Seconds())))
}
