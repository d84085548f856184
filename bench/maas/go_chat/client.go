package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

type load struct {
	url, ca                            string
	users, rate, tokenBytes, maxTokens int
	duration                           time.Duration
}

// The accounting of an answer that any load tool has to do: its time, from when it was due, and its tokens.
type book struct {
	sync.Mutex
	timesMs      []float64
	failed       int
	firstError   string
	totalTokens  int
	mostInFlight int
	inFlight     int
}

func ask(l load) {
	client := &http.Client{Transport: transport(l)}
	users := make([]string, l.users)
	for i := range users {
		users[i] = "Bearer " + fmt.Sprintf("user-%d-", i) + strings.Repeat("t", l.tokenBytes)
	}
	body, _ := json.Marshal(map[string]any{
		"model":      "bench",
		"messages":   []map[string]string{{"role": "user", "content": "Tell me about scale tests."}},
		"max_tokens": l.maxTokens,
	})
	var b book
	var wait sync.WaitGroup
	before, start := cpuSeconds(), time.Now()
	total := int(l.duration.Seconds() * float64(l.rate))
	for i := 0; i < total; i++ {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(l.rate))
		time.Sleep(time.Until(due))
		wait.Add(1)
		go func() {
			defer wait.Done()
			b.begin()
			tokens, err := one(client, l.url, users[i%l.users], body)
			b.end(time.Since(due), tokens, err)
		}()
	}
	wait.Wait()
	seconds := time.Since(start).Seconds()
	b.print(seconds, cpuSeconds()-before)
}

func transport(l load) *http.Transport {
	t := &http.Transport{MaxIdleConns: 0, MaxIdleConnsPerHost: l.users, DisableCompression: true}
	if l.ca == "" {
		return t
	}
	pem, err := os.ReadFile(l.ca)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	t.TLSClientConfig = &tls.Config{RootCAs: roots}
	return t
}

func one(client *http.Client, url, authorization string, body []byte) (int, error) {
	request, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("status %d", response.StatusCode)
	}
	var told struct {
		Usage struct {
			TotalTokens int `json:"total_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(text, &told); err != nil {
		return 0, err
	}
	return told.Usage.TotalTokens, nil
}

func (b *book) begin() {
	b.Lock()
	defer b.Unlock()
	b.inFlight++
	b.mostInFlight = max(b.mostInFlight, b.inFlight)
}

func (b *book) end(took time.Duration, tokens int, err error) {
	b.Lock()
	defer b.Unlock()
	b.inFlight--
	if err != nil {
		b.failed++
		if b.firstError == "" {
			b.firstError = err.Error()
		}
		return
	}
	b.timesMs = append(b.timesMs, float64(took)/float64(time.Millisecond))
	b.totalTokens += tokens
}

func (b *book) print(seconds, cpu float64) {
	sort.Float64s(b.timesMs)
	at := func(share float64) float64 {
		if len(b.timesMs) == 0 {
			return 0
		}
		return b.timesMs[int(share*float64(len(b.timesMs)-1))]
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"ok": len(b.timesMs), "failed": b.failed, "firstError": b.firstError, "seconds": seconds,
		"cpuSeconds": cpu, "p50Ms": at(0.5), "p99Ms": at(0.99), "totalTokens": b.totalTokens,
		"mostInFlight": b.mostInFlight,
	})
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	of := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return of(usage.Utime) + of(usage.Stime)
}
