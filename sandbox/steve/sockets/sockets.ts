/**
 * Every socket on `/v1/subscribe`: opens them, pings them, closes them. What a socket costs is kept
 * small, because there are ten thousand of them: one sleeper serves each kind of waiting, and one text
 * each kind of watching.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { pingEnvelope } from "./envelope.ts";
import type { SteveFaultChain } from "../faults/fault_chain.ts";
import { FixedDelayQueue } from "./fixed_delay_queue.ts";
import type { SteveSettings } from "../options.ts";
import type { Outbox } from "./outbox.ts";
import type { Schema } from "../reading/schema.ts";
import { type SessionTools, SocketSession } from "./socket_session.ts";
import { keyText, type SubscribeRequest } from "./subscribe_request.ts";
import type { ServedSubscription } from "./subscription.ts";
import type { TypeCache } from "../caches/type_cache.ts";
import { WatchedKind } from "../caches/watched_kind.ts";

/** Between two looks at a socket that is behind, ms. */
const DRAIN_PERIOD_MS = 5;
/** Beyond that, keys are forgotten: their texts are then written more than once. */
const MOST_KINDS = 10_000;
const PING = pingEnvelope("");

interface SocketsOptions {
  readonly clock: Clock;
  readonly settings: SteveSettings;
  readonly faults: SteveFaultChain;
  readonly schema: (name: string) => Schema | undefined;
  readonly cache: (schema: Schema) => TypeCache;
  /** The sandbox's. */
  readonly ended: AbortSignal;
}

export class Sockets {
  readonly #options: SocketsOptions;
  readonly #sessions = new Set<SocketSession>();
  readonly #kinds = new Map<string, WatchedKind>();
  readonly #debounces = new Map<number, FixedDelayQueue<ServedSubscription>>();
  readonly #pings: FixedDelayQueue<SocketSession>;
  readonly #tools: SessionTools;
  #most = 0;
  #sent = 0;

  constructor(options: SocketsOptions) {
    this.#options = options;
    const { settings, clock, faults } = options;
    this.#pings = this.#queue(settings.pingPeriodMs, (session) => this.#ping(session));
    this.#tools = {
      faults,
      now: () => clock.wallNow(),
      schema: options.schema,
      cache: options.cache,
      kindOf: (request) => this.#kindOf(request),
      debounceQueue: (debounceMs) => this.#debounceQueue(debounceMs),
      slow: this.#queue(settings.slowConsumerMs, (subscription) => subscription.retry()),
      outbox: {
        behind: this.#queue<Outbox>(DRAIN_PERIOD_MS, (outbox) => outbox.drain()),
        queueMessages: settings.queueMessages,
        socketBufferBytes: settings.socketBufferBytes,
        onSent: () => this.#sent++,
      },
    };
  }

  /** At once, and at most. */
  get count(): { readonly now: number; readonly most: number } {
    return { now: this.#sessions.size, most: this.#most };
  }

  /** Messages that sockets took. */
  get sent(): number {
    return this.#sent;
  }

  /** @param options.baseUrl what links in events begin with */
  add(socket: WebSocket, { baseUrl }: { baseUrl: string }): void {
    const session = new SocketSession(socket, { baseUrl, tools: this.#tools });
    socket.onopen = () => {
      this.#sessions.add(session);
      this.#most = Math.max(this.#most, this.#sessions.size);
      this.#pings.add(session);
      this.#options.faults.begin(() => this.closeAll());
    };
    socket.onmessage = ({ data }) => session.receive(String(data));
    socket.onclose = () => {
      this.#sessions.delete(session);
      session.close();
    };
  }

  /** @returns how many */
  closeAll(): number {
    const { size } = this.#sessions;
    for (const session of this.#sessions) session.close();
    return size;
  }

  #ping(session: SocketSession): void {
    if (!this.#sessions.has(session)) return;
    session.put(PING);
    this.#pings.add(session);
  }

  #kindOf(request: SubscribeRequest): WatchedKind {
    const text = keyText(request);
    const known = this.#kinds.get(text);
    if (known !== undefined) return known;
    if (this.#kinds.size >= MOST_KINDS) this.#kinds.clear();
    const { resourceType, namespace, id, selector, mode, debounceMs } = request;
    const kind = new WatchedKind(
      { resourceType, namespace, id, selector, mode, debounceMs },
      text,
    );
    this.#kinds.set(text, kind);
    return kind;
  }

  #debounceQueue(asked: number): FixedDelayQueue<ServedSubscription> {
    const { defaultDebounceMs, leastDebounceMs } = this.#options.settings;
    const delayMs = Math.max(leastDebounceMs, asked === 0 ? defaultDebounceMs : asked);
    let queue = this.#debounces.get(delayMs);
    if (queue === undefined) {
      queue = this.#queue(delayMs, (subscription) => subscription.debounced());
      this.#debounces.set(delayMs, queue);
    }
    return queue;
  }

  #queue<T>(delayMs: number, onDue: (item: T) => void): FixedDelayQueue<T> {
    const { clock, ended } = this.#options;
    return new FixedDelayQueue<T>({ clock, delayMs, ended }, onDue);
  }
}
