/**
 * Other routes that change while something is measured: one after another, each time to a value that
 * was never there. Makes none of them.
 * @module
 */

import type { ArrivalProcess } from "../../../core/load/arrival.ts";
import { execute, type LoadContext } from "../../../core/load/executor.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { refOf } from "../frame/route_set.ts";
import type { NewRoutes } from "./new_routes.ts";

export interface ChurnerOptions {
  readonly arrivals: ArrivalProcess;
  readonly routes: NewRoutes;
  /** Of those that change by turns, at least one. */
  readonly numbers: readonly number[];
}

/** See the module. */
export class Churner {
  readonly #scene: Scene;
  readonly #options: ChurnerOptions;

  constructor(scene: Scene, options: ChurnerOptions) {
    this.#scene = scene;
    this.#options = options;
  }

  /** Until it is stopping. */
  async run(context: LoadContext): Promise<void> {
    const { arrivals, routes, numbers } = this.#options;
    const { writes } = this.#scene;
    await execute({ ...context, rng: context.rng.fork("churn") }, {
      workload: {
        name: "route changes",
        firstOp: "update",
        async iterate({ index, dueMs }) {
          const number = numbers[index % numbers.length]!;
          const { fields, object } = routes.changed(number, index + 1);
          const body = { spec: { rules: (object["spec"] as { rules: unknown }).rules } };
          await outcomeOf(context, writes.update(context, refOf(fields), body, { dueMs }));
        },
      },
      model: {
        kind: "open",
        arrivals,
        maxInFlight: Infinity,
        whenFull: "queue",
        catchUp: "burst",
      },
    });
  }
}
