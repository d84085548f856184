#!/usr/bin/env bash
# Deno 2.9.6: one `fetch` of a POST is two requests at the server when a kept-alive connection is
# closed instead of answered.
#
# Expected: the call fails and the program decides. RFC 9110, section 9.2.2: a client should not
# repeat a request with a non-idempotent method by itself unless it knows that the request is
# idempotent after all, or that the original was never applied.
# Seen: the server has read the whole request, works on it for 300 ms and closes the connection (a
# process that is killed, say). If the connection was used before, Deno sends the request again on a
# new one and hands out the second answer, without an error or a sign in the Response. So for every
# method, PATCH and POST too, and for an http.Agent of node:http under Deno. Node 20 sends each of
# them once and fails. Deno itself sends once on a new connection and where the body is a stream.
# For a load generator: creations are twice at the server and once in the samples, the latency of
# two requests is that of one, and a server that drops connections looks healthy.
# `Deno.createHttpClient({ poolMaxIdlePerHost: 0 })`, which keeps no connection, sends once.
#
# Needs node and npm. Fails if the behaviour changes.
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
cat >server.cjs <<'JS'
const { createServer } = require("node:http");
const received = {};
createServer(async (request, response) => {
  for await (const _ of request);
  const call = decodeURI(request.url.slice(1));
  received[call] = (received[call] ?? 0) + 1;
  if (call === "received") return response.end(JSON.stringify(received));
  const isFirst = request.socket.used === undefined;
  request.socket.used = true;
  if (call === "warm-up" || (isFirst && !call.includes("new connection"))) return response.end();
  setTimeout(() => request.socket.end(), 300);
}).listen(0, "127.0.0.1", function () {
  console.log(this.address().port);
});
JS
cat >client.mjs <<'JS'
import { Agent, request } from "node:http";
const isDeno = "Deno" in globalThis;
const base = `http://127.0.0.1:${process.argv[2]}`;

async function byFetch(method, path, options = {}) {
  const body = method === "POST" || method === "PATCH" ? "body" : undefined;
  await (await fetch(base + path, { method, body, ...options })).text();
}

const agent = new Agent({ keepAlive: true });
function byAgent(method, path) {
  return new Promise((resolve, reject) => {
    const sent = request(base + path, { method, agent }, (response) => {
      response.resume().on("end", resolve);
    });
    sent.on("error", reject);
    sent.end(method === "GET" ? undefined : "body");
  });
}

const outcomes = [];
async function see(call, by, method, options) {
  const name = `${isDeno ? "Deno" : "Node"} ${call} ${method}`;
  if (!call.includes("new connection")) await by("GET", "/warm-up", options);
  await new Promise((resolve) => setTimeout(resolve, 50));
  outcomes.push([name, await by(method, `/${name}`, options).then(() => "answer", () => "error")]);
}

for (const method of ["GET", "DELETE", "POST", "PATCH"]) await see("fetch", byFetch, method);
for (const method of ["GET", "POST"]) await see("http.Agent", byAgent, method);
if (isDeno) {
  const ofStream = (method, path) => {
    const isPost = method === "POST";
    return byFetch(method, path, isPost ? { body: new Blob(["body"]).stream(), duplex: "half" } : {});
  };
  await see("fetch of a stream", ofStream, "POST");
  await see("fetch, new connection", byFetch, "POST", { client: Deno.createHttpClient({}) });
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  await see("fetch, no connection kept", byFetch, "POST", { client });
}
const received = await (await fetch(`${base}/received`)).json();
for (const [name, outcome] of outcomes) {
  console.log(`${name}: 1 call, ${received[name]} at the server, ${outcome}`);
}
process.exit();
JS
node server.cjs >port &
server=$!
until [ -s port ]; do sleep 0.1; done
unset NO_PROXY no_proxy HTTP_PROXY http_proxy
{
  node client.mjs "$(cat port)"
  ./node_modules/.bin/deno run --quiet --allow-net client.mjs "$(cat port)"
} | tee seen.txt
diff - seen.txt <<'TXT'
Node fetch GET: 1 call, 1 at the server, error
Node fetch DELETE: 1 call, 1 at the server, error
Node fetch POST: 1 call, 1 at the server, error
Node fetch PATCH: 1 call, 1 at the server, error
Node http.Agent GET: 1 call, 1 at the server, error
Node http.Agent POST: 1 call, 1 at the server, error
Deno fetch GET: 1 call, 2 at the server, answer
Deno fetch DELETE: 1 call, 2 at the server, answer
Deno fetch POST: 1 call, 2 at the server, answer
Deno fetch PATCH: 1 call, 2 at the server, answer
Deno http.Agent GET: 1 call, 2 at the server, answer
Deno http.Agent POST: 1 call, 2 at the server, answer
Deno fetch of a stream POST: 1 call, 1 at the server, error
Deno fetch, new connection POST: 1 call, 1 at the server, error
Deno fetch, no connection kept POST: 1 call, 1 at the server, answer
TXT
echo "as found with Deno 2.9.6 and Node $(node --version)"
