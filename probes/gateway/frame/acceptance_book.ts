/**
 * Which routes does one Gateway say it has accepted, and of which does it say so without telling the
 * generation that it means? A controller that never writes one, or that goes on speaking of an earlier
 * one, has accepted a route all the same, as far as can be known. Told what the statuses say; never
 * looks by itself.
 * Source: gateway-api, apis/v1/shared_types.go, RouteParentStatus; apimachinery, Condition.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Acceptance } from "../../../kube/gateway_api/route_status.ts";

/**
 * `missing`: no generation is told, or 0, which none is; `stale`: an earlier one, and it does not advance
 * although nothing else does either. One that advances is only late, however far behind: a route that
 * changes all the time is ahead of it always. So is one whose writer is busy with other routes: behind
 * thousands of them its turn may come after minutes.
 */
export type Unversioned = "missing" | "stale";

interface AcceptanceBookOptions {
  readonly clock: Clock;
  /**
   * How long one and the same earlier generation may be told of, with no route's status advancing
   * meanwhile, until it is no delay any more.
   */
  readonly staleAfterMs: number;
  /** Called for each route, once until its status advances; must not throw. */
  readonly onUnversioned: (route: string, how: Unversioned) => void;
}

interface Behind {
  /** The generation that is told of. */
  readonly observed: number;
  readonly endPatience: () => void;
}

/** See the module. Routes are `namespace/name`. Dispose it to wait for nothing. */
export class AcceptanceBook implements Disposable {
  readonly #options: AcceptanceBookOptions;
  readonly #accepted = new Set<string>();
  readonly #unversioned = new Set<string>();
  /** Of routes whose status is about an earlier generation. */
  readonly #behind = new Map<string, Behind>();
  /** When a status has come to be about a later generation, of any route. */
  #advancedMs = -Infinity;

  constructor(options: AcceptanceBookOptions) {
    this.#options = options;
  }

  /** Routes that are accepted as they are now. */
  get acceptedCount(): number {
    return this.#accepted.size;
  }

  isAccepted(route: string): boolean {
    return this.#accepted.has(route);
  }

  isUnversioned(route: string): boolean {
    return this.#unversioned.has(route);
  }

  /** Whether it has come to be accepted as it is now by this, or has ceased to be. */
  take(route: string, acceptance: Acceptance): boolean {
    const was = this.#accepted.has(route);
    const { state, status, observation, observedGeneration = 0 } = acceptance;
    if (state === "accepted") this.#accepted.add(route);
    else this.#accepted.delete(route);
    if (!was && state === "accepted") this.#advancedMs = this.#options.clock.now();
    if (state !== "stale" || status !== "True") this.#settle(route);
    else if (observation !== "stale") this.#note(route, "missing");
    else this.#beginPatience(route, observedGeneration);
    return was !== this.#accepted.has(route);
  }

  /** There is no such route any more. */
  forget(route: string): void {
    this.#accepted.delete(route);
    this.#settle(route);
  }

  [Symbol.dispose](): void {
    for (const { endPatience } of this.#behind.values()) endPatience();
    this.#behind.clear();
  }

  #beginPatience(route: string, observed: number): void {
    const before = this.#behind.get(route);
    if (before === undefined ? this.#unversioned.has(route) : observed <= before.observed) return;
    const nowMs = this.#options.clock.now();
    if (before !== undefined) this.#advancedMs = nowMs;
    this.#settle(route);
    this.#lookAgain(route, { observed, atMs: nowMs + this.#options.staleAfterMs });
  }

  #lookAgain(route: string, { observed, atMs }: { observed: number; atMs: number }): void {
    const { clock, staleAfterMs } = this.#options;
    const endPatience = clock.callAt(atMs, () => {
      const patienceMs = this.#advancedMs + staleAfterMs;
      if (patienceMs <= clock.now()) this.#note(route, "stale");
      else this.#lookAgain(route, { observed, atMs: patienceMs });
    });
    this.#behind.set(route, { observed, endPatience });
  }

  #note(route: string, how: Unversioned): void {
    this.#behind.get(route)?.endPatience();
    if (this.#unversioned.has(route)) return;
    this.#unversioned.add(route);
    this.#options.onUnversioned(route, how);
  }

  #settle(route: string): void {
    this.#behind.get(route)?.endPatience();
    this.#behind.delete(route);
    this.#unversioned.delete(route);
  }
}
