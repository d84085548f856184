/**
 * Which request does which fault hit? The faults of a sandbox, one around the other and all of them
 * around the stand-in: the first that was named sees a request first. Chance comes from the seed, and
 * is asked once for each request concerned, in the order in which they come.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ApiCall } from "../kubernetes/api_state.ts";
import type { SeenRequest } from "../request_kind.ts";
import type { ApiHandler, Hit } from "./fault.ts";
import type { FaultSpec } from "./fault_spec.ts";

/** What became of one fault. */
export interface FaultHits {
  /** As it was given. */
  readonly fault: string;
  /** Those that it could hit. */
  readonly concerned: number;
  readonly hit: number;
  /** What they are; absent: requests. */
  readonly of?: string;
}

export class FaultChain {
  readonly #faults: readonly RunningFault[];

  constructor(
    specs: readonly FaultSpec[],
    { clock, rng }: { readonly clock: Clock; readonly rng: Rng },
  ) {
    this.#faults = specs.map((spec, index) =>
      new RunningFault(spec, { clock, rng: rng.fork(`fault ${index} ${spec.kind.name}`) })
    );
  }

  get hits(): FaultHits[] {
    return this.#faults.map(({ hits }) => hits);
  }

  /** The answer, by a fault or by the handler. */
  answer(call: ApiCall, { seen, handler }: { seen: SeenRequest; handler: ApiHandler }) {
    const chained = this.#faults.reduceRight<ApiHandler>(
      (next, fault) => (passed) => fault.answer({ call: passed, seen, next }),
      handler,
    );
    return chained(call);
  }
}

class RunningFault {
  readonly #spec: FaultSpec;
  readonly #clock: Clock;
  /** Whether a request is hit; the fault itself has chance of its own. */
  readonly #draws: Rng;
  readonly #hitWith: Hit;
  #firstMs: number | undefined;
  #concerned = 0;
  #hit = 0;

  constructor(spec: FaultSpec, { clock, rng }: { clock: Clock; rng: Rng }) {
    this.#spec = spec;
    this.#clock = clock;
    this.#draws = rng.fork("requests");
    this.#hitWith = spec.kind.start(spec.value, { clock, rng: rng.fork("own") });
  }

  get hits(): FaultHits {
    return { fault: this.#spec.text, concerned: this.#concerned, hit: this.#hit };
  }

  answer(request: Parameters<Hit>[0]): Promise<Response> {
    if (!this.#isHit(request.seen)) return request.next(request.call);
    this.#hit++;
    return this.#hitWith(request);
  }

  #isHit({ kind }: SeenRequest): boolean {
    const { on, share, afterMs, forMs } = this.#spec;
    if (!on.has(kind)) return false;
    this.#concerned++;
    const nowMs = this.#clock.now();
    this.#firstMs ??= nowMs;
    const sinceMs = nowMs - this.#firstMs;
    // Drawn also outside of the time, so that the draws of a request do not depend on the clock.
    return this.#draws.next() < share && sinceMs >= afterMs && sinceMs < afterMs + forMs;
  }
}
