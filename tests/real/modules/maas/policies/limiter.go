package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sort"
	"time"
)

// How long the limiter may take to read its file.
const reading = 5 * time.Second

type limiter struct {
	file string
	url  string
}

// Enforce resolves when these limits are in force, and no others.
func (l limiter) enforce(limits []limit) error {
	if limits == nil {
		limits = []limit{}
	}
	text, err := json.MarshalIndent(limits, "", "  ") // which is YAML, too
	if err != nil {
		return err
	}
	// Renamed, so that nobody reads a half of it.
	if err := os.WriteFile(l.file+".new", text, 0o600); err != nil {
		return err
	}
	if err := os.Rename(l.file+".new", l.file); err != nil {
		return err
	}
	wanted := identities(limits)
	for end := time.Now().Add(reading); ; time.Sleep(50 * time.Millisecond) {
		there, err := l.inForce(limits)
		if err == nil && fmt.Sprint(identities(there)) == fmt.Sprint(wanted) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the limiter has not read its limits: %v", err)
		}
	}
}

// All limits here are in one namespace.
func (l limiter) inForce(limits []limit) (there []limit, err error) {
	if len(limits) == 0 {
		return nil, nil
	}
	response, err := http.Get(l.url + "/limits/" + url.PathEscape(limits[0].Namespace))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return there, json.NewDecoder(response.Body).Decode(&there)
}

// What the limiter tells limits apart by, with the maximum: of several that are the same the first counts.
func identities(limits []limit) map[string]int64 {
	found := map[string]int64{}
	for _, one := range limits {
		key := fmt.Sprint(one.Namespace, one.Seconds, sorted(one.Conditions), sorted(one.Variables))
		if _, isThere := found[key]; !isThere {
			found[key] = one.MaxValue
		}
	}
	return found
}

func sorted(texts []string) []string {
	copied := append([]string{}, texts...)
	sort.Strings(copied)
	return copied
}
