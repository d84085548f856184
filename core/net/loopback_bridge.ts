/**
 * A TCP connection within this machine in place of a connection of any kind: TLS of the runtime runs
 * over TCP of its own alone, and TLS of node:tls within TLS hangs in Deno 2.6.8. Costs a hop.
 * @module
 */

import type { Address } from "./address.ts";
import type { ByteConnection } from "./byte_connection.ts";

const BUFFER_BYTES = 65_536;

/** The end of the bridge that its maker has. */
interface Near<Conn> {
  readonly conn: Conn;
  readonly localPort: number;
}

/**
 * @param carrier belongs to the bridge from now on
 * @param connect to the bridge
 * @returns what `connect` made; its bytes are the carrier's
 */
export async function bridged<Conn>(
  carrier: ByteConnection,
  connect: (bridge: Address) => Promise<Near<Conn>>,
): Promise<Conn> {
  using gate = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { conn, localPort } = await connect({ hostname: "127.0.0.1", port: gate.addr.port });
    const far = await acceptFrom(localPort, gate);
    far.setNoDelay(true);
    void join(far, carrier);
    return conn;
  } catch (error) {
    carrier.close();
    throw error;
  }
}

/** Anybody on this machine can come first: whoever it is, it is not let in. */
async function acceptFrom(port: number, gate: Deno.TcpListener): Promise<Deno.TcpConn> {
  while (true) {
    const conn = await gate.accept();
    if (conn.remoteAddr.port === port) return conn;
    conn.close();
  }
}

async function join(far: Deno.TcpConn, carrier: ByteConnection): Promise<void> {
  const backward = copy(carrier, far).then(() => far.closeWrite());
  await Promise.race([copy(far, carrier), backward]).catch(() => {}); // either end is gone
  // What has come is delivered, even when nothing can be sent any more.
  carrier.close();
  await backward.catch(() => {});
  far.close();
}

async function copy(from: ByteConnection, to: ByteConnection): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let bytes = await from.read(buffer); bytes !== null; bytes = await from.read(buffer)) {
    for (let at = 0; at < bytes;) at += await to.write(buffer.subarray(at, bytes));
  }
}
