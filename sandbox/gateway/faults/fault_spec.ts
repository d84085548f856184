/**
 * What does `missing-status=0.2,after=5s` ask for? Text -> a fault of the Gateway API implementation
 * with its value, which routes it hits and when it is on. Starts nothing.
 * @module
 */

import type { FlagKind } from "../../../core/command/flags.ts";
import { type FaultSpec, parseFault } from "../../faults/fault_spec.ts";
import { readFaultText, timesOf } from "../../faults/fault_text.ts";
import { share } from "../../faults/fault_value.ts";
import { FAULTS } from "../../faults/mod.ts";
import type { GatewayFaultKind } from "./gateway_fault.ts";
import { GATEWAY_FAULTS } from "./mod.ts";

export interface GatewayFaultSpec {
  /** As it was given. */
  readonly text: string;
  readonly kind: GatewayFaultKind;
  readonly value: string | undefined;
  /** Of the routes, those that are hit. */
  readonly share: number;
  /** From the first route on that is not spared, ms. */
  readonly afterMs: number;
  /** How long, ms; Infinity: to the end. */
  readonly forMs: number;
}

/** @throws {SyntaxError} saying what is allowed */
export function parseGatewayFault(text: string): GatewayFaultSpec {
  const read = readFaultText(text, {
    kinds: GATEWAY_FAULTS,
    options: hitsRoutes(text) ? ["share", "after", "for"] : ["after", "for"],
  });
  const { kind, value, option } = read;
  const usual = kind.valueIsShare && value !== undefined ? share.parse(value) : kind.share ?? 1;
  return { text, kind, value, share: option("share", share.parse, usual), ...timesOf(read) };
}

function hitsRoutes(text: string): boolean {
  return kindOf(text)?.share !== undefined;
}

/** Whether it is one of these, and not one of the API server. */
export function isGatewayFault(text: string): boolean {
  return kindOf(text) !== undefined;
}

function kindOf(text: string): GatewayFaultKind | undefined {
  const [name] = text.split(/[=,]/);
  return GATEWAY_FAULTS.find((fault) => fault.name === name!.trim());
}

/** Those of the Gateway API implementation, and behind them those of the API server. */
const ALL_FAULTS = [...GATEWAY_FAULTS, ...FAULTS];

/** For the flag. */
export const gatewaySandboxFaultFlagKind: FlagKind<GatewayFaultSpec | FaultSpec> = {
  placeholder: "fault[=value]",
  words: ALL_FAULTS.map(({ name }) => name),
  parse(text) {
    // For its complaint about a name that nobody has.
    readFaultName(text);
    return isGatewayFault(text) ? parseGatewayFault(text) : parseFault(text);
  },
  format: ({ text }) => text,
};

/** @throws {SyntaxError} naming all that there are */
function readFaultName(text: string): void {
  const [name = ""] = text.split(/[=,]/);
  const named = ALL_FAULTS.map(({ name, does }) => ({ name, does }));
  readFaultText(name, { kinds: named, options: [] });
}
