/**
 * What has one subscription to do next? From its start over errors and stops to the next start: a
 * state machine that is told what happened and when, and answers with the next step. Never sends,
 * never sleeps, and never subscribes again at once with what was just refused.
 * @module
 */

import { Backoff } from "../../../core/load/backoff.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { SubscriptionSpec } from "../written_event.ts";
import {
  type ErrorClass,
  errorClass,
  type SteveMessage,
  stopText,
  subscribeText,
} from "./messages.ts";

/** Bounds of what a subscription waits for, ms. */
export interface SubscriptionPolicy {
  /** For `resource.start`: Steve first fills its cache of the type. */
  readonly startTimeoutMs: number;
  /** For the `resource.stop` behind an error. */
  readonly stopTimeoutMs: number;
  /** The first wait is this to twice this long; each failure in a row doubles it. */
  readonly firstWaitMs: number;
  /** The longest wait is this to twice this long. */
  readonly longestWaitMs: number;
  /** One that was live for so long was no failure when it ends. */
  readonly healthyAfterMs: number;
}

export const DEFAULT_SUBSCRIPTION_POLICY: SubscriptionPolicy = {
  startTimeoutMs: 60_000,
  stopTimeoutMs: 10_000,
  firstWaitMs: 500,
  longestWaitMs: 30_000,
  healthyAfterMs: 1_000,
};

/** What the owner of the socket has to do now. `list`: call `onListed` or `onListFailed` once it is known. */
export type Step =
  | { readonly kind: "send"; readonly text: string }
  | { readonly kind: "list" }
  | { readonly kind: "reconnect" };

/** Why a subscription ended: an error, the server's plain `resource.stop`, or with its socket. */
export type EndCause = ErrorClass | "stop" | "socket";

/** Told what became of a subscription; times are those that the subscription was told. */
export interface SubscriptionObserver {
  /** Live from now on, with the changes after this resourceVersion; undefined: those from now on. */
  started(revision: string | undefined, atMs: number): void;
  /** Only after `started`. */
  ended(cause: EndCause, atMs: number): void;
  /** Asked for, and refused before it was live. */
  refused(cause: EndCause, atMs: number): void;
  /** Not expected in this state, e.g. a change after the stop. */
  stray(message: SteveMessage, atMs: number): void;
  /** A change, or that there was one. */
  saw(message: SteveMessage, atMs: number): void;
  /** Live again, and this long after it was last. */
  resumed(afterMs: number, atMs: number): void;
}

/** `closed`: its socket is; `stopping`: an error came, and its `resource.stop` has to. */
type State = "closed" | "waiting" | "listing" | "starting" | "live" | "stopping";

/** See the module. */
export class Subscription {
  readonly spec: SubscriptionSpec;
  readonly #policy: SubscriptionPolicy;
  readonly #backoff: Backoff;
  readonly #observer: SubscriptionObserver;
  #state: State = "closed";
  #deadlineMs = Infinity;
  /** Where to go on from; undefined: has to be listed. */
  #revision: string | undefined;
  /** Whether the revision comes from a list, so that another list is not worth a try at once. */
  #isListed = false;
  #startedMs = -Infinity;
  /** Since when it is not live, though it was; Infinity while it is, or never was. */
  #endedMs = Infinity;
  #hasAskedToStop = false;
  /** What its `resource.stop` will be the end of. */
  #error: ErrorClass | undefined;

  constructor(
    spec: SubscriptionSpec,
    { policy, rng, observer }: {
      policy: SubscriptionPolicy;
      rng: Rng;
      observer: SubscriptionObserver;
    },
  ) {
    this.spec = spec;
    this.#policy = policy;
    const { firstWaitMs: firstMs, longestWaitMs: longestMs } = policy;
    this.#backoff = new Backoff({ firstMs, longestMs, spread: [1, 2] }, rng);
    this.#observer = observer;
  }

  get isLive(): boolean {
    return this.#state === "live";
  }

  /** Has neither succeeded nor failed yet since its socket is open. */
  get isPending(): boolean {
    return this.#state === "listing" || this.#state === "starting";
  }

  /** When `onDeadline` is to be called; Infinity for never. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Its socket is open, and nothing was sent on it. */
  onOpen(nowMs: number): Step {
    return this.#begin(nowMs);
  }

  /** Its socket is not open any more. */
  onClose(nowMs: number): void {
    if (this.#state === "live") this.#end("socket", nowMs);
    this.#enter("closed", Infinity);
  }

  onMessage(message: SteveMessage, nowMs: number): Step | undefined {
    switch (message.kind) {
      case "start":
        return this.#onStart(message, nowMs);
      case "create":
      case "change":
      case "remove":
      case "changes":
        return this.#onChange(message, nowMs);
      case "error":
        return this.#onError(message, nowMs);
      case "stop":
        return this.#onStop(message, nowMs);
      case "ping":
      case "other":
      case "malformed":
        return undefined;
    }
  }

  /** @param revision undefined: the type never had an object, so all that comes is new */
  onListed(revision: string | undefined, nowMs: number): Step | undefined {
    if (this.#state !== "listing") return undefined;
    this.#revision = revision;
    this.#isListed = true;
    return this.#subscribe(nowMs);
  }

  onListFailed(nowMs: number): void {
    if (this.#state === "listing") this.#wait(nowMs);
  }

  /** The time of {@link deadlineMs} has come. */
  onDeadline(nowMs: number): Step | undefined {
    if (nowMs < this.#deadlineMs) return undefined;
    if (this.#state === "waiting") return this.#begin(nowMs);
    // A second start with a key that may still be alive is ignored without a word.
    if (this.#state === "starting" || this.#hasAskedToStop) return { kind: "reconnect" };
    this.#hasAskedToStop = true;
    this.#deadlineMs = nowMs + this.#policy.stopTimeoutMs;
    return { kind: "send", text: stopText(this.spec) };
  }

  #begin(nowMs: number): Step {
    if (this.#revision !== undefined) return this.#subscribe(nowMs);
    this.#enter("listing", Infinity);
    return { kind: "list" };
  }

  #subscribe(nowMs: number): Step {
    this.#enter("starting", nowMs + this.#policy.startTimeoutMs);
    return { kind: "send", text: subscribeText(this.spec, this.#revision) };
  }

  #onStart(message: SteveMessage, nowMs: number): undefined {
    if (this.#state !== "starting") {
      this.#observer.stray(message, nowMs);
      return undefined;
    }
    this.#enter("live", Infinity);
    this.#startedMs = nowMs;
    this.#observer.started(this.#revision, nowMs);
    return undefined;
  }

  #onChange(message: SteveMessage, nowMs: number): undefined {
    if (this.#state !== "live") {
      this.#observer.stray(message, nowMs);
      return undefined;
    }
    const { revision } = message;
    if (revision !== undefined && Number(revision) > Number(this.#revision ?? 0)) {
      this.#revision = revision;
      this.#isListed = false;
    }
    this.#observer.saw(message, nowMs);
    return undefined;
  }

  #onError({ error = "" }: SteveMessage, nowMs: number): undefined {
    this.#error = errorClass(error);
    if (this.#state === "starting") this.#observer.refused(this.#error, nowMs);
    if (this.#state !== "starting" && this.#state !== "live") return undefined;
    if (this.#state === "live") this.#end(this.#error, nowMs);
    this.#enter("stopping", nowMs + this.#policy.stopTimeoutMs);
    return undefined;
  }

  #onStop(message: SteveMessage, nowMs: number): Step | undefined {
    const error = this.#error;
    if (this.#state === "live") this.#end("stop", nowMs);
    else if (this.#state === "starting") this.#observer.refused("stop", nowMs);
    else if (this.#state !== "stopping") {
      this.#observer.stray(message, nowMs);
      return undefined;
    }
    if (error === "too-old") {
      const wasListed = this.#isListed;
      this.#revision = undefined;
      // A list is news, once; a listed version that is too old as well is a server in trouble.
      if (!wasListed) return this.#begin(nowMs);
    }
    this.#wait(nowMs);
    return undefined;
  }

  #end(cause: EndCause, nowMs: number): void {
    if (nowMs - this.#startedMs >= this.#policy.healthyAfterMs) this.#recovered();
    if (this.#endedMs === Infinity) this.#endedMs = nowMs;
    this.#observer.ended(cause, nowMs);
  }

  /** To be called now and then: whether the latest start has held. */
  confirm(nowMs: number): void {
    if (this.#state !== "live" || nowMs - this.#startedMs < this.#policy.healthyAfterMs) return;
    this.#recovered();
  }

  #recovered(): void {
    this.#backoff.succeeded();
    if (this.#startedMs < this.#endedMs) return;
    this.#observer.resumed(this.#startedMs - this.#endedMs, this.#startedMs);
    this.#endedMs = Infinity;
  }

  #wait(nowMs: number): void {
    this.#enter("waiting", nowMs + this.#backoff.failedAt(nowMs));
  }

  #enter(state: State, deadlineMs: number): void {
    this.#state = state;
    this.#deadlineMs = deadlineMs;
    if (state === "stopping") return;
    this.#error = undefined;
    this.#hasAskedToStop = false;
  }
}
