/** Endpoints of random simulated Services move on and on: the workload of an open load. @module */

import type { Rng } from "../../../core/load/rng.ts";
import type { TimedContext } from "../../../core/load/timed.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import { type EndpointChurn, UPDATE_ENDPOINTS } from "./endpoint_churn.ts";
import { outcomeOf } from "./outcome.ts";

/** See the module. */
export class EndpointMoves implements Workload {
  readonly name = "endpoint churn";
  readonly firstOp = UPDATE_ENDPOINTS;
  /** Those that were written. */
  changes = 0;
  readonly #context: TimedContext & { readonly rng: Rng };
  readonly #rng: Rng;
  readonly #churn: EndpointChurn;

  constructor(context: TimedContext & { readonly rng: Rng }, churn: EndpointChurn) {
    this.#context = context;
    this.#rng = context.rng.fork("which endpoints");
    this.#churn = churn;
  }

  async iterate({ dueMs }: Iteration): Promise<void> {
    const slice = 1 + this.#rng.integerBelow(this.#churn.slices);
    const writing = this.#churn.rewrite(this.#context, slice, { dueMs }).then(() => true);
    if (await outcomeOf(this.#context, writing)) this.changes++;
  }
}
