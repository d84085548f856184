/**
 * What does `5xx=0.2,on=deletes,after=5s` ask for? Text -> a fault with its value, and which requests
 * it hits and when. Starts nothing.
 * @module
 */

import { messageOf } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import { duration, type FlagKind } from "../../core/command/flags.ts";
import { REQUEST_KINDS, type RequestKind } from "../request_kind.ts";
import { type FaultKind, share } from "./fault.ts";
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
const OPTION_NAMES = ["share", "on", "after", "for"] as const;
type OptionName = typeof OPTION_NAMES[number];
const DURATION = duration();

/** @throws {SyntaxError} saying what is allowed */
export function parseFault(text: string): FaultSpec {
  const [first = "", ...rest] = text.split(",");
  const { name, value } = pairOf(first);
  const kind = FAULTS.find((fault) => fault.name === name);
  if (kind === undefined) {
    const names = FAULTS.map((fault) => fault.name);
    throw new SyntaxError(
      `must be one of ${names.join(", ")}, not "${name}"${didYouMean(name, names)}`,
    );
  }
  checkValue(kind, value);
  const options = optionsOf(rest, kind);
  const shareText = options.get("share") ?? (kind.valueIsShare ? value : undefined);
  return {
    text,
    kind,
    value,
    share: read(kind, "share", () => shareText === undefined ? 1 : share.parse(shareText)),
    on: read(kind, "on", () => kindsOf(options.get("on"), kind)),
    afterMs: read(kind, "after", () => DURATION.parse(options.get("after") ?? "0")),
    forMs: read(kind, "for", () => {
      const given = options.get("for");
      return given === undefined ? Infinity : DURATION.parse(given);
    }),
  };
}

/** For the flag. */
export const faultFlagKind: FlagKind<FaultSpec> = {
  placeholder: "fault[=value]",
  words: FAULTS.map(({ name }) => name),
  parse: parseFault,
  format: ({ text }) => text,
};

function pairOf(text: string): { name: string; value: string | undefined } {
  const at = text.indexOf("=");
  if (at < 0) return { name: text.trim(), value: undefined };
  return { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}

function checkValue(
  { name, value: taken, needsValue }: FaultKind,
  value: string | undefined,
): void {
  if (value === undefined) {
    if (needsValue) throw new SyntaxError(`${name} must have a value: ${name}=${taken?.is}`);
    return;
  }
  if (taken === undefined) throw new SyntaxError(`${name} takes no value, not "${value}"`);
  try {
    taken.check(value);
  } catch (error) {
    throw new SyntaxError(`${name} ${messageOf(error)}`);
  }
}

function optionsOf(texts: readonly string[], { name }: FaultKind): Map<OptionName, string> {
  const options = new Map<OptionName, string>();
  for (const text of texts) {
    const { name: option, value = "" } = pairOf(text);
    const known = OPTION_NAMES.find((one) => one === option);
    if (known === undefined) {
      throw new SyntaxError(
        `${name}: must be followed by ${OPTION_NAMES.map((one) => `${one}=`).join(", ")}, ` +
          `not "${text}"${didYouMean(option, OPTION_NAMES)}`,
      );
    }
    options.set(known, value);
  }
  return options;
}

function read<T>({ name }: FaultKind, option: OptionName, reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    throw new SyntaxError(`${name}: ${option} ${messageOf(error)}`);
  }
}

function kindsOf(text: string | undefined, { concerns }: FaultKind): ReadonlySet<RequestKind> {
  if (text === undefined) return new Set(concerns);
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
