package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"golang.org/x/net/http2"
)

// What a client saw.
type fetched struct {
	mutex       sync.Mutex
	Connections int            `json:"connections"`
	Whole       int            `json:"whole"`
	GivenUp     int            `json:"givenUp"`
	Bytes       int64          `json:"bytes"`
	Protocols   map[string]int `json:"protocols"`
	Failures    map[string]int `json:"failures"`
}

type asked struct {
	base, method           string
	loops, requests        int
	blockSize, blocks      int
	periodMS               float64
	readBytes, giveUpAfter int
	client                 *http.Client
	hasTrailers            bool
}

// Loops of requests over one client, each answer checked to the byte.
func fetch(args []string) {
	var o asked
	var s stack
	flags := flag.NewFlagSet("fetch", flag.ExitOnError)
	flags.StringVar(&o.base, "base-url", "", "server to fetch from")
	flags.StringVar(&s.ca, "ca", "", "CA certificate (PEM)")
	flags.StringVar(&s.library, "library", "net/http", "net/http or x/net")
	flags.StringVar(&o.method, "method", "GET", "with POST the parameters are a form in the body")
	flags.IntVar(&o.loops, "loops", 1, "requests at a time")
	flags.IntVar(&o.requests, "requests", 1, "requests of a loop")
	flags.IntVar(&o.blockSize, "block-size", 500, "bytes of a block")
	flags.IntVar(&o.blocks, "blocks", 10, "blocks of a request")
	flags.Float64Var(&o.periodMS, "period-ms", 0, "from block to block")
	flags.IntVar(&o.readBytes, "read-bytes", 1024, "of a read; the original go_httperf reads 1024")
	flags.IntVar(&o.giveUpAfter, "give-up-after", 0, "every second loop ends its answers after so many bytes")
	flags.BoolVar(&o.hasTrailers, "trailers", false, "end the request's body with a trailer")
	flags.IntVar(&s.windowBytes, "window", 0, "receive window of a stream; 0: the library's")
	flags.IntVar(&s.connectionWindowBytes, "connection-window", 0, "of a connection")
	flags.IntVar(&s.maxFrameBytes, "max-frame", 0, "largest frame to receive")
	flags.IntVar(&s.tableBytes, "header-table", 0, "largest HPACK table of the server's encoder")
	flags.Parse(args)

	seen := &fetched{Protocols: map[string]int{}, Failures: map[string]int{}}
	o.client = &http.Client{Transport: s.transport(seen)}
	o.connect()
	var group sync.WaitGroup
	for loop := range o.loops {
		group.Go(func() {
			for range o.requests {
				o.one(seen, o.giveUpAfter > 0 && loop%2 == 1)
			}
		})
	}
	group.Wait()
	report(seen)
}

// Without a connection that is known to speak HTTP/2 Go opens one for each request.
func (o asked) connect() {
	response, err := o.client.Head(o.base + "/healthz")
	if err != nil {
		log.Fatal(err)
	}
	response.Body.Close()
}

// What the library is told.
type stack struct {
	ca, library                                                   string
	windowBytes, connectionWindowBytes, maxFrameBytes, tableBytes int
}

func (s stack) transport(seen *fetched) http.RoundTripper {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		seen.mutex.Lock()
		seen.Connections++
		seen.mutex.Unlock()
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	transport := &http.Transport{
		DialContext:       dial,
		TLSClientConfig:   &tls.Config{RootCAs: poolOf(s.ca)},
		ForceAttemptHTTP2: true,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream:     s.windowBytes,
			MaxReceiveBufferPerConnection: s.connectionWindowBytes,
			MaxReadFrameSize:              s.maxFrameBytes,
			MaxEncoderHeaderTableSize:     s.tableBytes,
			MaxDecoderHeaderTableSize:     s.tableBytes,
		},
	}
	if s.library == "x/net" {
		if err := http2.ConfigureTransport(transport); err != nil {
			log.Fatal(err)
		}
	}
	return transport
}

func (o asked) one(seen *fetched, givesUp bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	response, err := o.client.Do(o.request(ctx))
	if err != nil {
		seen.failed(err)
		return
	}
	defer response.Body.Close()
	seen.answered(response.Proto)
	if response.StatusCode != http.StatusOK {
		seen.failed(fmt.Errorf("status %d", response.StatusCode))
		return
	}
	bytes, err := o.read(response.Body, givesUp)
	seen.ended(bytes, givesUp, err)
}

func (o asked) request(ctx context.Context) *http.Request {
	parameters := url.Values{
		"size":     {fmt.Sprint(o.blockSize)},
		"n":        {fmt.Sprint(o.blocks)},
		"periodMS": {fmt.Sprint(o.periodMS)},
	}.Encode()
	target := o.base + "/blocks"
	var body io.Reader
	if o.method == http.MethodPost {
		body = strings.NewReader(parameters)
	} else {
		target += "?" + parameters
	}
	request, err := http.NewRequestWithContext(ctx, o.method, target, body)
	if err != nil {
		log.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if o.hasTrailers {
		// Trailers need a body of a length that is not told.
		request.ContentLength = -1
		request.Trailer = http.Header{"Checked": {"yes"}}
	}
	return request
}

func (o asked) read(body io.Reader, givesUp bool) (int64, error) {
	var total int64
	buffer := make([]byte, o.readBytes)
	whole := int64(o.blockSize) * int64(o.blocks)
	if o.method == http.MethodHead {
		whole = 0
	}
	for {
		n, err := body.Read(buffer)
		for i, byte := range buffer[:n] {
			if byte != o.byteAt(total+int64(i)) {
				return total, fmt.Errorf("wrong byte at %d", total+int64(i))
			}
		}
		total += int64(n)
		if givesUp && total >= int64(o.giveUpAfter) {
			return total, nil
		}
		if err == io.EOF && total == whole {
			return total, nil
		}
		if err == io.EOF {
			return total, fmt.Errorf("%d bytes of %d", total, whole)
		}
		if err != nil {
			return total, err
		}
	}
}

func (o asked) byteAt(offset int64) byte {
	switch int(offset % int64(o.blockSize)) {
	case o.blockSize - 1:
		return 'Z'
	case 0:
		return 'A'
	}
	return 0
}

func (f *fetched) answered(protocol string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.Protocols[protocol]++
}

func (f *fetched) failed(err error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.Failures[err.Error()]++
}

func (f *fetched) ended(bytes int64, givesUp bool, err error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.Bytes += bytes
	switch {
	case err != nil:
		f.Failures[err.Error()]++
	case givesUp:
		f.GivenUp++
	default:
		f.Whole++
	}
}

func poolOf(file string) *x509.CertPool {
	pem, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		log.Fatalf("no certificate in %s", file)
	}
	return pool
}
