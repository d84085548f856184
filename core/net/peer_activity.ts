/**
 * Which connections of a server hold a descriptor for nothing? Told of requests, it names those that
 * never sent one and those that have none open. By the peer's port alone: two machines with the same
 * port look like one, which only ever spares a connection.
 * @module
 */

/** From the accept to the head of the first request, TLS handshake included, ms. */
export const FIRST_REQUEST_LIMIT_MS = 30_000;
/** From the end of a request to the head of the next one, ms. */
export const IDLE_LIMIT_MS = 120_000;

const PORTS = 65_536;
/** Of each port: requests open, requests ever begun, and whether its connection left HTTP. */
const OPEN = 0;
const BEGUN = PORTS;
const UPGRADED = 2 * PORTS;

/** Counts that several threads with one listening port may share. */
export type SharedActivity = SharedArrayBuffer;

export function newSharedActivity(): SharedActivity {
  return new SharedArrayBuffer(3 * PORTS * Int32Array.BYTES_PER_ELEMENT);
}

/** See the module. */
export class PeerActivity {
  readonly #counts: Int32Array;
  /** Of connections that are there: what was seen, and since when nothing else. */
  #unchanged = new Map<number, { begun: number; inUse: boolean; sinceMs: number }>();

  constructor(shared: SharedActivity = newSharedActivity()) {
    this.#counts = new Int32Array(shared);
  }

  began(port: number): void {
    Atomics.add(this.#counts, OPEN + port, 1);
    Atomics.add(this.#counts, BEGUN + port, 1);
  }

  ended(port: number): void {
    Atomics.sub(this.#counts, OPEN + port, 1);
  }

  /** No request will come any more, e.g. a WebSocket: not idle for as long as the connection is there. */
  upgraded(port: number): void {
    Atomics.store(this.#counts, UPGRADED + port, 1);
  }

  /** What was counted before one looks who is there, for {@link overdue}. */
  snapshot(): Int32Array {
    return this.#counts.slice();
  }

  /**
   * Of all connections that are there now, those beyond their limit. Call it every few seconds.
   * @param before taken before it was looked who is there, if that takes time
   */
  overdue(ports: Iterable<number>, nowMs: number, before = this.snapshot()): Set<number> {
    const known = this.#unchanged;
    this.#unchanged = new Map();
    const overdue = new Set<number>();
    for (const port of ports) {
      const begun = Atomics.load(this.#counts, BEGUN + port);
      const last = known.get(port);
      const inUse = this.#isInUse(port);
      const isSame = last !== undefined && last.begun === begun && !last.inUse && !inUse;
      const sinceMs = isSame ? last.sinceMs : nowMs;
      this.#unchanged.set(port, { begun, inUse, sinceMs });
      const limitMs = begun === 0 ? FIRST_REQUEST_LIMIT_MS : IDLE_LIMIT_MS;
      if (nowMs - sinceMs >= limitMs) overdue.add(port);
    }
    this.#forgetAllBut(this.#unchanged, before);
    return overdue;
  }

  /** Those to do without when descriptors have run out: all that never asked, else all without a request. */
  dispensable(ports: Iterable<number>): Set<number> {
    const unused = [...ports].filter((port) => !this.#isInUse(port));
    const silent = unused.filter((port) => Atomics.load(this.#counts, BEGUN + port) === 0);
    return new Set(silent.length > 0 ? silent : unused);
  }

  #isInUse(port: number): boolean {
    return Atomics.load(this.#counts, OPEN + port) > 0 ||
      Atomics.load(this.#counts, UPGRADED + port) > 0;
  }

  /**
   * The next connection from another port is a new one, and so may be one that has asked since
   * `before`. Open counts are left to those who count them down.
   */
  #forgetAllBut(ports: ReadonlyMap<number, unknown>, before: Int32Array): void {
    for (let port = 0; port < PORTS; port++) {
      const begun = before[BEGUN + port]!;
      if (begun === 0 || ports.has(port)) continue;
      if (Atomics.compareExchange(this.#counts, BEGUN + port, begun, 0) !== begun) continue;
      Atomics.store(this.#counts, UPGRADED + port, 0);
    }
  }
}
