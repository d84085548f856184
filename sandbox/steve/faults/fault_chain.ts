/**
 * Which fault of Steve is on, and what does it change? All faults of a sandbox, one around the other;
 * their time begins with the first socket, so that getting ready is spared.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { FaultHits } from "../../faults/fault_chain.ts";
import type { SteveFaultSpec } from "./fault_spec.ts";
import type { SteveFault } from "./steve_fault.ts";

interface FaultSurroundings {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly ended: AbortSignal;
}

export class SteveFaultChain {
  readonly #clock: Clock;
  readonly #ended: AbortSignal;
  readonly #faults: readonly RunningFault[];
  #hasBegun = false;

  constructor(specs: readonly SteveFaultSpec[], around: FaultSurroundings) {
    this.#clock = around.clock;
    this.#ended = around.ended;
    this.#faults = specs.map((spec, index) =>
      new RunningFault(spec, { ...around, rng: around.rng.fork(`fault ${index}`) })
    );
  }

  get hits(): FaultHits[] {
    return this.#faults.map(({ hits }) => hits);
  }

  /** The first socket has opened; later calls do nothing. @param closeSockets when one asks for it */
  begin(closeSockets: () => number): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    for (const fault of this.#faults) {
      fault.begin();
      if (fault.part("closesSockets")) void this.#closeAt(fault, closeSockets);
    }
  }

  async #closeAt(fault: RunningFault, closeSockets: () => number): Promise<void> {
    await this.#clock.sleepUntil(fault.startMs, this.#ended);
    if (this.#ended.aborted) return;
    const closed = closeSockets();
    fault.count(closed, closed);
  }

  /** Calls `send` once, unless a fault will have it otherwise. */
  notify(send: () => void): void {
    const parts = this.#on("onNotification");
    if (parts.length === 0) return send();
    const chained = parts.reduceRight<() => void>((next, { fault, part }) => () => {
      let sent = 0;
      part.call(fault.fault, () => {
        sent++;
        next();
      });
      fault.count(1, sent === 1 ? 0 : 1);
    }, send);
    chained();
  }

  tellsOfReset(): boolean {
    return this.#on("tellsOfReset").every(({ fault, part }) => {
      const tells = part.call(fault.fault);
      fault.count(1, tells ? 0 : 1);
      return tells;
    });
  }

  walBytes(bytes: number): number {
    return this.#on("walBytes").reduce((size, { fault, part }) => {
      fault.count(1, 1);
      return part.call(fault.fault, size);
    }, bytes);
  }

  /** Whether new sockets are taken. */
  takesSockets(): boolean {
    return this.#on("closesSockets").every(({ fault }) => {
      fault.count(1, 1);
      return false;
    });
  }

  async beforeList(signal: AbortSignal): Promise<void> {
    for (const { fault, part } of this.#on("beforeList")) {
      fault.count(1, 1);
      await part.call(fault.fault, signal);
    }
  }

  /** The outermost first; asked for every message, so that without faults it costs nothing. */
  #on<Part extends keyof SteveFault>(name: Part) {
    if (this.#faults.length === 0) return [];
    const nowMs = this.#clock.now();
    return this.#faults.flatMap((fault) => {
      const part = fault.part(name);
      return part === undefined || !fault.isOn(nowMs) ? [] : [{ fault, part }];
    });
  }
}

class RunningFault {
  readonly #spec: SteveFaultSpec;
  readonly #around: FaultSurroundings;
  /** Begun with the first socket. */
  #fault: SteveFault | undefined;
  #startMs = Infinity;
  #concerned = 0;
  #hit = 0;

  constructor(spec: SteveFaultSpec, around: FaultSurroundings) {
    this.#spec = spec;
    this.#around = around;
  }

  get startMs(): number {
    return this.#startMs;
  }

  get fault(): SteveFault {
    return this.#fault!;
  }

  get hits(): FaultHits {
    return { fault: this.#spec.text, concerned: this.#concerned, hit: this.#hit };
  }

  begin(): void {
    this.#fault = this.#spec.kind.start(this.#spec.value, this.#around);
    this.#startMs = this.#around.clock.now() + this.#spec.afterMs;
  }

  part<Part extends keyof SteveFault>(name: Part): SteveFault[Part] | undefined {
    return this.#fault?.[name];
  }

  isOn(nowMs: number): boolean {
    return nowMs >= this.#startMs && nowMs < this.#startMs + this.#spec.forMs;
  }

  count(concerned: number, hit: number): void {
    this.#concerned += concerned;
    this.#hit += hit;
  }
}
