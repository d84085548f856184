/**
 * What a fault of the Gateway API implementation is: something that stands between what the controller
 * knows and what it says, or between it and its data plane. Each one has a file of its own beside this
 * one; none knows the others.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { type FaultValue, type NamedFault, share, takingValue } from "../../faults/fault_value.ts";
import type { ServedRoute } from "../data_plane/routing_table.ts";
import type { HttpRoute, ParentStatus } from "../objects.ts";

interface GatewayFaultTools {
  readonly clock: Clock;
  /** Aborts with the sandbox. */
  readonly ended: AbortSignal;
}

/** What a route is in the data plane, and is to be; undefined: it is not in it. */
export interface ServingChange {
  readonly before: ServedRoute | undefined;
  readonly after: ServedRoute | undefined;
}

/** What a fault can do to the controller from outside. */
export interface ControllerHandle {
  /** Has the statuses of all Gateways written anew, if they say something else then. */
  refreshGateways(): void;
  /** It says and serves that there is no route for so long, then all again. */
  forget(gapMs: number): Promise<void>;
}

/**
 * Each one that it has is asked while the fault is on. Those that are about one route are asked for the
 * routes that it hits: all, unless it takes a share.
 */
export interface GatewayFault {
  /** When what is known at `nowMs` takes effect, ms of the clock. */
  effectAtMs?(nowMs: number): number;
  /** What is said instead of so many attached routes. @param listener of which Gateway, too */
  attachedRoutes?(listener: string, count: number): number;
  /** As how many routes the route counts where it is attached. */
  readonly countsAs?: number;
  /** The route is never heard of. */
  readonly ignores?: true;
  /** Nothing is said of the route. */
  readonly isSilent?: true;
  /** On the way to the data plane; `apply` may be called late, or twice: the newest change stays. */
  onServing?(change: ServingChange, apply: (served: ServedRoute | undefined) => void): void;
  /** What another controller makes of a status that this one has written, so much later. */
  readonly rewriting?: {
    readonly delayMs: number;
    /** Undefined: it leaves it alone. */
    readonly rewrite: (route: HttpRoute) => readonly ParentStatus[] | undefined;
  };
  /** From the beginning of its time to the end, when the signal aborts. */
  act?(controller: ControllerHandle, signal: AbortSignal): Promise<void>;
}

/** A fault as it is listed; `start` begins one with its value. */
export interface GatewayFaultKind extends NamedFault {
  /**
   * Of a fault that hits routes: which share of them, unless `share=` says otherwise. Undefined: it is
   * not about single routes.
   */
  readonly share?: number;
  /** The value is that share. */
  readonly valueIsShare?: true;
  readonly start: (value: string | undefined, tools: GatewayFaultTools) => GatewayFault;
}

/** A fault of a share of the routes, with no other value. */
export function routeFault(
  { fault, ...named }: Pick<GatewayFaultKind, "name" | "does"> & {
    readonly share: number;
    readonly fault: GatewayFault;
  },
): GatewayFaultKind {
  const value = { is: `SHARE, ${named.share}`, check: share.parse };
  return { ...named, value, valueIsShare: true, start: () => fault };
}

export function valuedGatewayFault<T>(
  { value, start, ...fault }: Pick<GatewayFaultKind, "name" | "does" | "share"> & {
    readonly value: FaultValue<T>;
    readonly start: (value: T, tools: GatewayFaultTools) => GatewayFault;
  },
): GatewayFaultKind {
  return { ...fault, ...takingValue(value, start) };
}
