/**
 * Who looks at the live page: each gets, as server-sent events, what is new to them since the last that
 * they took. Nothing is made while nobody looks, and nothing waits for one who does not read: what is
 * new is made up when they do.
 * Source of the format: WHATWG HTML, section 9.2 "Server-sent events".
 * @module
 */

import { randomUUID } from "node:crypto";
import type { Clock } from "../../load/clock.ts";
import type { Moment } from "./moment.ts";
import { Snapshots } from "./snapshots.ts";

/** More people do not look at one run; each is an open connection. */
const MOST_VIEWERS = 16;
/** What is logged within it is one snapshot: intervals of other threads come a moment after ours. */
const GATHER_MS = 150;
/** Of one core, for making snapshots, whatever the run has: dear ones are made less often. */
const MOST_TIME_RATIO = 0.01;
/** So much may be used at once: code that runs for the first time is slow. */
const TIME_AT_ONCE_MS = 500;
/** Says that the connection is alive, through whatever is between. */
const HEARTBEAT_MS = 10_000;
/** Whoever takes nothing for so long is not there any more. */
const LONGEST_SILENCE_MS = 30_000;

const ENCODER = new TextEncoder();
const HEARTBEAT = ENCODER.encode(": alive\n\n");

type Bytes = Uint8Array<ArrayBuffer>;

interface ViewersOptions {
  readonly clock: Clock;
  readonly look: () => Moment;
}

/** See the module. */
export class Viewers {
  readonly #clock: Clock;
  readonly #look: () => Moment;
  readonly #snapshots = new Snapshots();
  /** Numbers of snapshots count in this life only: an id may come from another run at this port. */
  readonly #life = randomUUID();
  readonly #open = new Set<Viewer>();
  /** Events of the latest snapshot, by the number of what was seen before. */
  readonly #events = new Map<number, Bytes>();
  #hasNews = true;
  /** When all the time that was used is no more of the time that has passed than it may be. */
  #allPaidMs = -Infinity;
  #wake = new AbortController();
  readonly #ending = new AbortController();
  #producing: Promise<void> | undefined;

  constructor({ clock, look }: ViewersOptions) {
    this.#clock = clock;
    this.#look = look;
  }

  get isFull(): boolean {
    return this.#open.size >= MOST_VIEWERS;
  }

  /** How many there are now. */
  get count(): number {
    return this.#open.size;
  }

  /** Something has happened in the run. */
  changed(): void {
    this.#hasNews = true;
    this.#wake.abort();
  }

  /** @param lastEventId of the last event that was seen, of this run or of another one */
  open(lastEventId: string | null): ReadableStream<Bytes> {
    const viewer = new Viewer({
      seen: this.#seenOf(lastEventId),
      startMs: this.#clock.now(),
      onReady: () => this.#serve(viewer),
      onGone: () => this.#open.delete(viewer),
    });
    this.#open.add(viewer);
    if (this.#ending.signal.aborted) this.#serve(viewer);
    else this.#producing ??= this.#produce();
    return viewer.stream;
  }

  /** The run is over: a last event for each, and no more. */
  async end(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#wake.abort();
    await this.#producing;
    this.#take();
    for (const viewer of this.#open) this.#serve(viewer);
  }

  #seenOf(lastEventId: string | null): number {
    const [life, number = ""] = lastEventId?.split("/") ?? [];
    return life === this.#life && /^\d{1,15}$/.test(number) ? Number(number) : 0;
  }

  /** Takes a snapshot after each change, as long as somebody looks. */
  async #produce(): Promise<void> {
    const { signal } = this.#ending;
    while (this.#open.size > 0 && !signal.aborted) {
      const fromMs = this.#clock.now();
      if (this.#hasNews) this.#take();
      for (const viewer of this.#open) this.#serve(viewer);
      await this.#clock.sleepUntil(this.#paidMs(fromMs), signal);
      await this.#clock.sleepUntil(fromMs + HEARTBEAT_MS, this.#wake.signal);
      if (this.#wake.signal.aborted && !signal.aborted) this.#wake = new AbortController();
      await this.#clock.sleepUntil(this.#clock.now() + GATHER_MS, signal);
      this.#dropSilent();
    }
    this.#producing = undefined;
  }

  /** When the time since then, and before, is so little of all that there may be more of it. */
  #paidMs(fromMs: number): number {
    const tookMs = this.#clock.now() - fromMs;
    this.#allPaidMs = Math.max(fromMs, this.#allPaidMs) + tookMs / MOST_TIME_RATIO;
    return this.#allPaidMs - TIME_AT_ONCE_MS / MOST_TIME_RATIO;
  }

  #take(): void {
    this.#hasNews = false;
    this.#snapshots.take(this.#look());
    this.#events.clear();
  }

  #serve(viewer: Viewer): void {
    const { number } = this.#snapshots;
    const isOver = this.#ending.signal.aborted;
    const nowMs = this.#clock.now();
    if (viewer.seen < number || (number > 0 && viewer.seen > number)) {
      viewer.give(this.#eventSince(viewer.seen), { seen: number, nowMs, isLast: isOver });
    } else if (isOver) {
      viewer.end();
    } else if (nowMs - viewer.givenMs >= HEARTBEAT_MS) {
      viewer.give(HEARTBEAT, { seen: viewer.seen, nowMs });
    }
  }

  #eventSince(seen: number): Bytes {
    let event = this.#events.get(seen);
    if (event === undefined) {
      const data = JSON.stringify(this.#snapshots.since(seen));
      event = ENCODER.encode(`id: ${this.#life}/${this.#snapshots.number}\ndata: ${data}\n\n`);
      this.#events.set(seen, event);
    }
    return event;
  }

  #dropSilent(): void {
    const longAgoMs = this.#clock.now() - LONGEST_SILENCE_MS;
    for (const viewer of this.#open) {
      if (!viewer.isReady && viewer.givenMs < longAgoMs) viewer.drop();
    }
  }
}

interface ViewerOptions {
  readonly seen: number;
  readonly startMs: number;
  /** It has taken everything. */
  readonly onReady: () => void;
  readonly onGone: () => void;
}

/** One stream of events. Holds one event at most. */
class Viewer {
  readonly stream: ReadableStream<Bytes>;
  /** Number of the snapshot that it was given last. */
  seen: number;
  /** When it was given something last. */
  givenMs: number;
  /** Whether it waits for the next event. */
  isReady = false;
  #isLast = false;
  readonly #onGone: () => void;
  #controller!: ReadableStreamDefaultController<Bytes>;

  constructor({ seen, startMs, onReady, onGone }: ViewerOptions) {
    this.seen = seen;
    this.givenMs = startMs;
    this.#onGone = onGone;
    this.stream = new ReadableStream<Bytes>({
      start: (controller) => void (this.#controller = controller),
      pull: () => {
        this.isReady = true;
        if (this.#isLast) this.end();
        else onReady();
      },
      cancel: onGone,
    }, { highWaterMark: 0 });
  }

  /** Does nothing while it has not taken what it was given before. */
  give(
    event: Bytes,
    { seen, nowMs, isLast = false }: { seen: number; nowMs: number; isLast?: boolean },
  ): void {
    if (!this.isReady) return;
    this.isReady = false;
    this.seen = seen;
    this.givenMs = nowMs;
    this.#isLast = isLast;
    this.#controller.enqueue(event);
  }

  end(): void {
    this.#onGone();
    this.#controller.close();
  }

  drop(): void {
    this.#onGone();
    this.#controller.error(new Error("nobody reads it"));
  }
}
