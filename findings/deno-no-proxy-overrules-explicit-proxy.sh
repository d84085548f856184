#!/usr/bin/env bash
# Deno 2.9.6: NO_PROXY overrules a proxy that the program itself has given to its HTTP client.
#
# Expected: `Deno.createHttpClient({ proxy })` uses that proxy for every request of the client, as a
# Transport with a Proxy function does in Go and a dispatcher does in Node; the environment counts
# where the program says nothing.
# Seen: with NO_PROXY=127.0.0.1 the request goes straight to the target and the proxy given in code
# sees nothing; without the variable the proxy sees it. No option turns the variable off, so a tool
# that takes its proxy from a kubeconfig's proxy-url must take the variable out of its environment
# before its first request.
#
# Needs node and npm. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null
cat >seen.ts <<'TS'
const serve = (name: string) =>
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response(name));
await using target = serve("the target itself");
await using proxy = serve("the proxy");
using client = Deno.createHttpClient({ proxy: { url: `http://127.0.0.1:${proxy.addr.port}` } });
const answer = await fetch(`http://127.0.0.1:${target.addr.port}/`, { client });
console.log(`NO_PROXY=${Deno.env.get("NO_PROXY") ?? ""}: answered by ${await answer.text()}`);
TS
unset NO_PROXY no_proxy HTTP_PROXY http_proxy
{
  ./node_modules/.bin/deno run --quiet --allow-net --allow-env seen.ts
  NO_PROXY=127.0.0.1 ./node_modules/.bin/deno run --quiet --allow-net --allow-env seen.ts
} | tee seen.txt
diff - seen.txt <<'TXT'
NO_PROXY=: answered by the proxy
NO_PROXY=127.0.0.1: answered by the target itself
TXT
echo "as found with Deno 2.9.6"
