/**
 * What does `missing-status=0.2,after=5s` ask for? Text -> a fault of the Gateway API implementation
 * with its value, which routes it hits and when it is on. Starts nothing.
 * @module
 */

import { readFaultText, timesOf } from "../../faults/fault_text.ts";
import { share } from "../../faults/fault_value.ts";
import { ownFaults } from "../../faults/own_faults.ts";
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
  return faults.kindOf(text)?.share !== undefined;
}

const faults = ownFaults(GATEWAY_FAULTS, parseGatewayFault);

/** Whether it is one of these, and not one of the API server. */
export function isGatewayFault(text: string): boolean {
  return faults.kindOf(text) !== undefined;
}

/** For the flag. */
export const gatewaySandboxFaultFlagKind = faults.flagKind;
