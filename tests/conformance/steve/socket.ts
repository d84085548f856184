/**
 * One socket on Steve's `/v1/subscribe`, as the suite uses it: what comes is kept, in order, until it
 * is asked for. Judges nothing but whether something came in time.
 * @module
 */

import assert from "node:assert/strict";
import { SystemClock } from "../../../core/load/clock.ts";
import { started, type Subscription } from "./messages.ts";
import type { SteveSubject } from "./subject.ts";

const PATIENCE_MS = 15_000;
const clock = new SystemClock();

/** A frame and when it came. */
export interface Frame {
  readonly text: string;
  /** On the clock of {@link nowMs}. */
  readonly atMs: number;
}

export function nowMs(): number {
  return clock.now();
}

export class SteveSocket implements AsyncDisposable {
  readonly openedAtMs = clock.now();
  /** They come whatever else does, and are kept apart. */
  readonly pings: Frame[] = [];
  readonly #socket: WebSocket;
  readonly #frames: Frame[] = [];
  #arrived = new AbortController();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      assert.equal(typeof data, "string", "every message is a text frame");
      const frames = data.startsWith('{"name":"ping"') ? this.pings : this.#frames;
      frames.push({ text: data, atMs: clock.now() });
      this.#wake();
    };
    socket.onclose = () => this.#wake();
  }

  static async open({ url }: Pick<SteveSubject, "url">): Promise<SteveSocket> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/subscribe`);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
    });
    return new SteveSocket(socket);
  }

  /** A value is sent as JSON, a string as it is. */
  send(message: Subscription | string): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Subscribes; resolves when the server has said that it has begun, which must be the next word. */
  async subscribe(subscription: Subscription): Promise<void> {
    this.send(subscription);
    assert.equal(await this.next(), started(subscription));
  }

  /** The text of the next frame; fails if none comes. */
  async next(): Promise<string> {
    return (await this.nextFrame()).text;
  }

  async nextFrame(): Promise<Frame> {
    await this.#until(clock.now() + PATIENCE_MS);
    assert.ok(this.#frames.length > 0, `no message within ${PATIENCE_MS / 1_000} s`);
    return this.#frames.shift()!;
  }

  /** The text of the next frame, or undefined if none comes within that time. */
  async nextWithin(ms: number): Promise<string | undefined> {
    await this.#until(clock.now() + ms);
    return this.#frames.shift()?.text;
  }

  /** The next so many frames, in an order of their own: for messages of several subscriptions. */
  async nextSorted(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push(await this.next());
    return texts.sort();
  }

  /** Fails if anything comes within that time, or has come. */
  async staysSilent(ms: number): Promise<void> {
    await clock.sleepUntil(clock.now() + ms);
    assert.deepEqual(this.#frames.map(({ text }) => text), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      this.#socket.onclose = () => resolve();
      this.#socket.close();
    });
  }

  /** Resolves when there is a frame, or then. */
  async #until(endMs: number): Promise<void> {
    while (this.#frames.length === 0 && clock.now() < endMs) {
      assert.ok(this.#socket.readyState === WebSocket.OPEN, "the server closed the socket");
      await clock.sleepUntil(endMs, this.#arrived.signal);
    }
  }

  #wake(): void {
    this.#arrived.abort();
    this.#arrived = new AbortController();
  }
}
