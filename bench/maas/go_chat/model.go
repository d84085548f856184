package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What is asked of the model. Times come with the path, as ?ttft_ms=20&gap_ms=5.
type question struct {
	Model         string `json:"model"`
	MaxTokens     int    `json:"max_tokens"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

func serve(cert, key string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	http.HandleFunc("/v1/chat/completions", answer)
	http.HandleFunc("/v1/models", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"object":"list","data":[{"id":"bench","object":"model"}]}`)
	})
	http.HandleFunc("/clock", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, time.Now().UnixNano())
	})
	http.HandleFunc("/sent", func(w http.ResponseWriter, _ *http.Request) {
		sent.Lock()
		defer sent.Unlock()
		json.NewEncoder(w).Encode(sent.ns)
	})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if cert == "" {
		log.Fatal(http.Serve(listener, nil))
	}
	log.Fatal(http.ServeTLS(listener, nil, cert, key))
}

func answer(w http.ResponseWriter, r *http.Request) {
	var q question
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, `{"error":{"message":"no question"}}`, http.StatusBadRequest)
		return
	}
	if q.MaxTokens == 0 {
		q.MaxTokens = 16
	}
	ttft, gap := milliseconds(r, "ttft_ms"), milliseconds(r, "gap_ms")
	if q.Stream {
		stream(w, q, r.Header.Get("X-Bench-User"), ttft, gap)
		return
	}
	time.Sleep(ttft + time.Duration(q.MaxTokens-1)*gap)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id":"chatcmpl-1","object":"chat.completion","created":%d,"model":%q,`+
		`"choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"length"}],"usage":%s}`,
		time.Now().Unix(), q.Model, strings.Repeat("word ", q.MaxTokens), usage(q))
}

// When the first content of each stream was sent, by the user that asked: ns of the wall clock. One
// user's are in order.
type sentTimes struct {
	sync.Mutex
	ns map[string][]int64
}

var sent = sentTimes{ns: map[string][]int64{}}

func (s *sentTimes) note(user string) {
	s.Lock()
	defer s.Unlock()
	s.ns[user] = append(s.ns[user], time.Now().UnixNano())
}

// One frame a token.
func stream(w http.ResponseWriter, q question, user string, ttft, gap time.Duration) {
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := w.(http.Flusher)
	frame := func(choices, more string) {
		fmt.Fprintf(w, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":%d,"model":%q,"choices":%s%s}`+"\n\n",
			time.Now().Unix(), q.Model, choices, more)
		flusher.Flush()
	}
	frame(`[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]`, "")
	next := time.Now().Add(ttft)
	for i := 0; i < q.MaxTokens; i++ {
		time.Sleep(time.Until(next))
		next = next.Add(gap)
		if i == 0 {
			sent.note(user)
		}
		frame(`[{"index":0,"delta":{"content":"word "},"finish_reason":null}]`, "")
	}
	frame(`[{"index":0,"delta":{},"finish_reason":"length"}]`, "")
	if q.StreamOptions.IncludeUsage {
		frame("[]", `,"usage":`+usage(q))
	}
	io.WriteString(w, "data: [DONE]\n\n")
}

func usage(q question) string {
	return fmt.Sprintf(`{"prompt_tokens":10,"completion_tokens":%d,"total_tokens":%d}`, q.MaxTokens, 10+q.MaxTokens)
}

func milliseconds(r *http.Request, name string) time.Duration {
	ms, _ := strconv.ParseFloat(r.URL.Query().Get(name), 64)
	return time.Duration(ms * float64(time.Millisecond))
}
