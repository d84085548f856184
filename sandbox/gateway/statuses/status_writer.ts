/**
 * In which order are statuses written? One at a time: those of all routes that wait, then each Gateway
 * once, however often it was asked for meanwhile. So Gateways are written far more seldom than routes
 * while routes are added, and the longer a pass takes, the more the next one brings together.
 * @module
 */

import { yieldToEventLoop } from "../../../core/load/clock.ts";

interface Writes {
  route(key: string): Promise<void>;
  gateway(key: string): Promise<void>;
}

export class StatusWriter {
  readonly #writes: Writes;
  readonly #ended: AbortSignal;
  readonly #routes = new Set<string>();
  readonly #gateways = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(writes: Writes, { ended }: { readonly ended: AbortSignal }) {
    this.#writes = writes;
    this.#ended = ended;
  }

  wantRoute(key: string): void {
    this.#routes.add(key);
    this.#running ??= this.#run();
  }

  wantGateway(key: string): void {
    this.#gateways.add(key);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#routes.size + this.#gateways.size > 0 && !this.#ended.aborted) {
      // So that what is asked for at once is of one pass.
      await yieldToEventLoop();
      await this.#each(this.#routes, (key) => this.#writes.route(key));
      await this.#each(this.#gateways, (key) => this.#writes.gateway(key));
    }
    this.#running = undefined;
  }

  /** Those that are there now; what is asked for meanwhile has to wait for the next pass. */
  async #each(waiting: Set<string>, write: (key: string) => Promise<void>): Promise<void> {
    const keys = [...waiting];
    waiting.clear();
    for (const key of keys) {
      // A thousand in a row would keep the API server from its clients.
      await yieldToEventLoop();
      if (this.#ended.aborted) return;
      await write(key);
    }
  }
}
