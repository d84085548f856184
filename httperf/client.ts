/**
 * The client role: request loops over a fixed number of TLS connections, each request asking for a
 * random number of blocks and timing every one of them. Knows no flags and prints nothing.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import { Backoff, type BackoffPolicy } from "../core/load/backoff.ts";
import { timed } from "../core/load/timed.ts";
import type { Iteration, Workload } from "../core/load/workload.ts";
import type { Recorder } from "../core/measure/recorder.ts";
import type { Tags } from "../core/measure/sample.ts";
import type { Rng } from "../core/load/rng.ts";
import { remotePort } from "../core/net/http_channel.ts";
import { disableNagle } from "../core/net/own_sockets.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { BlockChecker, blocksUrl } from "./blocks.ts";
import { ConnectionSlot } from "./connection_slot.ts";
import { SilenceWatchdog } from "./silence_watchdog.ts";
import type { Connection, ConnectionTarget } from "./transport.ts";

/** Half fixed, half random: request loops that failed together do not come back together. */
const BACK_OFF: BackoffPolicy = { firstMs: 100, longestMs: 5_000, spread: [0.5, 1] };
/** At 30,000 reads a second, counting each one by name would cost more than reading it. */
const COUNT_EVERY_MS = 50;

/** Plain data: it is also sent to worker threads. */
export interface BlocksClientOptions {
  readonly connection: ConnectionTarget;
  readonly connectionIds: readonly number[];
  /** What goes round the connections: request loops (closed model) or requests (open model). */
  readonly turn: "worker" | "index";
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
  readonly #load: LoadScope;
  readonly #options: BlocksClientOptions;
  readonly #slots: readonly ConnectionSlot[];
  /** Of the request loops whose last request failed. */
  readonly #backoffs = new Map<number, Backoff>();
  readonly #meters: readonly ByteMeter[];

  constructor(load: LoadScope, options: BlocksClientOptions) {
    this.#load = load;
    this.#options = options;
    this.#slots = options.connectionIds.map((id) =>
      new ConnectionSlot(id, {
        ...options.connection,
        clock: load.clock,
        signal: load.aborted,
      })
    );
    this.#meters = options.connectionIds.map((id) =>
      new ByteMeter(String(id), (bytes, at) => {
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
    const place = iteration[this.#options.turn] % this.#slots.length;
    const slot = this.#slots[place]!;
    try {
      const connection = slot.connection ?? await this.#reopen(slot);
      await iteration.timed(() => this.#request(connection, { iteration, place }), {
        op: "request",
      });
      this.#backoffs.delete(iteration.worker);
    } catch (error) {
      if (error instanceof OperationFailedError) {
        slot.onFailure(error.reason);
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
   * The runtime leaves Nagle's algorithm on, by which a request waits up to 40 ms for the
   * acknowledgement of the frame before it: the generator's own delay in every time to first byte.
   */
  #sendAtOnce(): void {
    disableNagle({ remotePort: remotePort(this.#options.connection) });
  }

  /** Opens the connection of a slot, recorded as an operation of its own. */
  #open(slot: ConnectionSlot): Promise<Connection> {
    return slot.ensureOpen((attempt) => timed(this.#load, attempt, { op: "connect" }));
  }

  async #request(
    connection: Connection,
    { iteration, place }: { iteration: Iteration; place: number },
  ): Promise<void> {
    const { clock, rng, recorder } = this.#load;
    const { blockBytes, blocksPerRequest, periodMs, silenceTimeoutMs, clientName } = this.#options;
    const count = blockCountOf(rng, { index: iteration.index, base: blocksPerRequest });
    const request = { sizeBytes: blockBytes, count, periodMs };
    const sentMs = clock.now();
    using watchdog = new SilenceWatchdog(clock, {
      timeoutMs: periodMs + silenceTimeoutMs,
      stopping: iteration.stopping,
      ownLagMs: (fromMs, toMs) => this.#load.ownLagMs(fromMs, toMs),
    });
    try {
      const response = await connection.get(blocksUrl(this.#options.connection.baseUrl, request), {
        signal: watchdog.signal,
        headers: { "x-scaletool-run": clientName },
      });
      await requireBlocks(response);
      const timing = new BlockTiming(recorder, periodMs);
      const checker = new BlockChecker(request);
      for await (const chunk of response.body ?? []) {
        const atMs = clock.now();
        if (checker.bytes === 0) recorder.observeMs("ttfb", atMs - sentMs, { atMs });
        watchdog.heard(atMs);
        this.#meters[place]!.add(chunk.length, atMs);
        checker.push(chunk, () => timing.onBlock(atMs));
      }
      throwOnFault(checker);
      this.received.completedRequests++;
    } catch (error) {
      this.received.brokenOffRequests++;
      if (!watchdog.isSilent) throw error;
      throw new OperationFailedError(
        "stalled",
        `Nothing arrived for ${periodMs + silenceTimeoutMs} ms`,
      );
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

/** @throws {OperationFailedError} for an answer other than 200 */
async function requireBlocks(
  { status, body }: { status: number; body: ReadableStream<Uint8Array> | null },
): Promise<void> {
  if (status === 200) return;
  await body?.cancel();
  throw new OperationFailedError(`http-${status}`, `The server answered ${status}`);
}

function throwOnFault(checker: BlockChecker): void {
  const isShort = checker.fault === undefined;
  const fault = checker.end();
  if (fault !== undefined) throw new OperationFailedError(isShort ? "truncated" : "corrupt", fault);
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

/**
 * How well was the pace of one response kept? Two views of its blocks, both in ms and only for paced responses:
 * - `gapError`: |time since the block before - period|, whichever way; unevenness, iperf's jitter;
 * - `blockLag`: arrival - (arrival of the first block + k * period), negative when early; drift.
 */
export class BlockTiming {
  #firstMs: number | undefined;
  #previousMs = 0;
  #count = 0;

  constructor(readonly recorder: Recorder, readonly periodMs: number) {}

  /** The next block is complete. */
  onBlock(atMs: number): void {
    if (this.periodMs <= 0) return;
    if (this.#firstMs === undefined) {
      this.#firstMs = atMs;
    } else {
      this.recorder.observeMs("gapError", Math.abs(atMs - this.#previousMs - this.periodMs), {
        atMs,
        // Too short a gap is one that was late before: what held up the block before counts too.
        sinceMs: this.#previousMs - this.periodMs,
      });
      this.recorder.observeMs("blockLag", atMs - this.#firstMs - this.#count * this.periodMs, {
        atMs,
      });
    }
    this.#previousMs = atMs;
    this.#count++;
  }
}
