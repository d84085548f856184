/**
 * A TLS server that asks for a client certificate, which `Deno.listenTls` cannot. For Deno 2.9: a
 * server of node:tls does not come up in 2.6.
 * @module
 */

import { createServer, type TLSSocket } from "node:tls";
import type { ServerIdentity } from "../../core/net/mini_ca.ts";

export const HAS_ASKING_SERVER = !Deno.version.deno.startsWith("2.6.");

/** Writes the common name in the client's certificate, or `nobody`, and the protocol; then ends. */
export async function askingServer({ certPem, keyPem }: ServerIdentity) {
  const server = createServer({
    cert: certPem,
    key: keyPem,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ["h2", "http/1.1"],
  }, (socket: TLSSocket) => {
    socket.on("error", () => {});
    const { subject } = socket.getPeerCertificate() ?? {};
    socket.end(`${subject?.CN ?? "nobody"} ${socket.alpnProtocol}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
