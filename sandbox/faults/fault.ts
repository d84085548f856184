/**
 * What a fault is: something between the socket and the stand-in that answers in its place, or
 * changes what it answers. Each one has a file of its own beside this one; none knows the others.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ApiCall } from "../kubernetes/api_state.ts";
import type { RequestKind, SeenRequest } from "../request_kind.ts";
import { type FaultValue, type NamedFault, share, takingValue } from "./fault_value.ts";

/** Answers requests. */
export type ApiHandler = (call: ApiCall) => Promise<Response>;

interface FaultTools {
  readonly clock: Clock;
  /** The fault's own. */
  readonly rng: Rng;
}

/** A request that the fault hits, and how it would be answered without it. */
export interface HitRequest {
  readonly call: ApiCall;
  readonly seen: SeenRequest;
  readonly next: ApiHandler;
}

/** Answers the requests that it hits; all of them, for chance and time have been asked already. */
export type Hit = (request: HitRequest) => Promise<Response>;

/** A fault as it is listed; `start` begins one with its value. */
export interface FaultKind extends NamedFault {
  /** The value is the share of the requests that are hit. */
  readonly valueIsShare?: true;
  /** Which requests it hits unless told otherwise. */
  readonly concerns: readonly RequestKind[];
  readonly start: (value: string | undefined, tools: FaultTools) => Hit;
}

/** What load is made of. Getting ready is spared, and so is cleaning up: it lists and deletes. */
export const LOAD: readonly RequestKind[] = ["creates", "updates", "watches"];
export const WATCHES: readonly RequestKind[] = ["watches"];

/** A fault without a value. */
export function plainFault(
  fault: Pick<FaultKind, "name" | "does" | "concerns"> & {
    readonly start: (tools: FaultTools) => Hit;
  },
): FaultKind {
  return { ...fault, start: (_value, tools) => fault.start(tools) };
}

/** A fault whose value is the share of the requests that it hits; all unless given. */
export function sharedFault(
  fault: Pick<FaultKind, "name" | "does" | "concerns"> & {
    readonly start: (tools: FaultTools) => Hit;
  },
): FaultKind {
  const value = { is: "SHARE, 1", check: share.parse };
  return { ...plainFault(fault), value, valueIsShare: true };
}

/** A fault with a value of its own kind. */
export function valuedFault<T>(
  { value, start, ...fault }: Pick<FaultKind, "name" | "does" | "concerns"> & {
    readonly value: FaultValue<T>;
    readonly start: (value: T, tools: FaultTools) => Hit;
  },
): FaultKind {
  return { ...fault, ...takingValue(value, start) };
}
