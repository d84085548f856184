// Command gochat is both ends of the chat benchmarks with nothing but Go's net/http: the model server
// that every client asks, and the client that is the yardstick. It serves until its standard input
// ends, or asks for a while and prints one line of JSON.
package main

import (
	"flag"
	"time"
)

func main() {
	serveOn := flag.Bool("serve", false, "serve on a free loopback port, which is printed")
	cert := flag.String("cert", "", "certificate (PEM) to serve with; none: no TLS")
	key := flag.String("key", "", "private key (PEM) of it")
	url := flag.String("url", "", "what to ask, e.g. http://127.0.0.1:8000/v1/chat/completions")
	ca := flag.String("ca", "", "authority (PEM) that vouches for the server")
	users := flag.Int("users", 100, "users, each with a token of its own")
	rate := flag.Int("rate", 1000, "requests a second, at even distances")
	tokenBytes := flag.Int("token-bytes", 1000, "length of a user's token")
	maxTokens := flag.Int("max-tokens", 8, "tokens of an answer")
	duration := flag.Duration("duration", 10*time.Second, "how long to ask")
	comeIn := flag.Duration("come-in", 0, "with -stream: users come in one after another over so long")
	isStream := flag.Bool("stream", false, "each user asks for one stream after another, at no rate")
	flag.Parse()
	if *serveOn {
		serve(*cert, *key)
		return
	}
	l := load{*url, *ca, *users, *rate, *tokenBytes, *maxTokens, *duration}
	if *isStream {
		streams(l, *comeIn)
		return
	}
	ask(l)
}
