/**
 * What does a `/blocks` request ask for, and which bytes answer it? Reads and writes the request's
 * parameters, gives the content of a block and checks received blocks. Never reads a clock and never
 * sends anything.
 * @module
 */

/** `count` blocks of `sizeBytes` each, one every `periodMs`. */
export interface BlocksRequest {
  /** Bytes of a block, an integer >= 1. */
  readonly sizeBytes: number;
  /** Blocks in the response, an integer >= 1. */
  readonly count: number;
  /** Time from one block to the next, a whole number of microseconds; 0 means without any pacing. */
  readonly periodMs: number;
}

/** What a server is willing to answer. */
interface BlocksLimits {
  readonly maxBlockBytes: number;
  /** Blocks in one response; unlimited unless given. */
  readonly maxCount?: number;
}

/** Ends the wait for a typing error; JavaScript timers end at 24.8 days anyway. */
const MAX_PERIOD_MS = 24 * 3_600_000;

/**
 * The request in a query such as `size=500&n=2001&periodMS=10`. `size` and `n` are positive. The
 * pace is either `periodMS`, in milliseconds, or `period`, in MICROseconds for paces that the first
 * cannot express. go_httperf's text demands a positive period too, yet its client asks for 0 where
 * it means "as fast as you can": 0 is allowed. Other parameters are left alone.
 * @throws {SyntaxError} a parameter is missing, repeated or no base-10 integer; the query has a `;`
 *   (which Go's parser refuses as well) or a broken percent-encoding, both seen in strings only
 * @throws {RangeError} a number is too small or over the limit
 */
export function parseBlocksQuery(
  query: URLSearchParams | string,
  limits: BlocksLimits,
): BlocksRequest {
  const params = typeof query === "string" ? parseQuery(query) : query;
  const sizeBytes = readInteger(params, { name: "size", least: 1, most: limits.maxBlockBytes });
  const mostBlocks = Math.floor(Number.MAX_SAFE_INTEGER / sizeBytes);
  const most = Math.min(limits.maxCount ?? Infinity, mostBlocks);
  const count = readInteger(params, { name: "n", least: 1, most });
  return { sizeBytes, count, periodMs: readPeriodMs(params) };
}

/**
 * The URL of a request below the server's base URL. Uses `periodMS` where the period is a whole
 * number of milliseconds, so that go_httperf's server understands it, and else `period`.
 * @throws {TypeError} if the base is no URL
 * @throws {RangeError} if the period is no whole number of microseconds
 */
export function blocksUrl(base: string | URL, request: BlocksRequest): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/blocks`;
  url.hash = "";
  url.searchParams.set("size", String(request.sizeBytes));
  url.searchParams.set("n", String(request.count));
  const { periodMs } = request;
  const periodUs = Math.round(periodMs * 1_000);
  if (!(periodMs >= 0) || Math.abs(periodUs - periodMs * 1_000) > 1e-6 * Math.max(1, periodUs)) {
    throw new RangeError(
      `Cannot ask for a block every ${periodMs}ms: expected a whole number of microseconds`,
    );
  }
  if (periodUs % 1_000 === 0) url.searchParams.set("periodMS", String(periodUs / 1_000));
  else url.searchParams.set("period", String(periodUs));
  return url.href;
}

const FIRST_BYTE = 65; // A
const LAST_BYTE = 90; // Z

/** The longest slice that costs no memory. */
export const SLICE_BYTES = 256 * 1024;

/** `A`, zeros, `Z`: every short slice that does not hold both marks is a view of this. */
const MARKED_ZEROS = new Uint8Array(SLICE_BYTES + 2);
MARKED_ZEROS[0] = FIRST_BYTE;
MARKED_ZEROS[MARKED_ZEROS.length - 1] = LAST_BYTE;

/**
 * The bytes `fromByte` <= i < `toByte` of a block: the first byte is `A`, the last `Z`, zeros are
 * between them, and a block of one byte is `Z`. The result may be shared: never write to it.
 * @throws {RangeError} if that is no part of the block
 */
export function blockSlice(
  sizeBytes: number,
  fromByte: number,
  toByte: number,
): Uint8Array<ArrayBuffer> {
  if (!(fromByte >= 0 && fromByte < toByte && toByte <= sizeBytes)) {
    throw new RangeError(
      `Cannot slice bytes ${fromByte} to ${toByte} of a block of ${sizeBytes} bytes`,
    );
  }
  const length = toByte - fromByte;
  const hasFirst = fromByte === 0 && sizeBytes > 1;
  const hasLast = toByte === sizeBytes;
  if (length <= SLICE_BYTES && !(hasFirst && hasLast)) {
    if (hasFirst) return MARKED_ZEROS.subarray(0, length);
    if (hasLast) return MARKED_ZEROS.subarray(MARKED_ZEROS.length - length);
    return MARKED_ZEROS.subarray(1, 1 + length);
  }
  const slice = new Uint8Array(length);
  if (hasFirst) slice[0] = FIRST_BYTE;
  if (hasLast) slice[length - 1] = LAST_BYTE;
  return slice;
}

/**
 * Checks a response as it arrives, in chunks of any length. Looks at the marks only, so that a
 * client does not become slow at 1 GB/s by reading every zero.
 */
export class BlockChecker {
  readonly #sizeBytes: number;
  readonly #count: number;
  /** Bytes of the current block that have arrived. */
  #offset = 0;
  #blocks = 0;
  #bytes = 0;
  #fault: string | undefined;

  constructor(request: Pick<BlocksRequest, "sizeBytes" | "count">) {
    this.#sizeBytes = request.sizeBytes;
    this.#count = request.count;
  }

  /** Whole, sound blocks so far. */
  get blocks(): number {
    return this.#blocks;
  }

  /** All bytes so far, sound or not. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is wrong with the body, as one line; undefined while nothing is. The first fault stays. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Takes the next chunk; `onBlock` is called for each block that it completes, index from 0. After
   * a fault the bytes are still counted, but no block is: nobody knows where one begins.
   */
  push(chunk: Uint8Array, onBlock: (index: number) => void): void {
    this.#bytes += chunk.length;
    let at = 0;
    while (at < chunk.length && this.#fault === undefined) {
      if (this.#offset === 0) this.#checkStart(chunk[at]);
      const take = Math.min(chunk.length - at, this.#sizeBytes - this.#offset);
      at += take;
      this.#offset += take;
      if (this.#offset < this.#sizeBytes) continue;
      this.#check(chunk[at - 1], { expected: LAST_BYTE, where: "ends" });
      if (this.#fault !== undefined) return;
      this.#offset = 0;
      onBlock(this.#blocks++);
    }
  }

  /** The body has ended: the fault in it, if any, and a truncated body is one. */
  end(): string | undefined {
    if (this.#blocks < this.#count) {
      this.#fault ??= `body ended after ${this.#bytes} bytes in block ${this.#blocks}: ` +
        `expected ${this.#count} blocks of ${this.#sizeBytes} bytes`;
    }
    return this.#fault;
  }

  #checkStart(byte: number | undefined): void {
    if (this.#blocks >= this.#count) {
      this.#fault = `body goes on after ${this.#count} blocks of ${this.#sizeBytes} bytes`;
    } else if (this.#sizeBytes > 1) {
      this.#check(byte, { expected: FIRST_BYTE, where: "begins" });
    }
  }

  #check(byte: number | undefined, mark: { expected: number; where: string }): void {
    if (byte === mark.expected) return;
    this.#fault ??= `block ${this.#blocks} ${mark.where} with byte ${byte}: ` +
      `expected ${mark.expected} (${String.fromCharCode(mark.expected)})`;
  }
}

function parseQuery(query: string): URLSearchParams {
  if (query.includes(";")) {
    throw new SyntaxError(
      `Cannot read query ${quote(query)}: expected & between parameters, not ;`,
    );
  }
  if (/%(?![0-9A-Fa-f]{2})/.test(query)) {
    throw new SyntaxError(
      `Cannot read query ${quote(query)}: expected two hex digits after each %`,
    );
  }
  return new URLSearchParams(query);
}

/** As JSON, so that the message stays short and one line whatever was sent. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

function readPeriodMs(params: URLSearchParams): number {
  const inMicroseconds = params.has("period");
  if (inMicroseconds === params.has("periodMS")) {
    const found = inMicroseconds ? "both" : "neither";
    throw new SyntaxError(
      `Cannot read the period: expected periodMS (milliseconds) or period (microseconds), got ${found}`,
    );
  }
  if (!inMicroseconds) {
    return readInteger(params, { name: "periodMS", least: 0, most: MAX_PERIOD_MS });
  }
  return readInteger(params, { name: "period", least: 0, most: MAX_PERIOD_MS * 1_000 }) / 1_000;
}

function readInteger(
  params: URLSearchParams,
  rule: { name: string; least: number; most: number },
): number {
  const { name, least, most } = rule;
  const [text, ...more] = params.getAll(name);
  if (text === undefined) throw new SyntaxError(`Missing ${name}: expected an integer`);
  if (more.length > 0) throw new SyntaxError(`Cannot read ${name}: given ${more.length + 1} times`);
  const quoted = quote(text);
  if (!/^[+-]?\d+$/.test(text)) {
    throw new SyntaxError(`Cannot read ${name} ${quoted}: expected a base-10 integer`);
  }
  const value = Number(text) + 0; // "-0" is 0
  if (value < least) throw new RangeError(`${name} ${quoted} is too small: expected >= ${least}`);
  if (value > most) throw new RangeError(`${name} ${quoted} is too large: expected <= ${most}`);
  return value;
}
