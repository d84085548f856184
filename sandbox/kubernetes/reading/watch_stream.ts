/**
 * What does one watch send, and when does it end? The lines are written the moment that a write
 * happens; the body holds them back for a slow client up to a bound, beyond which the watch is ended,
 * as the real server does.
 * Source: Kubernetes API concepts, "Efficient detection of changes" and "Watch bookmarks".
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { expired } from "../answers/api_error.ts";
import type { Collection } from "../store/collection.ts";
import type { StoreEvent } from "../store/event_history.ts";
import type { Form } from "../answers/forms.ts";
import type { ObjectFilter } from "./selection.ts";
import type { StoredObject } from "../store/stored_object.ts";

export interface WatchPlan {
  readonly collection: Collection;
  readonly selection: ObjectFilter;
  readonly form: Form;
  /** Events after this one; undefined: the present state first, as ADDED events. */
  readonly after: number | undefined;
  /** Whether the end of the present state is marked. */
  readonly marksInitialEnd: boolean;
  /** Infinity: no periodic bookmarks. */
  readonly bookmarkPeriodMs: number;
  readonly timeoutMs: number;
}

interface WatchSurroundings {
  readonly clock: Clock;
  /** Each one that aborts ends the watch. */
  readonly signals: readonly AbortSignal[];
  /** The store's. */
  readonly revision: () => number;
}

/** Unread bytes at which a client is too slow. */
const MOST_UNREAD_BYTES = 32 * 1024 * 1024;
const INITIAL_END = { "k8s.io/initial-events-end": "true" };
const encoder = new TextEncoder();

type EventType = StoreEvent["type"] | "BOOKMARK" | "ERROR";

/** The body of the answer to a watch. */
export function watchBody(plan: WatchPlan, around: WatchSurroundings): ReadableStream<Uint8Array> {
  const watch = new Watch(plan, around);
  return new ReadableStream<Uint8Array>(
    { start: (controller) => watch.begin(controller), cancel: () => watch.end() },
    new ByteLengthQueuingStrategy({ highWaterMark: MOST_UNREAD_BYTES }),
  );
}

class Watch {
  readonly #plan: WatchPlan;
  readonly #around: WatchSurroundings;
  readonly #ended = new AbortController();
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(plan: WatchPlan, around: WatchSurroundings) {
    this.#plan = plan;
    this.#around = around;
  }

  begin(body: ReadableStreamDefaultController<Uint8Array>): void {
    this.#body = body;
    const { collection, after, timeoutMs, bookmarkPeriodMs } = this.#plan;
    const { clock, signals } = this.#around;
    const { floor } = collection.history;
    if (after !== undefined && after < floor) {
      const { status } = expired(`too old resource version: ${after} (${floor})`);
      this.#send("ERROR", JSON.stringify(status));
      return this.end();
    }
    this.#catchUp();
    const deafen = collection.listen((event) => this.#onEvent(event));
    const end = () => this.end();
    this.#ended.signal.addEventListener("abort", () => {
      deafen();
      for (const signal of signals) signal.removeEventListener("abort", end);
    }, { once: true });
    for (const signal of signals) signal.addEventListener("abort", end, { once: true });
    if (signals.some((signal) => signal.aborted)) return this.end();
    void clock.sleepUntil(clock.now() + timeoutMs, this.#ended.signal).then(end);
    if (Number.isFinite(bookmarkPeriodMs)) void this.#sendBookmarks(bookmarkPeriodMs);
  }

  end(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    try {
      this.#body?.close();
    } catch (error) {
      // The client has cancelled the body already.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** What the client does not know yet: the present state, or the events since then. */
  #catchUp(): void {
    const { collection, selection, form, after, marksInitialEnd } = this.#plan;
    if (after === undefined) {
      for (const object of collection.list(selection.namespace)) {
        if (selection.matches(object)) this.#send("ADDED", form.one(object));
      }
    } else {
      for (const event of collection.history.after(after)) this.#onEvent(event);
    }
    if (!marksInitialEnd) return;
    this.#send("BOOKMARK", form.bookmark(this.#around.revision(), INITIAL_END));
  }

  #onEvent({ type, object, previous }: StoreEvent): void {
    const { selection, form, after = 0 } = this.#plan;
    if (selection.namespace !== "" && object.namespace !== selection.namespace) return;
    if (object.revision <= after) return;
    if (selection.isAll) return this.#send(type, form.one(object));
    const was = previous !== undefined && selection.matches(previous);
    const is = type !== "DELETED" && selection.matches(object);
    if (is) this.#send(was ? "MODIFIED" : "ADDED", form.one(object));
    else if (was) this.#send("DELETED", form.one(lastSeen({ type, object, previous })));
  }

  async #sendBookmarks(periodMs: number): Promise<void> {
    const { clock, revision } = this.#around;
    const { signal } = this.#ended;
    const startMs = clock.now();
    for (let count = 1;; count++) {
      await clock.sleepUntil(startMs + count * periodMs, signal);
      if (signal.aborted) return;
      this.#send("BOOKMARK", this.#plan.form.bookmark(revision()));
    }
  }

  #send(type: EventType, object: string): void {
    if (this.#ended.signal.aborted) return;
    this.#body?.enqueue(encoder.encode(`{"type":"${type}","object":${object}}\n`));
    if ((this.#body?.desiredSize ?? 1) <= 0) this.end();
  }
}

/** For a client whose selector the object no longer matches: the state that it knew, as of now. */
function lastSeen({ type, object, previous }: StoreEvent): StoredObject {
  return type === "DELETED" || previous === undefined ? object : previous.at(object.revision);
}
