/**
 * One WebSocket with its subscriptions: opens it, hands each message to the subscription that it is
 * about, and opens another one when it closed, fell silent or does not answer. Told the time by its
 * owner; never sets a timer, and never opens a socket before its owner says that it is its turn.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { Backoff } from "../../../core/load/backoff.ts";
import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { SubscriptionSpec } from "../written_event.ts";
import { isAbout, type MessageKind, parseMessage, type SteveMessage } from "./messages.ts";
import type { DialSteve, SteveSocket } from "./steve_socket.ts";
import {
  type Step,
  Subscription,
  type SubscriptionObserver,
  type SubscriptionPolicy,
} from "./subscription.ts";

/** Why a watcher left a socket that was open. `silent`: no message for too long, pings included. */
export type LeaveCause = "closed" | "broken" | "silent" | "unanswered";

/** Bounds of what a socket waits for, ms. */
export interface SocketPolicy {
  readonly connectTimeoutMs: number;
  /**
   * Longest time without any message. Steve sends one every 30 s, which is the proof that the socket
   * lives: it answers nothing that could be asked without disturbing it.
   */
  readonly silenceMs: number;
  /** As for subscriptions. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** One that was open for so long was no failure when it closes. */
  readonly healthyAfterMs: number;
}

/** Handshakes of the server may take 60 s; a client that counts in seconds has given up by then. */
export const DEFAULT_SOCKET_POLICY: SocketPolicy = {
  connectTimeoutMs: 30_000,
  silenceMs: 45_000,
  firstWaitMs: 500,
  longestWaitMs: 30_000,
  healthyAfterMs: 5_000,
};

/** Told what every watcher of a share does. */
export interface WatcherHost {
  /** Observer of one subscription, by its number within the watcher. */
  observer(watcher: Watcher, subscription: number): SubscriptionObserver;
  message(kind: MessageKind, characters: number): void;
  /** An error that names no subscription, or a message about one that the watcher does not have. */
  unassigned(message: SteveMessage): void;
  opened(watcher: Watcher, nowMs: number): void;
  /** Before its subscriptions are told. */
  left(watcher: Watcher, cause: LeaveCause, nowMs: number): void;
  /** How long of that time event loops of our own were away: what came meanwhile was not heard. */
  ownLagMs(fromMs: number, toMs: number): number;
  /** It wants its turn to connect again: call `connect`. */
  wantsToConnect(watcher: Watcher, dueMs: number): void;
  /** The resourceVersion of what the subscription is about, from a list begun at `nowMs` or later. */
  list(subscription: number, nowMs: number): Promise<string | undefined>;
}

interface WatcherParts {
  readonly specs: readonly SubscriptionSpec[];
  readonly dial: DialSteve;
  readonly host: WatcherHost;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly socketPolicy: SocketPolicy;
  readonly subscriptionPolicy: SubscriptionPolicy;
}

type State = "idle" | "connecting" | "open" | "waiting" | "queued" | "ended";

/** See the module. */
export class Watcher {
  readonly subscriptions: readonly Subscription[];
  readonly #parts: WatcherParts;
  readonly #backoff: Backoff;
  #state: State = "idle";
  #socket: SteveSocket | undefined;
  #connecting: PromiseWithResolvers<void> | undefined;
  /** When the current wait is over: for the handshake, or to connect again. */
  #deadlineMs = Infinity;
  #openedMs = -Infinity;
  #heardMs = -Infinity;
  #openings = 0;
  #silences = 0;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    const { rng, socketPolicy, subscriptionPolicy: policy } = parts;
    const { firstWaitMs: firstMs, longestWaitMs: longestMs } = socketPolicy;
    this.#backoff = new Backoff({ firstMs, longestMs, spread: [1, 2] }, rng);
    this.subscriptions = parts.specs.map((spec, index) =>
      new Subscription(spec, { policy, rng, observer: parts.host.observer(this, index) })
    );
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** How often it was. */
  get openings(): number {
    return this.#openings;
  }

  /** How often it was left because nothing was heard on it. */
  get silences(): number {
    return this.#silences;
  }

  /** When the latest message came, ms; -Infinity before the first. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /**
   * Opens the socket.
   * @throws {OperationFailedError} if it does not open in time; the watcher will want to connect again
   */
  connect(): Promise<void> {
    const connecting = this.#connecting = Promise.withResolvers<void>();
    const { dial, clock, socketPolicy } = this.#parts;
    this.#state = "connecting";
    this.#deadlineMs = clock.now() + socketPolicy.connectTimeoutMs;
    this.#socket = dial({
      onOpen: () => this.#onOpen(),
      onText: (text) => this.#onText(text),
      onClose: (error) => this.#onClose(error),
    });
    return connecting.promise;
  }

  /** To be called a few times a second: does what has become due. */
  sweep(nowMs: number): void {
    if (this.#state === "open") return this.#sweepOpen(nowMs);
    if (nowMs < this.#deadlineMs) return;
    const dueMs = this.#deadlineMs;
    this.#deadlineMs = Infinity;
    if (this.#state === "connecting") return this.#onConnectTimeout(nowMs);
    this.#state = "queued";
    this.#parts.host.wantsToConnect(this, dueMs);
  }

  /** Closes the socket for good. */
  end(): void {
    this.#state = "ended";
    this.#deadlineMs = Infinity;
    this.#socket?.close();
    this.#socket = undefined;
    // As an abort, so that a handshake under way counts as cancelled and not as failed.
    this.#connecting?.reject(new DOMException("The watcher was ended", "AbortError"));
  }

  #sweepOpen(nowMs: number): void {
    if (this.#isSilent(nowMs)) return this.#leave("silent", nowMs);
    for (const [index, subscription] of this.subscriptions.entries()) {
      subscription.confirm(nowMs);
      if (nowMs < subscription.deadlineMs) continue;
      this.#do(subscription.onDeadline(nowMs), index);
      if (this.#state !== "open") return;
    }
  }

  #isSilent(nowMs: number): boolean {
    const { host, socketPolicy: { silenceMs } } = this.#parts;
    const silentMs = nowMs - this.#heardMs;
    // Lag of our own is asked for only where it can matter: there are thousands of watchers.
    return silentMs > silenceMs && silentMs - host.ownLagMs(this.#heardMs, nowMs) > silenceMs;
  }

  #onConnectTimeout(nowMs: number): void {
    const limitMs = this.#parts.socketPolicy.connectTimeoutMs;
    this.#socket?.close();
    this.#retryLater(nowMs);
    const what = `Cannot open the WebSocket: no answer in ${limitMs} ms`;
    this.#connecting?.reject(new OperationFailedError("timeout", what));
  }

  #onOpen(): void {
    const { host, clock } = this.#parts;
    const nowMs = clock.now();
    this.#state = "open";
    this.#deadlineMs = Infinity;
    this.#openedMs = this.#heardMs = nowMs;
    this.#openings++;
    host.opened(this, nowMs);
    this.#connecting?.resolve();
    for (const [index, subscription] of this.subscriptions.entries()) {
      this.#do(subscription.onOpen(nowMs), index);
    }
  }

  #onText(text: string): void {
    const { host, specs, clock } = this.#parts;
    const nowMs = clock.now();
    this.#heardMs = nowMs;
    const message = parseMessage(text);
    host.message(message.kind, text.length);
    if (message.kind === "ping") return;
    const index = specs.findIndex((spec) => isAbout(spec, message));
    const subscription = this.subscriptions[index];
    if (subscription === undefined) return host.unassigned(message);
    this.#do(subscription.onMessage(message, nowMs), index);
  }

  #onClose(error: OperationFailedError): void {
    const nowMs = this.#parts.clock.now();
    if (this.#state === "open") {
      return this.#leave(error.reason === "connection-closed" ? "closed" : "broken", nowMs);
    }
    this.#retryLater(nowMs);
    this.#connecting?.reject(error);
  }

  #leave(cause: LeaveCause, nowMs: number): void {
    const { host, socketPolicy } = this.#parts;
    if (cause === "silent") this.#silences++;
    host.left(this, cause, nowMs);
    for (const subscription of this.subscriptions) subscription.onClose(nowMs);
    this.#socket?.close();
    if (nowMs - this.#openedMs >= socketPolicy.healthyAfterMs) this.#backoff.succeeded();
    this.#retryLater(nowMs);
  }

  #retryLater(nowMs: number): void {
    this.#socket = undefined;
    this.#state = "waiting";
    this.#deadlineMs = nowMs + this.#backoff.failedAt(nowMs);
  }

  #do(step: Step | undefined, index: number): void {
    if (step?.kind === "send") this.#socket?.send(step.text);
    else if (step?.kind === "list") void this.#list(index);
    else if (step?.kind === "reconnect") this.#leave("unanswered", this.#parts.clock.now());
  }

  async #list(index: number): Promise<void> {
    const { host, clock } = this.#parts;
    const subscription = this.subscriptions[index];
    const socket = this.#socket;
    let revision: string | undefined;
    try {
      revision = await host.list(index, clock.now());
    } catch {
      // The one who lists has counted and told it; here it only matters that there is nothing to go on from.
      if (socket === this.#socket) subscription?.onListFailed(clock.now());
      return;
    }
    if (socket === this.#socket) this.#do(subscription?.onListed(revision, clock.now()), index);
  }
}
