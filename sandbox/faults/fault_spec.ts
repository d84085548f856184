/**
 * What does `5xx=0.2,on=deletes,after=5s` ask for? Text -> a fault with its value, and which requests
 * it hits and when. Starts nothing.
 * @module
 */

import { didYouMean } from "../../core/nearest.ts";
import type { FlagKind } from "../../core/command/flags.ts";
import { REQUEST_KINDS, type RequestKind } from "../request_kind.ts";
import type { FaultKind } from "./fault.ts";
import { readFaultText, timesOf } from "./fault_text.ts";
import { share } from "./fault_value.ts";
import { FAULTS } from "./mod.ts";

export interface FaultSpec {
  /** As it was given. */
  readonly text: string;
  readonly kind: FaultKind;
  readonly value: string | undefined;
  /** Of the requests concerned, those that are hit. */
  readonly share: number;
  readonly on: ReadonlySet<RequestKind>;
  /** From the first request concerned on, ms. */
  readonly afterMs: number;
  /** How long, ms; Infinity: to the end. */
  readonly forMs: number;
}

/** Words for several kinds of requests at once. */
export const KIND_GROUPS: Readonly<Record<string, readonly RequestKind[]>> = {
  writes: ["creates", "updates", "deletes"],
  reads: ["gets", "lists"],
  all: REQUEST_KINDS,
};

const KIND_WORDS = [...REQUEST_KINDS, ...Object.keys(KIND_GROUPS)];
const OPTIONS = ["share", "on", "after", "for"] as const;

/** @throws {SyntaxError} saying what is allowed */
export function parseFault(text: string): FaultSpec {
  const read = readFaultText(text, { kinds: FAULTS, options: OPTIONS });
  const { kind, value, option } = read;
  return {
    text,
    kind,
    value,
    share: option("share", share.parse, kind.valueIsShare && value ? share.parse(value) : 1),
    on: option("on", kindsOf, new Set(kind.concerns)),
    ...timesOf(read),
  };
}

/** For the flag. */
export const faultFlagKind: FlagKind<FaultSpec> = {
  placeholder: "fault[=value]",
  words: FAULTS.map(({ name }) => name),
  parse: parseFault,
  format: ({ text }) => text,
};

function kindsOf(text: string): ReadonlySet<RequestKind> {
  return new Set(
    text.split("+").flatMap((word) => {
      const kind = REQUEST_KINDS.find((one) => one === word);
      if (kind !== undefined) return [kind];
      const group = Object.hasOwn(KIND_GROUPS, word) ? KIND_GROUPS[word] : undefined;
      if (group !== undefined) return group;
      throw new SyntaxError(
        `must be of ${KIND_WORDS.join(", ")}, joined by "+", not "${word}"` +
          didYouMean(word, KIND_WORDS),
      );
    }),
  );
}
