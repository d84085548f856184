/**
 * Who waits for what becomes of which route? Who waits for one is woken by that one alone, so that
 * thousands of waits for thousands of routes do not look thousands of times at each change.
 * @module
 */

import { Wakes } from "../../../core/load/wakes.ts";

/** See the module. */
export class RouteWakes {
  /** Undefined: those that wait for any. */
  readonly #byRoute = new Map<string | undefined, Wakes>();

  /** Until the returned function is called. @param route `namespace/name`; undefined: of any */
  on(route: string | undefined, wake: () => void): () => void {
    const wakes = this.#byRoute.get(route) ?? new Wakes();
    this.#byRoute.set(route, wakes);
    const unsubscribe = wakes.woken(wake);
    return () => {
      unsubscribe();
      if (wakes.isEmpty && this.#byRoute.get(route) === wakes) this.#byRoute.delete(route);
    };
  }

  wake(route: string): void {
    for (const wakes of [this.#byRoute.get(route), this.#byRoute.get(undefined)]) wakes?.wake();
  }
}
