/**
 * Who waits for what becomes of which route? Each is woken by that route alone, so that thousands of
 * waits for thousands of routes do not look thousands of times at each change.
 * @module
 */

/** See the module. */
export class RouteWakes {
  readonly #byRoute = new Map<string, Set<() => void>>();

  /** Until the returned function is called. @param route `namespace/name` */
  on(route: string, wake: () => void): () => void {
    const wakes = this.#byRoute.get(route) ?? new Set();
    this.#byRoute.set(route, wakes);
    wakes.add(wake);
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.#byRoute.get(route) === wakes) this.#byRoute.delete(route);
    };
  }

  wake(route: string): void {
    for (const wake of this.#byRoute.get(route) ?? []) wake();
  }
}
