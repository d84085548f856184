package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

// What a server saw.
type served struct {
	mutex       sync.Mutex
	Connections int            `json:"connections"`
	Requests    int            `json:"requests"`
	Open        int            `json:"open"`
	MostOpen    int            `json:"mostOpen"`
	BrokenOff   int            `json:"brokenOff"`
	Bytes       int64          `json:"bytes"`
	Protocols   map[string]int `json:"protocols"`
	hold        int
	held        chan struct{}
}

// Standard input tells it what to do: "shutdown" says GOAWAY and lets streams end; its end ends it.
func serve(args []string) {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	cert := flags.String("cert", "", "certificate (PEM)")
	key := flags.String("key", "", "private key (PEM)")
	demandsCert := flags.Bool("demands-cert", false, "end handshakes of clients without a certificate with an alert")
	library := flags.String("library", "net/http", "net/http or x/net")
	maxStreams := flags.Int("max-streams", 0, "SETTINGS_MAX_CONCURRENT_STREAMS; 0: the library's")
	hold := flags.Int("hold", 0, "answer nothing before so many requests are open at a time")
	closeEvery := flags.Int("close-every", 0, "say GOAWAY with every nth answer; 0: never")
	flags.Parse(args)

	seen := &served{Protocols: map[string]int{}, hold: *hold, held: make(chan struct{})}
	if *hold == 0 {
		close(seen.held)
	}
	server := &http.Server{
		Handler:   handler(seen, *closeEvery),
		ConnState: seen.connection,
		// What clients do is counted, not logged.
		ErrorLog:  log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{},
		HTTP2:     &http.HTTP2Config{MaxConcurrentStreams: *maxStreams},
	}
	if *demandsCert {
		server.TLSConfig.ClientAuth = tls.RequireAnyClientCert
	}
	if *library == "x/net" {
		other := &http2.Server{MaxConcurrentStreams: uint32(*maxStreams)}
		if err := http2.ConfigureServer(server, other); err != nil {
			log.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		if err := server.ServeTLS(listener, *cert, *key); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	obey(server)
	seen.mutex.Lock()
	report(seen)
}

// Until standard input ends.
func obey(server *http.Server) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() != "shutdown" {
			log.Fatalf("unknown command %q", lines.Text())
		}
		if err := server.Shutdown(context.Background()); err != nil {
			log.Fatal(err)
		}
		fmt.Println("is shut down")
	}
}

func handler(seen *served, closeEvery int) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	mux.HandleFunc("/blocks", func(w http.ResponseWriter, r *http.Request) {
		number := seen.begin(r.Proto)
		<-seen.held
		if closeEvery > 0 && number%closeEvery == 0 {
			// In HTTP/2 this is a GOAWAY, after which open streams go on.
			w.Header().Set("Connection", "close")
		}
		bytes, err := writeBlocks(w, r)
		seen.end(bytes, err != nil || r.Context().Err() != nil)
	})
	return mux
}

// As go_httperf: on an absolute schedule, here with each paced block sent at once. A trailer says how
// many blocks there were.
func writeBlocks(w http.ResponseWriter, r *http.Request) (int64, error) {
	size, _ := strconv.Atoi(r.FormValue("size"))
	count, _ := strconv.Atoi(r.FormValue("n"))
	periodMS, _ := strconv.ParseFloat(r.FormValue("periodMS"), 64)
	if size < 1 {
		http.Error(w, "size must be positive", http.StatusBadRequest)
		return 0, nil
	}
	w.Header().Set("Trailer", "Blocks")
	defer w.Header().Set("Blocks", strconv.Itoa(count))
	block := newBlock(size)
	period := time.Duration(periodMS * float64(time.Millisecond))
	due := time.Now()
	for written := range count {
		if _, err := w.Write(block); err != nil {
			return int64(written) * int64(size), err
		}
		if period == 0 {
			continue
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return int64(written) * int64(size), err
		}
		due = due.Add(period)
		time.Sleep(time.Until(due))
	}
	return int64(count) * int64(size), nil
}

func (s *served) connection(_ net.Conn, state http.ConnState) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if state == http.StateNew {
		s.Connections++
	}
}

func (s *served) begin(protocol string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.Requests++
	s.Protocols[protocol]++
	s.Open++
	s.MostOpen = max(s.MostOpen, s.Open)
	if s.Open == s.hold {
		s.hold = 0
		close(s.held)
	}
	return s.Requests
}

func (s *served) end(bytes int64, isBrokenOff bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.Open--
	s.Bytes += bytes
	if isBrokenOff {
		s.BrokenOff++
	}
}
