package main

import (
	"sync"
	"time"
)

// Kept remembers values for a time; with no time it remembers nothing.
type kept[Value any] struct {
	ttl    time.Duration
	mu     sync.Mutex
	values map[string]dated[Value]
}

type dated[Value any] struct {
	value Value
	until time.Time
}

func newKept[Value any](ttl time.Duration) *kept[Value] {
	return &kept[Value]{ttl: ttl, values: map[string]dated[Value]{}}
}

func (k *kept[Value]) get(key string) (value Value, isKept bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, isKept := k.values[key]
	if isKept && time.Now().After(found.until) {
		delete(k.values, key)
		isKept = false
	}
	return found.value, isKept
}

func (k *kept[Value]) put(key string, value Value) {
	if k.ttl <= 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.values[key] = dated[Value]{value, time.Now().Add(k.ttl)}
}
