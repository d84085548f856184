// Command gopeer is the yardstick of the throughput benchmark: the same block traffic with nothing
// but Go's net/http at both ends. It serves until its standard input ends, or fetches for a while
// and prints one line of JSON.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	serveWith := flag.Bool("serve", false, "serve on a free loopback port with -cert and -key")
	cert := flag.String("cert", "", "certificate (PEM)")
	key := flag.String("key", "", "private key (PEM)")
	base := flag.String("base-url", "", "server to fetch from")
	ca := flag.String("ca", "", "CA certificate (PEM)")
	connections := flag.Int("connections", 1, "TLS connections")
	threads := flag.Int("threads", 1, "request loops")
	size := flag.Int("block-size", 1<<20, "bytes of a block")
	blocks := flag.Int("blocks", 300, "blocks of a request")
	readBytes := flag.Int("read-bytes", 1024, "bytes of a read; the original go_httperf reads 1024")
	duration := flag.Duration("duration", 5*time.Second, "how long to fetch")
	flag.Parse()
	if *serveWith {
		serve(*cert, *key)
		return
	}
	fetch(options{*base, *ca, *connections, *threads, *size, *blocks, *readBytes, *duration})
}

func serve(cert, key string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	http.HandleFunc("/blocks", func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(r.FormValue("size"))
		n, _ := strconv.Atoi(r.FormValue("n"))
		if size < 2 {
			http.Error(w, "size must be at least 2", http.StatusBadRequest)
			return
		}
		block := make([]byte, size)
		block[0], block[size-1] = 'A', 'Z'
		for ; n > 0; n-- {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	log.Fatal(http.ServeTLS(listener, nil, cert, key))
}

type options struct {
	base, ca                                      string
	connections, threads, size, blocks, readBytes int
	duration                                      time.Duration
}

func fetch(o options) {
	pem, err := os.ReadFile(o.ca)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	clients := make([]*http.Client, o.connections)
	for i := range clients {
		clients[i] = &http.Client{Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: roots},
			ForceAttemptHTTP2: true,
		}}
	}
	url := fmt.Sprintf("%s/blocks?size=%d&n=%d&periodMS=0", o.base, o.size, o.blocks)
	var total atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for thread := range o.threads {
		group.Add(1)
		go func() {
			defer group.Done()
			buffer := make([]byte, o.readBytes)
			for time.Since(start) < o.duration {
				response, err := clients[thread%o.connections].Get(url)
				if err != nil {
					log.Fatal(err)
				}
				for {
					n, err := response.Body.Read(buffer)
					total.Add(int64(n))
					if err != nil || time.Since(start) >= o.duration {
						break
					}
				}
				response.Body.Close()
			}
		}()
	}
	group.Wait()
	seconds := time.Since(start).Seconds()
	bytes := float64(total.Load())
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"bytes": bytes, "bytesPerSec": bytes / seconds, "cpuMs": cpuMs(),
	})
}

// cpuMs is the user and system time that this process has used.
func cpuMs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}
