/**
 * Writes what clients and servers of nghttp2 and curl send each other, as the bytes of both directions,
 * without the client's preface:
 *
 *     deno run -A tests/testdata/h2_captures/make.ts
 *
 * Needs nghttp, nghttpd and h2load (of nghttp2; captured with 1.52.0) and curl (7.88.1).
 * @module
 */

import { hex } from "../../support/frame_transcript.ts";

const PREFACE_BYTES = 24;
const HERE = import.meta.dirname!;

async function collect(from: Deno.TcpConn, to: Deno.TcpConn): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  try {
    for (let count; (count = await from.read(buffer)) !== null;) {
      const chunk = buffer.slice(0, count);
      chunks.push(chunk);
      for (let at = 0; at < count;) at += await to.write(chunk.subarray(at));
    }
    await to.closeWrite();
  } catch { /* an end that closes with a reset has said what it had to say */ }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** Has a client talk to the server on `serverPort`, and returns what both say. */
async function capture(serverPort: number, program: string, args: (url: string) => string[]) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const said = (async () => {
    using client = await listener.accept();
    using server = await Deno.connect({ hostname: "127.0.0.1", port: serverPort });
    return await Promise.all([collect(client, server), collect(server, client)]);
  })();
  const command = new Deno.Command(program, {
    args: args(`http://127.0.0.1:${port}`),
    stdout: "null",
  });
  const { success } = await command.output();
  if (!success) throw new Error(`${program} failed`);
  const [client, server] = await said;
  return { client: hex(client.subarray(PREFACE_BYTES)), server: hex(server) };
}

async function listens(port: number): Promise<void> {
  for (;;) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch {
      await new Promise((next) => setTimeout(next, 20));
    }
  }
}

const directory = await Deno.makeTempDir();
await Deno.writeTextFile(`${directory}/page.txt`, "block ".repeat(40));
const port = 18_473;
const server = new Deno.Command("nghttpd", {
  args: ["--no-tls", "--address=127.0.0.1", `--htdocs=${directory}`, "--trailer=x-sum: 1", `${port}`],
  stdout: "null",
}).spawn();
try {
  await listens(port);
  const captures = {
    nghttp: await capture(port, "nghttp", (url) => ["-n", "--padding=7", "-m3", `${url}/page.txt`]),
    nghttpUpload: await capture(port, "nghttp", (url) => [
      "-n",
      `--data=${directory}/page.txt`,
      "--trailer=x-end: 1",
      `--header=x-long: ${"0123456789".repeat(60)}`,
      `${url}/none`,
    ]),
    curl: await capture(port, "curl", (url) => [
      ...["--silent", "--noproxy", "*", "--http2-prior-knowledge"],
      `${url}/page.txt`,
    ]),
    h2load: await capture(port, "h2load", (url) => ["-n6", "-c1", "-m3", `${url}/page.txt`]),
  };
  const text = JSON.stringify(captures, undefined, 2);
  await Deno.writeTextFile(`${HERE}/captures.json`, `${text}\n`);
} finally {
  server.kill();
  await server.status;
  await Deno.remove(directory, { recursive: true });
}
