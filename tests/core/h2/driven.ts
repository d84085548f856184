/** A connection of ours and a scripted peer, joined byte by byte without sockets or promises. @module */

import { INITIAL_SETTINGS, type Settings } from "../../../core/h2/settings.ts";
import type { AnswerSink, StreamFailure } from "../../../core/h2/answer_sink.ts";
import type { BodySource } from "../../../core/body_source.ts";
import { ClientConnection } from "../../../core/h2/client_connection.ts";
import type { ClientExchange } from "../../../core/h2/client_exchange.ts";
import type { Connection } from "../../../core/h2/connection.ts";
import type { ConnectionEnd } from "../../../core/h2/connection_end.ts";
import { errorCodeName } from "../../../core/h2/error_code.ts";
import type { HeaderField } from "../../../core/h2/header_field.ts";
import { ServerConnection } from "../../../core/h2/server_connection.ts";
import type { Answer, Exchange } from "../../../core/exchange.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { ScriptedPeer } from "./scripted_peer.ts";

const WINDOW_BYTES = 65_535;
const REMOTE: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

/** What is the same at both ends. */
class Driven<End extends Connection> implements Disposable {
  readonly peer: ScriptedPeer;
  readonly clock = new FakeClock();
  /** Of what it sends in one go. */
  gatherBytes = 65_536;
  end: ConnectionEnd | undefined;
  connection!: End;

  constructor(peerRole: "client" | "server") {
    this.peer = new ScriptedPeer(peerRole);
  }

  /** What the peer has said is heard, and what the connection has to say is seen. */
  exchange(): string[] {
    const bytes = this.peer.take();
    if (bytes.length > 0) this.connection.receive(bytes);
    const buffer = new Uint8Array(this.gatherBytes);
    for (let count; (count = this.connection.fill(buffer)) > 0;) {
      this.peer.receive(buffer.subarray(0, count));
      this.connection.onWritten();
    }
    return this.peer.seen();
  }

  /** How it ended, in words. */
  get endText(): string | undefined {
    const { end } = this.connection;
    return end?.kind === "protocol" ? end.error.message : end?.kind;
  }

  /** No timer may be left. */
  [Symbol.dispose](): void {
    this.connection.onTransportEnd(undefined);
    this.connection.onClosed();
    if (this.clock.sleeperCount > 0) throw new Error("a timer is left");
  }
}

export class DrivenClient extends Driven<ClientConnection> {
  constructor(
    { settings = {}, connectionWindowBytes = WINDOW_BYTES, peerSettings = {}, firstStreamId = 1 }: {
      settings?: Partial<Settings>;
      connectionWindowBytes?: number;
      /** "none": the test sends them. */
      peerSettings?: Partial<Settings> | "none";
      firstStreamId?: number;
    } = {},
  ) {
    super("server");
    this.connection = new ClientConnection({
      clock: this.clock,
      settings: { ...INITIAL_SETTINGS, ...settings, enablePush: false },
      connectionWindowBytes,
      firstStreamId,
      onClosed: (end) => this.end = end,
    });
    if (peerSettings === "none") return;
    this.peer.settings(peerSettings);
    this.peer.settingsAck();
    this.exchange();
  }

  get(path = "/", sink: RecordedAnswer = new RecordedAnswer()): RecordedAnswer {
    return this.send("GET", path, undefined, sink);
  }

  send(
    method: string,
    path = "/",
    body?: BodySource | Uint8Array,
    sink: RecordedAnswer = new RecordedAnswer(),
  ): RecordedAnswer {
    const head = { method, scheme: "https", authority: "a", path, headers: [] };
    sink.exchange = this.connection.request(head, sink, body);
    return sink;
  }
}

/** What a sink was told, in words. */
export class RecordedAnswer implements AnswerSink {
  exchange!: ClientExchange;
  readonly told: string[] = [];
  bodyBytes = 0;

  /** @param keeps how many bytes of each piece it keeps */
  constructor(readonly keeps: (bytes: number) => number | void = () => {}) {}

  onHead(status: number, headers: readonly HeaderField[]): void {
    this.told.push(`head ${status}${headers.length > 1 ? ` +${headers.length - 1}` : ""}`);
  }

  onData(piece: Uint8Array): number | void {
    this.bodyBytes += piece.length;
    this.told.push(`data ${piece.length}`);
    return this.keeps(piece.length);
  }

  onEnd(trailers: readonly HeaderField[]): void {
    this.told.push(`end${trailers.map(([name, value]) => ` ${name} ${value}`).join("")}`);
  }

  onFailure(failure: StreamFailure): void {
    this.told.push(failureText(failure));
  }
}

function failureText(failure: StreamFailure): string {
  switch (failure.kind) {
    case "reset":
      return `reset ${errorCodeName(failure.code)}`;
    case "goaway":
      return `goaway ${errorCodeName(failure.code)}${failure.debug && ` ${failure.debug}`}`;
    default:
      return `${failure.kind} ${failure.error?.message}`;
  }
}

export class DrivenServer extends Driven<ServerConnection> {
  readonly exchanges: Exchange[] = [];
  readonly errors: unknown[] = [];
  /** `1 true`: number of the exchange, and whether its answer was sent. */
  readonly over: string[] = [];

  constructor(
    handler: (exchange: Exchange) => void | Promise<void> = () => {},
    { settings = {}, connectionWindowBytes = WINDOW_BYTES, hasBegun = true }: {
      settings?: Partial<Settings>;
      connectionWindowBytes?: number;
      /** False: the test sends the preface and SETTINGS. */
      hasBegun?: boolean;
    } = {},
  ) {
    super("client");
    this.connection = new ServerConnection({
      clock: this.clock,
      settings: { ...INITIAL_SETTINGS, maxConcurrentStreams: 100, ...settings },
      connectionWindowBytes,
      remoteAddr: REMOTE,
      handler: (exchange) => {
        const number = this.exchanges.push(exchange);
        exchange.onOver = (isSent) => this.over.push(`${number} ${isSent}`);
        return handler(exchange);
      },
      onError: (error) => this.#onError(error),
      onClosed: (end) => this.end = end,
    });
    if (!hasBegun) return;
    this.peer.preface();
    this.peer.settings();
    this.peer.settingsAck();
    this.exchange();
  }

  #onError(error: unknown): Answer {
    this.errors.push(error);
    return { status: 500, headers: [] };
  }

  request(id: number, { method = "GET", path = "/", endStream = true, headers = [] }: {
    method?: string;
    path?: string;
    endStream?: boolean;
    headers?: readonly HeaderField[];
  } = {}): void {
    const fields: HeaderField[] = [
      [":method", method],
      [":scheme", "https"],
      [":authority", "a"],
      [":path", path],
      ...headers,
    ];
    this.peer.headers(id, fields, { endStream });
  }
}

/** A body whose bytes come when the test says so; asked as {@link BodySource} is. */
export class ManualBody implements BodySource {
  #ready: Uint8Array[] = [];
  #isOver = false;
  #wake = () => {};
  isCancelled = false;

  push(bytes: number): void {
    this.#ready.push(new Uint8Array(bytes));
    this.#wake();
  }

  finish(): void {
    this.#isOver = true;
    this.#wake();
  }

  start(wake: () => void): void {
    this.#wake = wake;
  }

  next(mostBytes: number): Uint8Array | undefined | null {
    const first = this.#ready[0];
    if (first === undefined) return this.#isOver ? null : undefined;
    const piece = first.subarray(0, mostBytes);
    if (piece.length === first.length) this.#ready.shift();
    else this.#ready[0] = first.subarray(piece.length);
    return piece;
  }

  cancel(): void {
    this.isCancelled = true;
  }
}
