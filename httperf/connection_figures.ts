/**
 * What connections go through, as figures of the run: counters and times of all of them together,
 * whose number of series does not grow with theirs, and a table of the slowest. Looks at each
 * connection at least once a second, if they are not too many, and, at the client's end, sends it a
 * PING. Never opens or closes one.
 * @module
 */

import { noCounts } from "../core/h2/facts_growth.ts";
import type { Settings } from "../core/h2/settings.ts";
import { Rounds } from "../core/load/rounds.ts";
import type { Tags } from "../core/measure/sample.ts";
import { type CounterSeries, countersOf, type Measures } from "../core/run/measures.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { countConnections, windowsOf } from "./connection_counters.ts";
import { type ConnectionRole, connectionTable, MOST_ROWS, slowest } from "./connection_table.ts";
import { DEFAULT_PING_PERIOD_MS } from "./flags.ts";
import { settingsText } from "./settings_text.ts";
import { ConnectionRow, type OpenedConnection, WatchedConnection } from "./watched_connection.ts";

/** From one look at a connection to the next, of many. */
const LOOK_EVERY_MS = 1_000;
/** So that a look at some of ten thousand takes a millisecond. */
const GROUPS = 10;
/** Turns of all groups. */
const TABLE_EVERY = 10;
/** With more connections a look at each is rarer: in a thread that has a load to put on it is no free one. */
const MOST_LOOKS_PER_SEC = 2_000;
const MOST_PINGS_PER_SEC = 500;
/** So that no rounding puts the beginning of what is judged before it. */
const ROUNDING_MS = 0.001;
/** Kinds of settings that are told. */
const MOST_SETTINGS = 3;

/**
 * Of these 0 is an answer, as soon as there is an HTTP/2 connection. A client of ours sends nothing
 * that a window could hold up, and a server asks for nothing.
 */
const DECLARED: Readonly<Record<ConnectionRole, readonly CounterSeries[]>> = {
  client: countersOf("resets", "goAways", "streamWaits"),
  server: countersOf("resets", "goAways", "windowStalls", "windowStallMs"),
};

/** What there may be to measure of connections. */
export const CONNECTION_MEASURES: Measures = {
  counters: [],
  others: [
    ...Object.values(DECLARED).flat().map(({ name }) => name),
    ...["h2Bytes", "h2Frames", "openedConnections", "endedConnections", "streamWaitMs"],
    ...["tcpConnect", "tlsHandshake", "pingRtt", "pingWaitMs", "windowStallRatio"],
  ],
};

interface ConnectionFiguresOptions {
  readonly role: ConnectionRole;
  /** Its number, of several. @default {0} */
  readonly thread?: number;
  /** Of the PINGs on a connection; 0: none are sent. @default {1_000} */
  readonly pingPeriodMs?: number;
}

/** Of one end, in one thread. Dispose it when the load is over. */
export class ConnectionFigures implements AsyncDisposable {
  readonly #scope: LoadScope;
  readonly #role: ConnectionRole;
  readonly #thread: number;
  readonly #rounds: Rounds<WatchedConnection>;
  /** Those that are sent PINGs; undefined: none are. */
  readonly #pinged: Rounds<WatchedConnection> | undefined;
  readonly #pingPeriodMs: number;
  /** By name. */
  readonly #rows = new Map<string, ConnectionRow>();
  /** Those of peers that have left a server. */
  #left = new Set<ConnectionRow>();
  /** Rows that there were. */
  #count = 0;
  readonly #settings = new Set<string>();
  /** Since it was last recorded. */
  #growth = noCounts();
  #ended = 0;
  /** Since the levels were last recorded. */
  #second = newSecond();
  #turns = 0;
  #pingTurns = 0;
  #turnedMs: number;
  #hasDeclared = false;

  constructor(
    scope: LoadScope,
    { role, thread = 0, pingPeriodMs = DEFAULT_PING_PERIOD_MS }: ConnectionFiguresOptions,
  ) {
    this.#scope = scope;
    this.#role = role;
    this.#thread = thread;
    this.#turnedMs = scope.clock.now();
    this.#rounds = new Rounds((group) => this.#turn(group), {
      clock: scope.clock,
      periodMs: LOOK_EVERY_MS,
      groups: GROUPS,
    });
    this.#pingPeriodMs = pingPeriodMs;
    this.#pinged = role === "server" || pingPeriodMs === 0 ? undefined : new Rounds(
      (group) => this.#ping(group),
      { clock: scope.clock, periodMs: pingPeriodMs, groups: GROUPS },
    );
    void scope.begun.then(() => this.#turnedMs = scope.clock.now());
  }

  /** @returns what is to be called when it has ended, if its `isOpen` does not say so */
  add(opened: OpenedConnection): () => void {
    const row = this.#rowOf(opened.name);
    row.open(opened);
    const watched = new WatchedConnection(row, opened, {
      clock: this.#scope.clock,
      ownLagMs: (fromMs, toMs) => this.#scope.ownLagMs(fromMs, toMs),
      onRoundTrip: (roundTripMs) => {
        row.addPing(roundTripMs);
        this.#observe("pingRtt", roundTripMs);
      },
    });
    this.#rounds.add(watched);
    this.#pinged?.add(watched);
    if (opened.h2 !== undefined) this.#declare();
    void this.#scope.begun.then(() => this.#observeOpening(opened));
    return () => this.#end(watched);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pinged?.[Symbol.asyncDispose]();
    await this.#rounds[Symbol.asyncDispose]();
    if (!this.#scope.hasBegun) return;
    for (const watched of [...this.#rounds.all]) this.#look(watched);
    this.#record();
    this.#recordSecond();
    this.#tellTable();
  }

  #rowOf(name: string): ConnectionRow {
    let row = this.#rows.get(name);
    if (row === undefined) {
      this.#rows.set(name, row = new ConnectionRow(name));
      this.#count++;
    }
    this.#left.delete(row);
    return row;
  }

  #end(watched: WatchedConnection): void {
    if (!this.#rounds.has(watched)) return;
    this.#look(watched);
    this.#leave(watched);
  }

  #leave(watched: WatchedConnection): void {
    if (!this.#rounds.delete(watched)) return;
    this.#pinged?.delete(watched);
    this.#ended++;
    // A client has so many places, but no end of peers may come to a server.
    if (this.#role === "client") return;
    this.#left.add(watched.row);
    if (this.#left.size < 2 * MOST_ROWS) return;
    const kept = new Set(slowest([...this.#left]));
    for (const row of this.#left) if (!kept.has(row)) this.#rows.delete(row.name);
    this.#left = kept;
  }

  #turn(group: ReadonlySet<WatchedConnection>): void {
    if (!this.#scope.hasBegun) return;
    if (!this.#scope.stopping.aborted) this.#turnedMs = this.#scope.clock.now();
    this.#lookAtSome(group);
    this.#record();
    if (this.#turns % GROUPS !== 0) return;
    this.#recordSecond();
    if (this.#turns % (GROUPS * TABLE_EVERY) === 0) this.#tellTable();
  }

  /** Where they are few, at all of them, so that what grew in a second is counted in it. */
  #lookAtSome(group: ReadonlySet<WatchedConnection>): void {
    let turn = Math.floor(this.#turns++ / GROUPS); // of the first of the group, the next has its own
    if (this.#rounds.size * GROUPS * 1_000 / LOOK_EVERY_MS <= MOST_LOOKS_PER_SEC) {
      for (const watched of [...this.#rounds.all]) this.#look(watched);
      return;
    }
    const lookEvery = this.#everyFor(MOST_LOOKS_PER_SEC, LOOK_EVERY_MS);
    for (const watched of group) {
      if (turn++ % lookEvery === 0) this.#look(watched);
    }
  }

  #ping(group: ReadonlySet<WatchedConnection>): void {
    if (!this.#scope.hasBegun) return;
    const pingEvery = this.#everyFor(MOST_PINGS_PER_SEC, this.#pingPeriodMs);
    let turn = Math.floor(this.#pingTurns++ / GROUPS);
    for (const watched of group) if (turn++ % pingEvery === 0) watched.ping();
  }

  /** In which of its turns a connection has one, so that all of them together have no more. */
  #everyFor(mostPerSec: number, periodMs: number): number {
    return Math.max(1, Math.ceil(this.#rounds.size * 1_000 / periodMs / mostPerSec));
  }

  #look(watched: WatchedConnection): void {
    const look = watched.look(this.#growth);
    if (look === undefined) return;
    const { sinceMs, streamsMs, pingWaitMs, settings, isOver } = look;
    this.#second.connectionsMs += sinceMs;
    this.#second.streamsMs += streamsMs;
    this.#second.pingWaitMs = Math.max(this.#second.pingWaitMs, pingWaitMs);
    if (settings !== undefined) this.#tellSettings(settings);
    if (isOver) this.#leave(watched);
  }

  /** What grew after the stop did so in the load that was stopped, and not in what comes after it. */
  get #atMs(): number {
    return this.#scope.stopping.aborted ? this.#turnedMs : this.#scope.clock.now();
  }

  #record(): void {
    const { recorder } = this.#scope;
    const at = { atMs: this.#atMs, role: this.#role };
    countConnections(recorder, this.#growth, at);
    for (const [window, { totalMs }] of windowsOf(this.#growth)) {
      this.#second.stallMs[window] += totalMs;
    }
    this.#growth = noCounts();
    const tags = { role: this.#role };
    if (this.#ended > 0) recorder.count("endedConnections", this.#ended, { ...at, tags });
    this.#ended = 0;
  }

  #recordSecond(): void {
    const { connectionsMs, streamsMs, stallMs, pingWaitMs } = this.#second;
    this.#second = newSecond();
    if (connectionsMs === 0) return;
    const atMs = this.#atMs;
    const gauge = (name: string, value: number, tags: Tags = {}) =>
      this.#scope.recorder.gauge(name, value, { atMs, tags: { role: this.#role, ...tags } });
    if (this.#pinged !== undefined) gauge("pingWaitMs", pingWaitMs);
    if (this.#role === "client") return;
    const wholes = { connection: connectionsMs, stream: streamsMs };
    for (const window of ["connection", "stream"] as const) {
      // Without a stream there was nothing that could have stood still.
      if (wholes[window] === 0) continue;
      gauge("windowStallRatio", Math.min(1, stallMs[window] / wholes[window]), { window });
    }
  }

  #observe(name: string, ms: number, atMs = this.#atMs): void {
    if (!this.#scope.hasBegun) return;
    this.#scope.recorder.observeMs(name, ms, { atMs, tags: { role: this.#role } });
  }

  /** As operations of getting ready do, it counts with what is judged next. */
  #observeOpening({ tcpMs, tlsMs }: OpenedConnection): void {
    const { recorder, run } = this.#scope;
    const nowMs = this.#atMs;
    const fromMs = recorder.timeline
      .find(({ phase, fromMs }) => phase === "measured" && run.startMs + fromMs > nowMs)?.fromMs;
    const isJudged = recorder.stretchAt(nowMs).phase === "measured" || fromMs === undefined;
    const atMs = isJudged ? nowMs : run.startMs + fromMs + ROUNDING_MS;
    if (this.#scope.hasBegun) {
      recorder.count("openedConnections", 1, { atMs, tags: { role: this.#role } });
    }
    if (tcpMs !== undefined) this.#observe("tcpConnect", tcpMs, atMs);
    if (tlsMs !== undefined) this.#observe("tlsHandshake", tlsMs, atMs);
  }

  #declare(): void {
    if (this.#hasDeclared) return;
    this.#hasDeclared = true;
    this.#scope.run.declare(DECLARED[this.#role]);
  }

  #tellSettings(settings: Settings): void {
    const text = settingsText(settings);
    if (this.#settings.has(text) || this.#settings.size === MOST_SETTINGS) return;
    this.#settings.add(text);
    const whose = this.#role === "client" ? "server" : "clients";
    this.#scope.run.addFact(`HTTP/2 settings of the ${whose}`, [...this.#settings].join("; or "));
  }

  #tellTable(): void {
    if (this.#count === 0) return;
    const rows = [...this.#rows.values()];
    const table = connectionTable(this.#role, { rows, count: this.#count });
    this.#scope.run.note({ type: "table", table, from: `thread ${this.#thread}` });
  }
}

/** What levels are made of. */
function newSecond() {
  return {
    connectionsMs: 0,
    streamsMs: 0,
    pingWaitMs: 0,
    stallMs: { connection: 0, stream: 0 },
  };
}
