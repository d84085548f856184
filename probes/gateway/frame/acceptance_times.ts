/**
 * When did the status of a route say that it is accepted as it was written last, and as it was each
 * time before? From what the watch of routes tells.
 * @module
 */

import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { RouteWatch } from "./route_watch.ts";
import { ACCEPTED_AFTER } from "./served_late.ts";

/** See the module. Dispose it to look no longer. */
export class AcceptanceTimes implements Disposable {
  readonly #recorder: Recorder;
  readonly #routes: Pick<RouteWatch, "get">;
  readonly #tags: Tags;
  /** By route: when each write of it was due. The first one makes generation 1, and so on. */
  readonly #due = new Map<string, number[]>();
  /** By route and Gateway: when each of these writes was accepted. */
  readonly #accepted = new Map<string, number[]>();
  readonly #end: () => void;

  constructor(
    recorder: Recorder,
    { routes, tags = {} }: {
      readonly routes: Pick<RouteWatch, "get" | "onAcceptance">;
      readonly tags?: Tags;
    },
  ) {
    this.#recorder = recorder;
    this.#routes = routes;
    this.#tags = tags;
    this.#end = routes.onAcceptance(({ atMs, route, gateway, acceptance }) => {
      if (acceptance.state === "accepted") this.#on({ atMs, route, gateway });
    });
  }

  /** The route is about to be written. @param route `namespace/name` */
  expect(route: string, dueMs: number): void {
    const due = this.#due.get(route) ?? [];
    this.#due.set(route, due);
    due.push(dueMs);
  }

  /** The write that was expected last has failed. */
  retract(route: string): void {
    this.#due.get(route)?.pop();
  }

  /** On the clock; undefined: not yet. @param write which of the expected ones, from 1 */
  of(route: string, gateway: string, write = 1): number | undefined {
    return this.#accepted.get(keyOf(route, gateway))?.[write - 1];
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  #on({ atMs, route, gateway }: { atMs: number; route: string; gateway: string }): void {
    const due = this.#due.get(route);
    if (due === undefined) return;
    const { generation = 1 } = this.#routes.get(route)?.metadata ?? {};
    const key = keyOf(route, gateway);
    const accepted = this.#accepted.get(key) ?? [];
    this.#accepted.set(key, accepted);
    for (const dueMs of due.slice(accepted.length, generation)) {
      accepted.push(atMs);
      const tags = { gateway, ...this.#tags };
      this.#recorder.observeMs(ACCEPTED_AFTER, atMs - dueMs, { atMs, tags });
    }
  }
}

function keyOf(route: string, gateway: string): string {
  return `${route} ${gateway}`;
}
