/** A stand-in that answers everything in the same way, and calls to put through faults. @module */

import { createRng } from "../../../core/load/rng.ts";
import type { ApiHandler } from "../../../sandbox/faults/fault.ts";
import { FaultChain } from "../../../sandbox/faults/fault_chain.ts";
import { parseFault } from "../../../sandbox/faults/fault_spec.ts";
import type { ApiCall } from "../../../sandbox/kubernetes/api_state.ts";
import { seen } from "../../../sandbox/request_kind.ts";
import { FakeClock } from "../../support/fake_clock.ts";

export const COLLECTION = "/api/v1/namespaces/ns/configmaps";

export function callOf(
  method: string,
  path: string,
  { body = "", signal = new AbortController().signal }: { body?: string; signal?: AbortSignal } =
    {},
): ApiCall {
  const user = { username: "someone", groups: [] };
  return { method, path, headers: new Headers(), body, user, signal };
}

/** Faults around a handler, on a clock that only the test moves. */
export class Faulty {
  readonly clock = new FakeClock();
  readonly #chain: FaultChain;
  /** The paths that got past the faults. */
  readonly handled: string[] = [];
  handler: ApiHandler = () => Promise.resolve(new Response("fine"));

  constructor(faults: readonly string[], { seed = 1 } = {}) {
    this.#chain = new FaultChain(faults.map(parseFault), {
      clock: this.clock,
      rng: createRng(seed),
    });
  }

  get hits() {
    return this.#chain.hits;
  }

  answer(call: ApiCall): Promise<Response> {
    return this.#chain.answer(call, {
      seen: seen(call),
      handler: (passed) => {
        this.handled.push(passed.path);
        return this.handler(passed);
      },
    });
  }

  create(name = "a"): Promise<Response> {
    const body = JSON.stringify({ metadata: { name } });
    return this.answer(callOf("POST", COLLECTION, { body }));
  }
}

/** The server's end of a watch, and what a client gets of it. */
export class FaultyWatch {
  readonly faulty: Faulty;
  readonly received: string[] = [];
  /** Why the client's end is over; undefined as long as it is not. */
  ended: "closed" | "broken" | undefined;
  /** The client's end has told the server's. */
  isCancelled = false;
  readonly #stopping = new AbortController();
  #server: ReadableStreamDefaultController<Uint8Array> | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(faults: readonly string[], options: { seed?: number } = {}) {
    this.faulty = new Faulty(faults, options);
    this.faulty.handler = () => Promise.resolve(new Response(this.#body()));
  }

  get clock(): FakeClock {
    return this.faulty.clock;
  }

  async open(): Promise<void> {
    const { signal } = this.#stopping;
    const answer = await this.faulty.answer(
      callOf("GET", `${COLLECTION}?watch=1`, { signal }),
    );
    this.#reader = answer.body!.getReader();
    void this.#read(this.#reader);
    await this.clock.settle();
  }

  /** Each as `{"type":TYPE,"object":{"metadata":{"name":NAME}}}`. */
  async send(...events: readonly (readonly [type: string, name: string])[]): Promise<void> {
    const lines = events.map(([type, name]) =>
      JSON.stringify({ type, object: { metadata: { name } } }) + "\n"
    );
    this.#server!.enqueue(new TextEncoder().encode(lines.join("")));
    await this.clock.settle();
  }

  async closeByServer(): Promise<void> {
    this.#server!.close();
    await this.clock.settle();
  }

  async leave(): Promise<void> {
    await this.#reader!.cancel();
    await this.clock.settle();
  }

  async stopSandbox(): Promise<void> {
    this.#stopping.abort();
    await this.clock.settle();
  }

  /** `TYPE name` of each. */
  get events(): string[] {
    return this.received.map((line) => {
      const { type, object } = JSON.parse(line);
      return `${type} ${object.metadata?.name ?? object.reason}`;
    });
  }

  #body(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      start: (controller) => void (this.#server = controller),
      cancel: () => void (this.isCancelled = true),
    });
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        this.received.push(...decoder.decode(part.value).trim().split("\n"));
      }
      this.ended = "closed";
    } catch {
      this.ended = "broken";
    }
  }
}
