#!/usr/bin/env bash
# Deno 2.9.6: `fetch` over HTTP/2 of a POST with a body of a kilobyte takes 40 ms longer than one of 900
# bytes, where requests follow one another.
#
# Expected: a kilobyte more or less makes no difference on loopback, as over HTTP/1.1.
# Seen: 30 POSTs one after another over one connection to a Go server that answers at once. Of 600 bytes:
# under 1 ms over HTTP/2 and HTTP/1.1. Of 1,600 bytes: 41 to 45 ms each over HTTP/2, still under 1 ms over
# HTTP/1.1 (`http2: false`). With 40 ms it is the time for which a kernel holds an acknowledgment back:
# headers and body go out in two writes, and the second one waits for it (Nagle's algorithm).
# So: a client in Deno that sends tokens of ServiceAccounts for review (1.1 KB each), or objects, one
# after another comes to 22 a second whatever the server can do, and blames the server. Requests at the
# same time hide it. Measure with HTTP/1.1, or with a socket of one's own and TCP_NODELAY.
#
# Needs go 1.26, npm and openssl. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$dir"
}
trap finish EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null
key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -subj /CN=finding -days 1 2>/dev/null
openssl req "${key[@]}" -keyout key.pem -out request.pem -subj /CN=server 2>/dev/null
echo subjectAltName=IP:127.0.0.1 >names
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 1 -extfile names -out cert.pem 2>/dev/null
cat >server.go <<'GO'
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	_ = os.WriteFile("url.new", []byte("https://"+listener.Addr().String()), 0o600)
	_ = os.Rename("url.new", "url")
	answer := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, r.Proto)
	}
	panic(http.ServeTLS(listener, http.HandlerFunc(answer), "cert.pem", "key.pem"))
}
GO
cat >client.mjs <<'JS'
const url = Deno.readTextFileSync("url");
const caCerts = [Deno.readTextFileSync("ca.pem")];
for (const http2 of [true, false]) {
  for (const bytes of [600, 1_600]) {
    const client = Deno.createHttpClient({ caCerts, http2 });
    const times = [];
    let protocol;
    for (let sent = 0; sent < 31; sent += 1) {
      const start = performance.now();
      const answer = await fetch(url, { client, method: "POST", body: "x".repeat(bytes) });
      protocol = await answer.text();
      times.push(performance.now() - start);
    }
    const [, ...warm] = times; // The first one connects.
    const median = warm.sort((one, other) => one - other)[15];
    console.error(`${protocol}, ${bytes} bytes: median ${median.toFixed(1)} ms`);
    console.log(`${protocol}, ${bytes} bytes: ${median > 30 ? "over 30 ms" : "at once"}`);
  }
}
JS
CGO_ENABLED=0 go build -o server server.go
./server &
server=$!
until [ -s url ]; do sleep 0.1; done
unset NO_PROXY no_proxy HTTPS_PROXY https_proxy
./node_modules/.bin/deno run --quiet --allow-net --allow-read client.mjs | tee seen.txt
diff - seen.txt <<'TXT'
HTTP/2.0, 600 bytes: at once
HTTP/2.0, 1600 bytes: over 30 ms
HTTP/1.1, 600 bytes: at once
HTTP/1.1, 1600 bytes: at once
TXT
echo "as found with Deno 2.9.6"
