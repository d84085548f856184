/**
 * What a fault is: something between the socket and the stand-in that answers in its place, or
 * changes what it answers. Each one has a file of its own beside this one; none knows the others.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { FlagKind } from "../../core/command/flags.ts";
import type { ApiCall } from "../kubernetes/api_state.ts";
import type { RequestKind, SeenRequest } from "../request_kind.ts";

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
export interface FaultKind {
  readonly name: string;
  /** For `--help`: what goes wrong. */
  readonly does: string;
  /** `NAME=VALUE`; undefined: it takes none. */
  readonly value?: {
    /** For `--help`: what the value is, with its default. */
    readonly is: string;
    /** The value as it counts. @throws {SyntaxError | RangeError} saying what is allowed */
    readonly check: (text: string) => unknown;
  };
  /** The value is the share of the requests that are hit. */
  readonly valueIsShare?: true;
  /** Without a value it makes no sense. */
  readonly needsValue?: true;
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

/** A fault with a value of its own kind; without a default it must be given. */
export function valuedFault<T>(
  fault: Pick<FaultKind, "name" | "does" | "concerns"> & {
    readonly value: { readonly is: string; readonly kind: FlagKind<T>; readonly default?: T };
    readonly start: (value: T, tools: FaultTools) => Hit;
  },
): FaultKind {
  const { kind, default: defaultValue, is } = fault.value;
  const isDefault = defaultValue === undefined ? "" : `, ${kind.format(defaultValue)}`;
  return {
    name: fault.name,
    does: fault.does,
    concerns: fault.concerns,
    value: { is: is + isDefault, check: kind.parse },
    ...(defaultValue === undefined ? { needsValue: true } : {}),
    start: (text, tools) =>
      fault.start(text === undefined ? defaultValue! : kind.parse(text), tools),
  };
}

/** A number above 0 and at most 1. */
export const share: FlagKind<number> = {
  placeholder: "share",
  parse: (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value > 0 && value <= 1) return value;
    throw new SyntaxError(`must be a share above 0 and at most 1, not "${text}"`);
  },
  format: String,
};
