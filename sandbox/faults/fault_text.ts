/**
 * `NAME[=VALUE][,OPTION=VALUE]...` -> which fault, with what: the same for the faults of every stand-in.
 * What an option means is read elsewhere.
 * @module
 */

import { messageOf } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import { duration } from "../../core/command/flags.ts";
import type { NamedFault } from "./fault_value.ts";

export interface FaultText<Kind extends NamedFault, Option extends string> {
  readonly kind: Kind;
  readonly value: string | undefined;
  /**
   * An option as it counts; `otherwise` unless it is given.
   * @throws {SyntaxError} naming the fault and the option
   */
  option<T>(name: Option, read: (text: string) => T, otherwise: T): T;
}

/** @throws {SyntaxError} saying what is allowed */
export function readFaultText<Kind extends NamedFault, Option extends string>(
  text: string,
  { kinds, options }: { readonly kinds: readonly Kind[]; readonly options: readonly Option[] },
): FaultText<Kind, Option> {
  const [first = "", ...rest] = text.split(",");
  const { name, value } = pairOf(first);
  const kind = kinds.find((fault) => fault.name === name);
  if (kind === undefined) {
    const names = kinds.map((fault) => fault.name);
    throw new SyntaxError(
      `must be one of ${names.join(", ")}, not "${name}"${didYouMean(name, names)}`,
    );
  }
  checkValue(kind, value);
  const given = new Map(rest.map((one) => optionOf(one, { name, options })));
  return {
    kind,
    value,
    option: (option, read, otherwise) => {
      const found = given.get(option);
      return found === undefined ? otherwise : reading(`${name}: ${option}`, () => read(found));
    },
  };
}

const DURATION = duration();

/** Of `after=` and `for=`, which every fault takes: ms. */
export function timesOf<Kind extends NamedFault, Option extends string>(
  { option }: FaultText<Kind, Option | "after" | "for">,
): { readonly afterMs: number; readonly forMs: number } {
  return {
    afterMs: option("after", DURATION.parse, 0),
    forMs: option("for", DURATION.parse, Infinity),
  };
}

function pairOf(text: string): { name: string; value: string | undefined } {
  const at = text.indexOf("=");
  if (at < 0) return { name: text.trim(), value: undefined };
  return { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}

function checkValue(
  { name, value: taken, needsValue }: NamedFault,
  value: string | undefined,
): void {
  if (value === undefined) {
    if (needsValue) throw new SyntaxError(`${name} must have a value: ${name}=${taken?.is}`);
    return;
  }
  if (taken === undefined) throw new SyntaxError(`${name} takes no value, not "${value}"`);
  reading(name, () => taken.check(value));
}

function optionOf<Option extends string>(
  text: string,
  { name: fault, options }: { readonly name: string; readonly options: readonly Option[] },
): [Option, string] {
  const { name, value = "" } = pairOf(text);
  const known = options.find((one) => one === name);
  if (known !== undefined) return [known, value];
  throw new SyntaxError(
    `${fault}: must be followed by ${options.map((one) => `${one}=`).join(", ")}, ` +
      `not "${text}"${didYouMean(name, options)}`,
  );
}

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new SyntaxError(`${what} ${messageOf(error)}`);
  }
}
