/**
 * One data plane, asked for many routes side by side, over connections of one kind: a few questions at
 * a time, and no more a second than it takes. Never judges an answer.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { Permits } from "../../../core/load/permits.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { Answer } from "./answer.ts";
import { Asker, type ConnectionKind, type DataPlane, type Question } from "./data_plane.ts";

export interface AskerPoolOptions {
  readonly clock: Clock;
  readonly connection: ConnectionKind;
  /** For one answer. */
  readonly timeoutMs: number;
  /** From one question of a waiter to its next, if there are few of them. */
  readonly intervalMs: number;
}

/** Questions under way at a time, and so the most sockets. */
export const SOCKETS_OF_A_POOL = 16;
/** Of all waiters together: beyond it each of them asks less often. 500 a second is a tenth of a core. */
const MOST_PER_MS = 0.5;

/** See the module. Dispose it to close what it keeps. */
export class AskerPool implements Disposable {
  /** Of what is measured with it. */
  readonly tags: Tags;
  readonly connection: ConnectionKind;
  readonly #plane: DataPlane;
  readonly #options: AskerPoolOptions;
  readonly #permits = new Permits(SOCKETS_OF_A_POOL);
  /** Those that ask nothing; the one that asked last comes first. */
  readonly #idle: Asker[] = [];
  #waiters = 0;

  constructor(plane: DataPlane, options: AskerPoolOptions) {
    this.tags = { gateway: plane.gateway, connection: options.connection };
    this.connection = options.connection;
    this.#plane = plane;
    this.#options = options;
  }

  /** From one question of a waiter to its next, by how many there are now. */
  get intervalMs(): number {
    return Math.max(this.#options.intervalMs, this.#waiters / MOST_PER_MS);
  }

  /** Somebody asks again and again, until disposed of. */
  waiter(): Disposable {
    this.#waiters++;
    return { [Symbol.dispose]: () => void this.#waiters-- };
  }

  /** When its turn has come. @throws the signal's reason, once it has aborted */
  async ask(question: Question & { readonly signal: AbortSignal }): Promise<Answer> {
    const { signal } = question;
    if (!await this.#permits.take(signal)) throw signal.reason;
    const { clock, connection, timeoutMs } = this.#options;
    const asker = this.#idle.pop() ?? new Asker(this.#plane, { clock, connection, timeoutMs });
    try {
      return await asker.ask(question);
    } finally {
      this.#idle.push(asker);
      this.#permits.release();
    }
  }

  [Symbol.dispose](): void {
    for (const asker of this.#idle) asker[Symbol.dispose]();
  }
}
