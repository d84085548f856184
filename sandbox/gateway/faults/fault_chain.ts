/**
 * Which fault of the Gateway API implementation is on, and what does it change? All faults of a
 * sandbox, one around the other. The first route of each Gateway is spared, and their time begins with
 * the next one: that first route is how a client makes sure that the Gateway is ready. Whether another
 * one is hit depends on the seed and its name alone.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { FaultHits } from "../../faults/fault_chain.ts";
import type { ServedRoute } from "../data_plane/routing_table.ts";
import type { GatewayFaultSpec } from "./fault_spec.ts";
import type { ControllerHandle, GatewayFault, ServingChange } from "./gateway_fault.ts";

interface FaultSurroundings {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly ended: AbortSignal;
}

export class GatewayFaultChain {
  readonly #clock: Clock;
  readonly #faults: readonly RunningFault[];
  /** By route: the number of the newest change, so that late ones of before are dropped. */
  readonly #changes = new Map<string, number>();
  /** Gateways that have had a route. */
  readonly #gateways = new Set<string>();
  readonly #spared = new Set<string>();
  #hasBegun = false;
  #lastChange = 0;

  constructor(specs: readonly GatewayFaultSpec[], around: FaultSurroundings) {
    this.#clock = around.clock;
    this.#faults = specs.map((spec, index) =>
      new RunningFault(spec, { ...around, rng: around.rng.fork(`fault ${index}`) })
    );
  }

  get hits(): FaultHits[] {
    return this.#faults.map(({ hits }) => hits);
  }

  /** A route has come, or has changed. @param route `key`; `gateways` that it asks for, by key */
  onRoute(
    { key, gateways }: { readonly key: string; readonly gateways: readonly string[] },
    controller: ControllerHandle,
  ): void {
    if (this.#spared.has(key)) return;
    const isFirst = gateways.some((gateway) => !this.#gateways.has(gateway));
    for (const gateway of gateways) this.#gateways.add(gateway);
    if (isFirst) return void this.#spared.add(key);
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    for (const fault of this.#faults) fault.begin(controller);
  }

  effectAtMs(nowMs: number): number {
    return this.#on("effectAtMs").reduce((latest, { fault, part }) => {
      fault.count({ isHit: true });
      return Math.max(latest, part.call(fault.fault, nowMs));
    }, nowMs);
  }

  attachedRoutes(listener: string, count: number): number {
    return this.#on("attachedRoutes").reduce((said, { fault, part }) => {
      const changed = part.call(fault.fault, listener, said);
      fault.count({ isHit: changed !== said });
      return changed;
    }, count);
  }

  /** As how many routes it counts. */
  countOf(route: string): number {
    return this.#on("countsAs", route).reduce((count, { part }) => count * part, 1);
  }

  ignores(route: string): boolean {
    return this.#on("ignores", route).length > 0;
  }

  isSilentOn(route: string): boolean {
    return this.#on("isSilent", route).length > 0;
  }

  /** Calls `apply` once, unless a fault will have it otherwise. */
  serve(
    route: string,
    change: ServingChange,
    apply: (served: ServedRoute | undefined) => void,
  ): void {
    if (this.#faults.length === 0) return apply(change.after);
    const number = ++this.#lastChange;
    this.#changes.set(route, number);
    const applyNewest = (served: ServedRoute | undefined) => {
      if (this.#changes.get(route) === number) apply(served);
    };
    const chained = this.#on("onServing", route).reduceRight<typeof apply>(
      (next, { fault, part }) => (after) =>
        part.call(fault.fault, { before: change.before, after }, next),
      applyNewest,
    );
    chained(change.after);
  }

  rewritingsOf(route: string): NonNullable<GatewayFault["rewriting"]>[] {
    return this.#on("rewriting", route).map(({ part }) => part);
  }

  /** The outermost first; asked for every route, so that without faults it costs nothing. */
  #on<Part extends keyof GatewayFault>(name: Part, route?: string) {
    if (this.#faults.length === 0 || (route !== undefined && this.#spared.has(route))) return [];
    const nowMs = this.#clock.now();
    return this.#faults.flatMap((fault) => {
      const part = fault.part(name);
      if (part === undefined || !fault.isOn(nowMs)) return [];
      return route === undefined || fault.hitsRoute(route) ? [{ fault, part }] : [];
    });
  }
}

class RunningFault {
  readonly #spec: GatewayFaultSpec;
  readonly #around: FaultSurroundings;
  /** Begun with the first route that is not spared. */
  #fault: GatewayFault | undefined;
  #startMs = Infinity;
  #concerned = 0;
  #hit = 0;
  /** By route, each of which counts once. */
  readonly #routes = new Map<string, boolean>();

  constructor(spec: GatewayFaultSpec, around: FaultSurroundings) {
    this.#spec = spec;
    this.#around = around;
  }

  get fault(): GatewayFault {
    return this.#fault!;
  }

  get hits(): FaultHits {
    return { fault: this.#spec.text, concerned: this.#concerned, hit: this.#hit };
  }

  begin(controller: ControllerHandle): void {
    const { kind, value, afterMs } = this.#spec;
    this.#fault = kind.start(value, this.#around);
    this.#startMs = this.#around.clock.now() + afterMs;
    void this.#act(controller);
  }

  part<Part extends keyof GatewayFault>(name: Part): GatewayFault[Part] | undefined {
    return this.#fault?.[name];
  }

  isOn(nowMs: number): boolean {
    return nowMs >= this.#startMs && nowMs < this.#startMs + this.#spec.forMs;
  }

  hitsRoute(route: string): boolean {
    let isHit = this.#routes.get(route);
    if (isHit === undefined) {
      isHit = this.#around.rng.fork(route).next() < this.#spec.share;
      this.#routes.set(route, isHit);
      this.count({ isHit });
    }
    return isHit;
  }

  count({ isHit }: { readonly isHit: boolean }): void {
    this.#concerned++;
    if (isHit) this.#hit++;
  }

  async #act(controller: ControllerHandle): Promise<void> {
    const { clock, ended } = this.#around;
    if (this.#fault?.act === undefined) return;
    await clock.sleepUntil(this.#startMs, ended);
    const over = new AbortController();
    void clock.sleepUntil(this.#startMs + this.#spec.forMs, ended).then(() => over.abort());
    const seen: ControllerHandle = {
      refreshGateways: () => controller.refreshGateways(),
      forget: (gapMs) => {
        this.count({ isHit: true });
        return controller.forget(gapMs);
      },
    };
    await this.#fault.act(seen, over.signal);
  }
}
