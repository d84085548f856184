/**
 * One request under way: what cuts it, whoever wants it cut (its caller, its time limit, the loss of
 * its connection), and whether anything of it came.
 * @module
 */

import type { AbortGroups } from "../../core/load/abort_groups.ts";
import type { Wire } from "./wire.ts";

/** Told when a request begins and ceases to wait for the server, and when something came. */
export interface Carrier {
  waits(request: UnderWay): void;
  heard(request: UnderWay): void;
  rests(request: UnderWay): void;
}

/** Dispose it when nothing of the request is to come any more. */
export class UnderWay implements Disposable {
  readonly #controller = new AbortController();
  readonly #carrier: Carrier;
  readonly #aborts: AbortGroups;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #onAbort = () => this.cut(this.#callerSignal?.reason);
  #isStream = false;
  #wire: Wire | undefined;
  /** Of the one who waits for the body. */
  #reject: (reason: unknown) => void = () => {};

  /** @param options `signal`: the caller's; with its reason the request is cut */
  constructor(
    carrier: Carrier,
    { aborts, signal }: { aborts: AbortGroups; signal: AbortSignal | undefined },
  ) {
    this.#carrier = carrier;
    this.#aborts = aborts;
    this.#callerSignal = signal;
    if (signal?.aborted) this.#onAbort();
    else if (signal !== undefined) aborts.add(signal, this.#onAbort);
  }

  /** Aborts with the reason for which the request is cut. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it is answered, and its body is a stream that ends when it pleases. */
  get isStream(): boolean {
    return this.#isStream;
  }

  /** What it was sent over last; undefined before. */
  get wire(): Wire | undefined {
    return this.#wire;
  }

  /** It is on its way to the server. */
  sent(wire: Wire): void {
    if (wire !== this.#wire) this.#carrier.rests(this);
    this.#wire = wire;
    this.#carrier.waits(this);
  }

  /** Something of its answer came. */
  heard(): void {
    this.#carrier.heard(this);
  }

  /** It waits for something else than the server, until it is sent again. */
  rests(): void {
    this.#carrier.rests(this);
  }

  /** The head of its answer came, and the rest comes over time. */
  streams(): void {
    this.#carrier.rests(this);
    this.#isStream = true;
    this.#carrier.waits(this);
  }

  /** The first reason counts. */
  cut(reason: unknown): void {
    this.#controller.abort(reason);
    this.#reject(this.signal.reason);
  }

  /** The same, or a rejection with the reason once it is cut: fetch may miss an abort. */
  orCut<T>(promise: Promise<T>): Promise<T> {
    const { promise: either, resolve, reject } = Promise.withResolvers<T>();
    this.#reject = reject;
    if (this.signal.aborted) reject(this.signal.reason);
    promise.then(resolve, reject);
    return either;
  }

  [Symbol.dispose](): void {
    this.#carrier.rests(this);
    if (this.#callerSignal !== undefined) this.#aborts.remove(this.#callerSignal, this.#onAbort);
  }
}
