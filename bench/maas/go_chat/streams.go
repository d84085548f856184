package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

// Each user asks for one stream after another, and comes in its share of an answer's time after the
// first: how long after it was sent does the first content of each come?
func streams(l load, comeIn time.Duration) {
	client := &http.Client{Transport: transport(l)}
	body, _ := json.Marshal(map[string]any{
		"model":          "bench",
		"messages":       []map[string]string{{"role": "user", "content": "Tell me about scale tests."}},
		"max_tokens":     l.maxTokens,
		"stream":         true,
		"stream_options": map[string]bool{"include_usage": true},
	})
	start := time.Now()
	cameNs := make([][]int64, l.users)
	var wait sync.WaitGroup
	for i := range cameNs {
		wait.Add(1)
		go func() {
			defer wait.Done()
			time.Sleep(comeIn * time.Duration(i) / time.Duration(l.users))
			for time.Since(start) < l.duration {
				first, err := firstContent(client, l, fmt.Sprintf("user-%d", i), body)
				if err != nil {
					log.Fatal(err)
				}
				cameNs[i] = append(cameNs[i], first)
			}
		}()
	}
	wait.Wait()
	printLate(l, cameNs)
}

// The time, ns of the wall clock, of the first content of a stream that was read to its end.
func firstContent(client *http.Client, l load, user string, body []byte) (int64, error) {
	request, err := http.NewRequest("POST", l.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+user+"-"+strings.Repeat("t", l.tokenBytes))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Bench-User", user)
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var first int64
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		now := time.Now().UnixNano()
		data, isData := strings.CutPrefix(lines.Text(), "data: ")
		if !isData || data == "[DONE]" {
			continue
		}
		var frame struct {
			Choices []struct {
				Delta struct {
					Content string `json:"content"`
				} `json:"delta"`
			} `json:"choices"`
		}
		if err := json.Unmarshal([]byte(data), &frame); err != nil {
			return 0, err
		}
		if first == 0 && len(frame.Choices) > 0 && frame.Choices[0].Delta.Content != "" {
			first = now
		}
	}
	return first, lines.Err()
}

func printLate(l load, cameNs [][]int64) {
	answer, err := http.Get(strings.Split(l.url, "/v1/")[0] + "/sent")
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var sentNs map[string][]int64
	if err := json.NewDecoder(answer.Body).Decode(&sentNs); err != nil {
		log.Fatal(err)
	}
	var lateMs []float64
	for i, came := range cameNs {
		for k, ns := range came {
			lateMs = append(lateMs, float64(ns-sentNs[fmt.Sprintf("user-%d", i)][k])/1e6)
		}
	}
	sort.Float64s(lateMs)
	at := func(share float64) float64 { return lateMs[int(share*float64(len(lateMs)-1))] }
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"count": len(lateMs), "p50Ms": at(0.5), "p99Ms": at(0.99), "maxMs": at(1), "cpuSeconds": cpuSeconds(),
	})
}
