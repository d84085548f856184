/** An HTTP proxy that tunnels (RFC 9110, section 9.3.6), and what it was asked for. @module */

import type { ServerIdentity } from "../../core/net/mini_ca.ts";

/**
 * @param identity for a proxy that is itself reached by TLS; absent: by plain TCP
 * @param instead the port that it goes to, whatever it is asked for
 */
export function connectProxy(identity?: ServerIdentity, instead?: number) {
  const address = { hostname: "127.0.0.1", port: 0 };
  const listener = identity === undefined
    ? Deno.listen(address)
    : Deno.listenTls({ ...address, cert: identity.certPem, key: identity.keyPem });
  const asked: string[] = [];
  const serve = async (client: Deno.Conn) => {
    const buffer = new Uint8Array(4_096);
    const read = await client.read(buffer);
    const [line = ""] = new TextDecoder().decode(buffer.subarray(0, read ?? 0)).split("\r\n");
    asked.push(line);
    const [, hostname = "", port = ""] = /^CONNECT (\S+):(\d+) /.exec(line) ?? [];
    const server = await Deno.connect({ hostname, port: instead ?? Number(port) });
    const answer = "HTTP/1.1 200 Connection established\r\n\r\n";
    await client.write(new TextEncoder().encode(answer));
    await Promise.allSettled([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  };
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const client of listener) {
      serving.push(serve(client).catch(() => client.close())); // the client has its own word for it
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  return {
    asked,
    url: `${identity === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(serving);
    },
  };
}
