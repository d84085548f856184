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

/** `missing`: no generation is told, or 0, which none is; `stale`: an earlier one, and it stays so. */
export type Unversioned = "missing" | "stale";

interface AcceptanceBookOptions {
  readonly clock: Clock;
  /** How long an earlier generation may be told of until it is no delay any more. */
  readonly staleAfterMs: number;
  /** Called for each route, once until it is accepted properly or changes again; must not throw. */
  readonly onUnversioned: (route: string, how: Unversioned) => void;
}

/** See the module. Routes are `namespace/name`. Dispose it to wait for nothing. */
export class AcceptanceBook implements Disposable {
  readonly #options: AcceptanceBookOptions;
  readonly #accepted = new Set<string>();
  readonly #unversioned = new Set<string>();
  /** Of routes whose status is about an earlier generation: what ends the patience with it. */
  readonly #patience = new Map<string, () => void>();

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
    const { state, status, observation } = acceptance;
    if (state === "accepted") this.#accepted.add(route);
    else this.#accepted.delete(route);
    if (state !== "stale" || status !== "True") this.#settle(route);
    else if (observation !== "stale") this.#note(route, "missing");
    else this.#beginPatience(route);
    return was !== this.#accepted.has(route);
  }

  /** There is no such route any more. */
  forget(route: string): void {
    this.#accepted.delete(route);
    this.#settle(route);
  }

  [Symbol.dispose](): void {
    for (const end of this.#patience.values()) end();
    this.#patience.clear();
  }

  #beginPatience(route: string): void {
    if (this.#patience.has(route) || this.#unversioned.has(route)) return;
    const { clock, staleAfterMs } = this.#options;
    const note = () => this.#note(route, "stale");
    this.#patience.set(route, clock.callAt(clock.now() + staleAfterMs, note));
  }

  #note(route: string, how: Unversioned): void {
    this.#endPatience(route);
    if (this.#unversioned.has(route)) return;
    this.#unversioned.add(route);
    this.#options.onUnversioned(route, how);
  }

  #settle(route: string): void {
    this.#endPatience(route);
    this.#unversioned.delete(route);
  }

  #endPatience(route: string): void {
    this.#patience.get(route)?.();
    this.#patience.delete(route);
  }
}
