/**
 * Node's HTTP/2 (nghttp2's library) as a block server, with HTTP/1.1 for who asks for it: says its
 * port, and at the end of its standard input what it has seen.
 *
 *     node block_server.mjs CERT KEY SETTINGS
 *
 * SETTINGS as JSON, e.g. `{"maxConcurrentStreams": 3}`. With `changes` among them new settings of that
 * kind are told with each request: `{"changes": {"maxFrameSize": 65536}}`.
 */
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import process from "node:process";

const [certFile, keyFile, settingsText = "{}"] = process.argv.slice(2);
const { changes, ...settings } = JSON.parse(settingsText);
const seen = { sessions: 0, requests: 0, aborted: 0, pings: 0, versions: {} };

const server = createSecureServer({
  cert: readFileSync(certFile),
  key: readFileSync(keyFile),
  allowHTTP1: true,
  settings,
}, answer);
server.on("session", (session) => {
  seen.sessions++;
  session.on("ping", () => seen.pings++);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume().on("end", () => {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  process.exit();
});

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, "https://127.0.0.1");
  if (pathname !== "/blocks") return response.writeHead(404).end();
  seen.requests++;
  seen.versions[request.httpVersion] = (seen.versions[request.httpVersion] ?? 0) + 1;
  response.on("close", () => response.writableFinished || seen.aborted++);
  if (changes !== undefined) request.stream.session.settings(changes);
  const [size, count, periodMs] = ["size", "n", "periodMS"].map((name) =>
    Number(searchParams.get(name))
  );
  const block = Buffer.alloc(size);
  block[0] = 65;
  block[size - 1] = 90;
  for (let written = 0; written < count && !response.destroyed; written++) {
    if (!response.write(block)) await new Promise((resolve) => response.once("drain", resolve));
    if (periodMs > 0) await new Promise((resolve) => setTimeout(resolve, periodMs));
  }
  response.end();
}
