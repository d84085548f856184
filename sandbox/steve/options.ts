/**
 * What can be set of the stand-in, and how a real Steve has it.
 * @module
 */

interface SteveTimes {
  /** Ms between the pings of a socket. @default 30000 */
  readonly pingPeriodMs: number;
  /** For subscriptions that name none, ms. @default 5000 */
  readonly defaultDebounceMs: number;
  /** Shorter ones become this long, ms; the real server has no such limit. @default 0 */
  readonly leastDebounceMs: number;
  /** From a change of a definition to the new schemas and the end of caches, ms. @default 700 */
  readonly schemaRefreshMs: number;
  /** From a write to its event in Steve's cache, ms. @default 0 */
  readonly ingestLagMs: number;
  /** How long an event may wait for a place in the queue of its socket, ms. @default 10 */
  readonly slowConsumerMs: number;
  /** Ms between the readings of the gauges. @default 15000 */
  readonly metricsRefreshMs: number;
}

interface SteveSizes {
  /** Events that are kept of each type. @default 1000 */
  readonly ringEvents: number;
  /** Messages that wait for a socket. @default 100 */
  readonly queueMessages: number;
  /** Bytes that a socket takes although its client does not read. @default 262144 */
  readonly socketBufferBytes: number;
}

export type SteveSettings = SteveTimes & SteveSizes;

export const REAL_SETTINGS: SteveSettings = {
  pingPeriodMs: 30_000,
  defaultDebounceMs: 5_000,
  leastDebounceMs: 0,
  schemaRefreshMs: 700,
  ingestLagMs: 0,
  slowConsumerMs: 10,
  metricsRefreshMs: 15_000,
  ringEvents: 1_000,
  queueMessages: 100,
  socketBufferBytes: 256 * 1024,
};
