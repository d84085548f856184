/**
 * A scripted HTTP/2 server that writes raw frames, so that a test says exactly what goes over the
 * wire and can break every rule of the protocol. It reads as a transcript:
 *
 *     peer.onRequest(async (stream) => {
 *       await stream.headers(200);
 *       await stream.data(bytes);
 *       await stream.reset(H2Code.INTERNAL_ERROR);
 *     });
 *
 * It never decodes a request (every HEADERS frame is one request, in order), never heeds the
 * client's flow-control windows (a script sends less than 64 KiB), and never sleeps.
 * Section numbers are RFC 9113's.
 * @module
 */

import {
  encodeFields,
  encodeFrame,
  FLAG_ACK,
  FLAG_END_HEADERS,
  FLAG_END_STREAM,
  FRAME,
  FRAME_HEAD_BYTES,
  type FrameOptions,
  uint32s,
} from "./h2_frames.ts";

export { H2Code } from "./h2_frames.ts";

/** RFC 9113, section 3.4: the client's preface, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`. */
const PREFACE_BYTES = 24;

/** What the peer does with one request; a script that returns without an answer is a server that stalls. */
export type H2Script = (stream: H2PeerStream) => Promise<void> | void;

export interface H2PeerOptions {
  /** The certificate that it shows. */
  readonly identity: { readonly certPem: string; readonly keyPem: string };
  /** The protocols that it agrees to; `["h2"]` unless given. An empty list is a server without ALPN. */
  readonly alpn?: readonly string[];
  /** Where it listens; a free port unless given. */
  readonly port?: number;
}

/** The listener with everything that connected to it. */
export class H2Peer implements AsyncDisposable {
  readonly #listener: Deno.TlsListener;
  readonly #accepting: Promise<void>;
  readonly #open = new Set<H2PeerConnection>();
  #script: H2Script = () => {};
  #stalled = false;
  /** TCP connections accepted so far. */
  connectionCount = 0;
  /** HEADERS frames received so far. */
  requestCount = 0;

  constructor({ identity, alpn = ["h2"], port = 0 }: H2PeerOptions) {
    this.#listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port,
      cert: identity.certPem,
      key: identity.keyPem,
      alpnProtocols: [...alpn],
    });
    this.#accepting = this.#acceptAll();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get baseUrl(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** From now on every request gets this script. */
  onRequest(script: H2Script): void {
    this.#script = script;
  }

  /** From now on connections are accepted, and then nothing is read or written. */
  stall(): void {
    this.#stalled = true;
  }

  /** GOAWAY on every open connection: no stream above `lastStreamId` was or will be processed (section 6.8). */
  async goaway(lastStreamId: number, code: number): Promise<void> {
    for (const connection of this.#open) await connection.goaway(lastStreamId, code);
  }

  /** Closes every open TCP connection, without a word of HTTP/2. */
  closeTcp(): void {
    for (const connection of this.#open) connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.closeTcp();
    await this.#accepting;
  }

  async #acceptAll(): Promise<void> {
    const serving: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      this.connectionCount++;
      const connection = new H2PeerConnection(conn, (stream) => {
        this.requestCount++;
        return this.#script(stream);
      });
      this.#open.add(connection);
      if (this.#stalled) continue;
      serving.push(connection.serve().finally(() => this.#open.delete(connection)));
    }
    await Promise.all(serving);
  }
}

/** One connection; also the scripts' way to what is not of one stream. */
export class H2PeerConnection {
  readonly #conn: Deno.Conn;
  readonly #script: H2Script;
  readonly #streams = new Map<number, H2PeerStream>();
  #unread = new Uint8Array(0);
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(conn: Deno.Conn, script: H2Script) {
    this.#conn = conn;
    this.#script = script;
  }

  /** Reads frames until either end closes. */
  async serve(): Promise<void> {
    const running: unknown[] = [];
    try {
      // Section 3.4: "The server connection preface consists of a potentially empty SETTINGS frame".
      await this.#take(PREFACE_BYTES);
      await this.send(FRAME.SETTINGS, new Uint8Array(0));
      while (true) running.push(this.#answer(await this.#takeFrame()));
    } catch (error) {
      if (!isEndOfConnection(error)) throw error;
    } finally {
      for (const stream of this.#streams.values()) stream.ended();
      await Promise.all(running);
      this.close();
    }
  }

  /** One frame as given, legal or not. */
  send(
    type: number,
    payload: Uint8Array,
    options: FrameOptions = {},
  ): Promise<void> {
    return this.sendBytes(encodeFrame(type, payload, options));
  }

  /** Bytes as given: whatever is no frame at all. */
  sendBytes(bytes: Uint8Array): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll(bytes));
    return this.#writing;
  }

  /** Section 6.8. */
  goaway(lastStreamId: number, code: number, debug = ""): Promise<void> {
    const text = new TextEncoder().encode(debug);
    return this.send(FRAME.GOAWAY, new Uint8Array([...uint32s(lastStreamId, code), ...text]));
  }

  /** Section 6.5: one setting by its number. */
  setting(id: number, value: number): Promise<void> {
    return this.send(FRAME.SETTINGS, new Uint8Array([0, id, ...uint32s(value)]));
  }

  /** The end of what it sends; it still reads. */
  async closeWrite(): Promise<void> {
    await this.#writing;
    await this.#conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  async #answer(frame: { type: number; flags: number; streamId: number; payload: Uint8Array }) {
    const acknowledged = (frame.flags & FLAG_ACK) !== 0;
    if (frame.type === FRAME.SETTINGS && !acknowledged) {
      // Section 6.5.3: "the recipient MUST immediately emit a SETTINGS frame with the ACK flag set".
      await this.send(FRAME.SETTINGS, new Uint8Array(0), { flags: FLAG_ACK });
    } else if (frame.type === FRAME.PING && !acknowledged) {
      // Section 6.7: receivers "MUST send a PING frame with the ACK flag set in response, with an identical frame payload".
      await this.send(FRAME.PING, frame.payload, { flags: FLAG_ACK });
    } else if (frame.type === FRAME.HEADERS) {
      const stream = new H2PeerStream(frame.streamId, this);
      this.#streams.set(stream.id, stream);
      await this.#script(stream);
    } else if (frame.type === FRAME.RST_STREAM) {
      this.#streams.get(frame.streamId)?.ended(new DataView(frame.payload.buffer).getUint32(0));
    }
  }

  async #takeFrame() {
    const head = new DataView((await this.#take(FRAME_HEAD_BYTES)).buffer);
    return {
      type: head.getUint8(3),
      flags: head.getUint8(4),
      streamId: head.getUint32(5) & 0x7fffffff,
      payload: await this.#take(head.getUint32(0) >>> 8),
    };
  }

  async #take(size: number): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = new Uint8Array(16_384);
    while (this.#unread.length < size) {
      const read = await this.#conn.read(chunk);
      if (read === null) throw new Deno.errors.UnexpectedEof("The client closed the connection");
      const joined = new Uint8Array(this.#unread.length + read);
      joined.set(this.#unread);
      joined.set(chunk.subarray(0, read), this.#unread.length);
      this.#unread = joined;
    }
    const taken = this.#unread.slice(0, size);
    this.#unread = this.#unread.slice(size);
    return taken;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    } catch (error) {
      if (!isEndOfConnection(error)) throw error;
    }
  }
}

/** One request and the frames of its answer. */
export class H2PeerStream {
  readonly #reset = Promise.withResolvers<number | undefined>();
  /** The code of the client's RST_STREAM (section 6.4); undefined if the connection ended before it. */
  readonly clientReset: Promise<number | undefined> = this.#reset.promise;

  constructor(readonly id: number, readonly connection: H2PeerConnection) {}

  /** Section 6.2. */
  headers(
    status: number,
    fields: Readonly<Record<string, string>> = {},
    options: { endStream?: boolean } = {},
  ): Promise<void> {
    const flags = FLAG_END_HEADERS | (options.endStream ? FLAG_END_STREAM : 0);
    return this.connection.send(FRAME.HEADERS, encodeFields(status, fields), {
      flags,
      streamId: this.id,
    });
  }

  /** Section 6.1. */
  data(bytes: Uint8Array, options: { endStream?: boolean } = {}): Promise<void> {
    const flags = options.endStream ? FLAG_END_STREAM : 0;
    return this.connection.send(FRAME.DATA, bytes, { flags, streamId: this.id });
  }

  /** Section 6.4. */
  reset(code: number): Promise<void> {
    return this.connection.send(FRAME.RST_STREAM, uint32s(code), { streamId: this.id });
  }

  /** Called by the connection. */
  ended(code?: number): void {
    this.#reset.resolve(code);
  }
}

/** The ways in which a connection ends under a peer that did not close it, or did so on purpose. */
function isEndOfConnection(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.InvalidData;
}
