/**
 * The client role: request loops over a fixed number of TLS connections, each request asking for a
 * random number of blocks and timing every one of them. Knows no flags and prints nothing.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import { Backoff, type BackoffPolicy } from "../core/load/backoff.ts";
import { timed } from "../core/load/timed.ts";
import type { Iteration, Workload } from "../core/load/workload.ts";
import type { Tags } from "../core/measure/sample.ts";
import type { Rng } from "../core/load/rng.ts";
import { remotePort } from "../core/net/http_channel.ts";
import { disableNagle } from "../core/net/own_sockets.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { blocksUrl } from "./blocks.ts";
import { BlocksReader } from "./blocks_reader.ts";
import { BrokenRules } from "./broken_rules.ts";
import type { Connection } from "./connection.ts";
import { ConnectionSlot } from "./connection_slot.ts";
import { SilenceWatchdog } from "./silence_watchdog.ts";
import type { ConnectionTarget } from "./transport.ts";

/** Half fixed, half random: request loops that failed together do not come back together. */
const BACK_OFF: BackoffPolicy = { firstMs: 100, longestMs: 5_000, spread: [0.5, 1] };
/** At 30,000 reads a second, counting each one by name would cost more than reading it. */
const COUNT_EVERY_MS = 50;

/** Connections that have a counter of bytes of their own: ten thousand would fill logs and reports. */
const MOST_NAMED = 100;

/** Plain data: it is also sent to worker threads. */
export interface BlocksClientOptions {
  readonly connection: ConnectionTarget;
  /** Numbers among all connections of the load. */
  readonly connectionIds: readonly number[];
  /** What goes round the connections: request loops (closed model) or requests (open model). */
  readonly turn: "worker" | "index";
  /** From one number of those that go round here to the next: others have what is between. */
  readonly turnStride: number;
  readonly blockBytes: number;
  readonly periodMs: number;
  /** N: each request asks for N + uniform(0..N-1) blocks. */
  readonly blocksPerRequest: number;
  /** A request in which nothing arrives for longer than this beyond its period is given up as stalled. */
  readonly silenceTimeoutMs: number;
  /** Name under which the server keeps account of this client. */
  readonly clientName: string;
}

/** What a client got in all, warm-up included; for the comparison with what the server sent. */
export interface Received {
  bytes: number;
  completedRequests: number;
  /** Requests that failed or were cancelled after they were sent. */
  brokenOffRequests: number;
}

/** Blocks of request `index`: a pure function of seed and index, whatever order requests come in. */
function blockCountOf(rng: Rng, { index, base }: { index: number; base: number }): number {
  return base + rng.fork(`request ${index}`).integerBelow(base);
}

/** A workload of `/blocks` requests. Dispose it to close its connections. */
export class BlocksClient implements Workload, Disposable {
  readonly name = "blocks";
  readonly firstOp = "request";
  readonly received: Received = { bytes: 0, completedRequests: 0, brokenOffRequests: 0 };
  /** Told the received bytes so far, a few times a second. */
  onBytes: (total: number) => void = () => {};
  /** Told of each connection once it has answered, those that replace another included. */
  onOpened: (connection: Connection) => void = () => {};
  readonly #load: LoadScope;
  readonly #options: BlocksClientOptions;
  readonly #slots: readonly ConnectionSlot[];
  /** Of the request loops whose last request failed. */
  readonly #backoffs = new Map<number, Backoff>();
  readonly #meters: readonly ByteMeter[];
  readonly #brokenRules: BrokenRules;

  constructor(load: LoadScope, options: BlocksClientOptions) {
    this.#load = load;
    this.#options = options;
    this.#brokenRules = new BrokenRules(load);
    this.#slots = options.connectionIds.map((id) =>
      new ConnectionSlot(id, {
        ...options.connection,
        clock: load.clock,
        signal: load.aborted,
      })
    );
    this.#meters = options.connectionIds.map((id) =>
      new ByteMeter(id < MOST_NAMED ? String(id) : "others", (bytes, at) => {
        load.recorder.count("receivedBytes", bytes, at);
        this.onBytes(this.received.bytes += bytes);
      })
    );
  }

  /**
   * Opens every connection, so that a target that is not there is known before any load.
   * @throws {OperationFailedError} of the first that could not be opened
   */
  async connect(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => this.#open(slot)));
    this.#sendAtOnce();
  }

  async iterate(iteration: Iteration): Promise<void> {
    const { turn, turnStride } = this.#options;
    const place = Math.floor(iteration[turn] / turnStride) % this.#slots.length;
    const slot = this.#slots[place]!;
    try {
      const opened = slot.connection ?? await this.#reopen(slot);
      // It may have been replaced while the request waited for a place in flight.
      const request = () => this.#request(slot.connection ?? opened, { iteration, place });
      await iteration.timed(request, { op: "request" });
      this.#backoffs.delete(iteration.worker);
    } catch (error) {
      if (error instanceof OperationFailedError) {
        this.#brokenRules.count(error);
        await this.#backOff(iteration);
      }
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const meter of this.#meters) meter.flush(this.#load.clock.now());
    for (const slot of this.#slots) slot[Symbol.dispose]();
  }

  async #reopen(slot: ConnectionSlot): Promise<Connection> {
    const connection = await this.#open(slot);
    this.#sendAtOnce();
    return connection;
  }

  /**
   * The runtime leaves Nagle's algorithm on where `fetch` connects, and where a client certificate is
   * shown. By it a request waits up to 40 ms for the acknowledgement of the frame before it: the
   * generator's own delay in every time to first byte.
   */
  #sendAtOnce(): void {
    const { connection } = this.#options;
    if (!connection.http1 && connection.clientCert === undefined) return;
    disableNagle({ remotePort: remotePort(connection) });
  }

  /** Opens the connection of a slot, recorded as an operation of its own. */
  #open(slot: ConnectionSlot): Promise<Connection> {
    return slot.ensureOpen(async (attempt) => {
      const connection = await timed(this.#load, attempt, { op: "connect" });
      this.onOpened(connection);
      return connection;
    });
  }

  async #request(
    connection: Connection,
    { iteration, place }: { iteration: Iteration; place: number },
  ): Promise<void> {
    const { clock, rng, recorder } = this.#load;
    const { blockBytes, blocksPerRequest, periodMs, silenceTimeoutMs, clientName } = this.#options;
    const count = blockCountOf(rng, { index: iteration.index, base: blocksPerRequest });
    const request = { sizeBytes: blockBytes, count, periodMs };
    using watchdog = new SilenceWatchdog(clock, {
      timeoutMs: periodMs + silenceTimeoutMs,
      stopping: iteration.stopping,
      ownLagMs: (fromMs, toMs) => this.#load.ownLagMs(fromMs, toMs),
    });
    const reader = new BlocksReader(request, {
      clock,
      recorder,
      onSign: (atMs) => watchdog.heard(atMs),
      onBytes: (bytes, atMs) => this.#meters[place]!.add(bytes, atMs),
    });
    try {
      const headers = { "x-scaletool-run": clientName };
      const options = { signal: watchdog.signal, headers };
      await connection.get(blocksUrl(this.#options.connection.baseUrl, request), options, reader);
      reader.end();
      this.received.completedRequests++;
    } catch (error) {
      this.received.brokenOffRequests++;
      throw watchdog.isSilent ? stalled(reader, periodMs + silenceTimeoutMs) : error;
    }
  }

  /** A refusing or failing target is asked ever more seldom, never in a tight loop. */
  async #backOff({ worker, stopping }: Iteration): Promise<void> {
    const { clock, rng } = this.#load;
    const backoff = this.#backoffs.get(worker) ?? new Backoff(BACK_OFF, rng);
    this.#backoffs.set(worker, backoff);
    const nowMs = clock.now();
    await clock.sleepUntil(nowMs + backoff.failedAt(nowMs), stopping);
  }
}

function stalled({ waitsFor }: BlocksReader, timeoutMs: number): OperationFailedError {
  return new OperationFailedError(
    "stalled",
    waitsFor === undefined
      ? `Nothing arrived for ${timeoutMs} ms`
      : `None of the ${waitsFor} streams that the server allows became free for ${timeoutMs} ms`,
  );
}

/** Gathers what one connection received and hands it on a few times a second. */
class ByteMeter {
  #pendingBytes = 0;
  #countedMs = -Infinity;
  readonly #tags: { readonly connection: string };

  constructor(
    connection: string,
    readonly count: (bytes: number, at: { atMs: number; tags: Tags }) => void,
  ) {
    this.#tags = { connection };
  }

  add(bytes: number, atMs: number): void {
    this.#pendingBytes += bytes;
    if (atMs - this.#countedMs >= COUNT_EVERY_MS) this.flush(atMs);
  }

  flush(atMs: number): void {
    this.#countedMs = atMs;
    if (this.#pendingBytes > 0) this.count(this.#pendingBytes, { atMs, tags: this.#tags });
    this.#pendingBytes = 0;
  }
}
