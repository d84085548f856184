// Command h2peer is Go's HTTP/2 at the other end of the block traffic: as a server that counts what
// it saw, or as a client that checks every byte. By net/http, whose HTTP/2 is a copy of some version
// of golang.org/x/net, or by the version of that which go.mod names. It listens and connects on
// 127.0.0.1 only.
package main

import (
	"encoding/json"
	"log"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("expected serve or fetch")
	}
	switch role, args := os.Args[1], os.Args[2:]; role {
	case "serve":
		serve(args)
	case "fetch":
		fetch(args)
	default:
		log.Fatalf("unknown role %q", role)
	}
}

// Prints what tests read, as one line of JSON.
func report(value any) {
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		log.Fatal(err)
	}
}

// A block as go_httperf writes it: zeros between an A and a Z.
func newBlock(size int) []byte {
	block := make([]byte, size)
	block[0] = 'A'
	block[size-1] = 'Z'
	return block
}
