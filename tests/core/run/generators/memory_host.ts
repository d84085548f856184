/**
 * Generators without processes: each is a conducted run on the test's own clock, whose lines reach the
 * coordinator as text, as they would from a pipe. The test can lose, double and hold up lines, and end
 * a generator as a kill does.
 * @module
 */

import type { Coordinator } from "../../../../core/generators/coordinator.ts";
import type {
  GeneratorEnd,
  GeneratorEvents,
  GeneratorHost,
  GeneratorsToldOf,
} from "../../../../core/generators/host.ts";
import { type ClockOffset, GeneratorLine } from "../../../../core/generators/line.ts";
import { lineTelling } from "../../../../core/generators/line_telling.ts";
import type { Order } from "../../../../core/generators/order.ts";
import { OrderInbox } from "../../../../core/generators/order_inbox.ts";
import type { Share } from "../../../../core/load/share.ts";

/** One of them. */
export interface MemoryGenerator {
  readonly share: Share;
  readonly inbox: OrderInbox;
  readonly coordinator: Coordinator;
  readonly gone: AbortController;
}

interface MemoryHostOptions {
  readonly count: number;
  readonly kind?: GeneratorsToldOf["kind"];
  /** Its life, from its start to its exit code. */
  readonly live: (generator: MemoryGenerator) => Promise<number>;
  /** What becomes of a line on its way; by default it arrives, once. */
  readonly carry?: (line: GeneratorLine, arrive: (line: GeneratorLine) => void) => void;
  readonly clockOf?: (index: number) => ClockOffset;
  readonly silenceMs?: number;
}

export class MemoryHost implements GeneratorHost {
  readonly place: GeneratorsToldOf;
  readonly orderWithinMs = 100;
  readonly silenceMs: number;
  /** All that came out of them. */
  readonly lines: GeneratorLine[] = [];
  readonly orders: Order[] = [];
  readonly generators: MemoryGenerator[] = [];
  readonly #options: MemoryHostOptions;
  readonly #gone = new Set<number>();
  #events: GeneratorEvents | undefined;

  constructor(options: MemoryHostOptions) {
    this.#options = options;
    this.silenceMs = options.silenceMs ?? 30_000;
    this.place = { kind: options.kind ?? "processes", count: options.count, found: {} };
  }

  start(events: GeneratorEvents): Promise<void> {
    this.#events = events;
    for (let index = 0; index < this.#options.count; index++) this.begin(index);
    return Promise.resolve();
  }

  /** Starts one, be it anew. */
  begin(index: number): void {
    this.#gone.delete(index);
    const generator = this.#generator(index);
    this.generators[index] = generator;
    void this.#options.live(generator).then((code) => {
      if (this.generators[index] !== generator) return;
      this.end(index, {
        isOrderly: code === 0,
        why: `exit code ${code}`,
        isReplaced: false,
      });
    });
  }

  send(order: Order): Promise<void> {
    this.orders.push(order);
    for (const { share, inbox } of this.generators) {
      if (!this.#gone.has(share.index)) inbox.receive(order);
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const { gone } of this.generators) gone.abort();
    return Promise.resolve();
  }

  /** Nothing of it arrives any more, and it obeys no order. */
  end(index: number, end: GeneratorEnd): void {
    if (this.#gone.has(index)) return;
    this.#gone.add(index);
    this.generators[index]?.gone.abort(); // or it would outlive the test
    this.#events?.onEnd(index, end);
  }

  kill(index: number, isReplaced = false): void {
    this.end(index, { isOrderly: false, why: "killed by SIGKILL", isReplaced });
  }

  gap(index: number, why: string): void {
    this.#events?.onGap(index, why);
  }

  #generator(index: number): MemoryGenerator {
    const { count, clockOf = () => ({ offsetMs: 0, boundMs: 0 }) } = this.#options;
    const share = { index, of: count };
    const inbox = new OrderInbox();
    const gone = new AbortController();
    const coordinator: Coordinator = {
      share,
      clockOffset: () => Promise.resolve(clockOf(index)),
      tell: lineTelling(index, (text) => {
        if (!gone.signal.aborted) this.#told(text);
      }),
      onOrder: (listener) => inbox.subscribe(listener),
      gone: gone.signal,
    };
    return { share, inbox, coordinator, gone };
  }

  #told(text: string): void {
    const line = GeneratorLine.parse(JSON.parse(text));
    this.lines.push(line);
    const { carry = (one, arrive) => arrive(one) } = this.#options;
    carry(line, (one) => this.#events?.onLine(one));
  }
}
