/**
 * The server's side of exec as a script, over a real socket on loopback.
 * @module
 */

import { createHash } from "node:crypto";
import type { OpenWebSocket } from "../../../kube/exec/pod_exec.ts";

export const V4 = "v4.channel.k8s.io";
export const V5 = "v5.channel.k8s.io";

/** What the kubelet's side of a connection sees and sends. */
export interface Pod {
  readonly request: Request;
  readonly offered: readonly string[];
  send(channel: number, data?: string): void;
  close(code?: number, reason?: string): void;
  /** The next message of the client; rejects when there is none any more. */
  receive(): Promise<number[]>;
}

export interface Peer extends AsyncDisposable {
  readonly open: OpenWebSocket;
  /** Resolves when the client's connection has ended. */
  readonly closed: Promise<void>;
}

/** An API server whose every pod follows the script. */
export function serve(
  script: (pod: Pod) => void | Promise<void>,
  { choose = ([first]: readonly string[]) => first }: {
    choose?: (offered: readonly string[]) => string | undefined;
  } = {},
): Peer {
  const closed = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(", ");
    const protocol = choose(offered);
    const { socket, response } = Deno.upgradeWebSocket(
      request,
      protocol === undefined ? {} : { protocol },
    );
    const pod = podOver(socket, { request, offered });
    socket.binaryType = "arraybuffer";
    socket.onopen = () => void Promise.resolve(script(pod)).catch(() => socket.close(1011));
    socket.onclose = () => closed.resolve();
    return response;
  });
  return peer(server.addr.port, { closed: closed.promise, stop: () => server.shutdown() });
}

function podOver(
  socket: WebSocket,
  { request, offered }: { request: Request; offered: readonly string[] },
): Pod {
  const received: number[][] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    received.push([...new Uint8Array(data as ArrayBuffer)]);
    wake();
  };
  return {
    request,
    offered,
    send: (channel, data = "") =>
      socket.send(Uint8Array.of(channel, ...new TextEncoder().encode(data))),
    close: (code = 1000, reason = "") => socket.close(code, reason),
    async receive() {
      while (received.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return received.shift() ?? [];
    },
  };
}

export function peer(
  port: number,
  rest: { closed: Promise<void>; stop: () => Promise<void> },
): Peer {
  return {
    open: (path, protocols) => new WebSocket(`ws://127.0.0.1:${port}${path}`, [...protocols]),
    closed: rest.closed,
    [Symbol.asyncDispose]: rest.stop,
  };
}

/** Completes the upgrade by hand, sends these bytes, and half-closes or waits for the client's close. */
export function serveRaw(bytes: Uint8Array, { ends = false } = {}): Peer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answer = async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4_096);
    const read = await connection.read(buffer) ?? 0;
    const head = new TextDecoder().decode(buffer.subarray(0, read));
    const [, key = ""] = /^sec-websocket-key: (.*)\r$/im.exec(head) ?? [];
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    const reply = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
      `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest("base64")}\r\n` +
      `Sec-WebSocket-Protocol: ${V5}\r\n\r\n`;
    await connection.write(new TextEncoder().encode(reply));
    await connection.write(bytes);
    if (ends) await connection.closeWrite();
    await connection.read(buffer);
  };
  const closed = answer();
  return peer(listener.addr.port, {
    closed,
    stop: () => {
      listener.close();
      return closed;
    },
  });
}
