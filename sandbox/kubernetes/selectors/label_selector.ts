/**
 * Which objects does a label selector choose, and what does an API server say of one that it cannot
 * read? `env in (a,b), tier!=web, !canary, size>3`.
 * Source: apimachinery, pkg/labels/selector.go; the messages as kube-apiserver 1.36 answers them.
 * @module
 */

import { type FieldCause, invalid, wordsOf } from "../validation/field_error.ts";
import { labelValueComplaints, qualifiedNameComplaints } from "../validation/names.ts";

/** The selector cannot be used; the message is the one with which an API server answers 400. */
export class BadSelectorError extends Error {
  override name = "BadSelectorError";
}

type Labels = Readonly<Record<string, string>>;

/** Every operator that stands between a key and its values. */
type Operator = "in" | "notin" | "=" | "==" | "!=" | ">" | "<";
type Test = (labels: Labels) => boolean;

interface Token {
  /** A sign or word of the grammar; what looks like a key or a value is a `text`. */
  readonly kind: Operator | "!" | "(" | ")" | "," | "text" | "end";
  readonly literal: string;
}

/** Words (a NUL ends one), and signs: the longest that the grammar has. */
const TOKEN = /[ \t\r\n]*(?:(==|!=|[=!(),<>])\0?|([^=!(),<> \t\r\n\0]+)\0?)/y;
const END: Token = { kind: "end", literal: "" };

const OPERATORS: ReadonlySet<string> = new Set(["in", "notin", "=", "==", "!=", ">", "<"]);
const INT64_MAX = 2n ** 63n - 1n;
/** No label value: a text that none can be. */
const NO_VALUE = "!";
const ORDER_COMPLAINT = "for 'Gt', 'Lt' operators, the value must be an integer";

/**
 * Whether labels are chosen. An empty selector chooses all.
 * @throws {BadSelectorError} with the server's words
 */
export function labelSelector(text: string): (labels: Labels | undefined) => boolean {
  const tests = new Parser(text).tests();
  return (labels = {}) => tests.every((test) => test(labels));
}

function* tokensOf(text: string): Generator<Token, void> {
  const token = new RegExp(TOKEN);
  for (;;) {
    const [, sign, word] = token.exec(text) ?? [];
    if (sign !== undefined) yield { kind: sign as Token["kind"], literal: sign };
    else if (word === undefined) return;
    else yield { kind: word === "in" || word === "notin" ? word : "text", literal: word };
  }
}

function isWord({ kind }: Token): boolean {
  return kind === "text" || kind === "in" || kind === "notin";
}

/** Reads one selector. `in` and `notin` are operators only where an operator is due. */
class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = [...tokensOf(text)];
  }

  tests(): Test[] {
    const tests: Test[] = [];
    if (this.#ahead().kind === "end") return tests;
    this.#requireRequirement("!, identifier, or 'end of string'");
    for (;;) {
      tests.push(this.#requirement());
      const after = this.#next();
      if (after.kind === "end") return tests;
      if (after.kind !== ",") throw new BadSelectorError(found(after, "',' or 'end of string'"));
      this.#requireRequirement("identifier after ','");
    }
  }

  #requireRequirement(expected: string): void {
    const token = this.#ahead();
    if (!isWord(token) && token.kind !== "!") throw new BadSelectorError(found(token, expected));
  }

  #requirement(): Test {
    const isNegated = this.#ahead().kind === "!";
    if (isNegated) this.#next();
    const key = this.#word("identifier");
    const complaints = qualifiedNameComplaints(key);
    if (complaints.length > 0) throw notUsable([invalid("<nil>", key, complaints.join("; "))]);
    if (isNegated) return (labels) => !Object.hasOwn(labels, key);
    if (this.#isAtEnd()) return (labels) => Object.hasOwn(labels, key);
    const operator = this.#operator();
    const isOfSet = operator === "in" || operator === "notin";
    const values = isOfSet ? this.#valueSet() : [this.#isAtEnd() ? "" : this.#word("identifier")];
    requireValues(values, { key, operator });
    return comparison(key, operator, values);
  }

  #operator(): Operator {
    const token = this.#next();
    if (OPERATORS.has(token.kind)) return token.kind as Operator;
    throw unreadable(found(token, "in, notin, =, ==, !=, gt, lt"));
  }

  /** `(a,,b)`: an empty member is the empty value. */
  #valueSet(): string[] {
    const open = this.#next();
    // The only message of the server without a comma before "expected".
    if (open.kind !== "(") throw unreadable(`found '${open.literal}' expected: '('`);
    this.#requireMember("',', ')' or identifier");
    const values = new Set<string>();
    for (;;) {
      values.add(isWord(this.#ahead()) ? this.#next().literal : "");
      const after = this.#next();
      if (after.kind === ")") return [...values].sort();
      if (after.kind !== ",") throw unreadable(found(after, "',' or ')'"));
      this.#requireMember("',', or identifier");
    }
  }

  #requireMember(expected: string): void {
    const token = this.#ahead();
    if (!isWord(token) && token.kind !== "," && token.kind !== ")") {
      throw unreadable(found(token, expected));
    }
  }

  #word(expected: string): string {
    const token = this.#next();
    if (isWord(token)) return token.literal;
    throw unreadable(found(token, expected));
  }

  #isAtEnd(): boolean {
    const { kind } = this.#ahead();
    return kind === "end" || kind === ",";
  }

  #ahead(): Token {
    return this.#tokens[this.#position] ?? END;
  }

  #next(): Token {
    const token = this.#ahead();
    this.#position++;
    return token;
  }
}

function found({ literal }: Token, expected: string): string {
  return `found '${literal}', expected: ${expected}`;
}

function unreadable(words: string): BadSelectorError {
  return new BadSelectorError(`unable to parse requirement: ${words}`);
}

function notUsable(causes: readonly FieldCause[]): BadSelectorError {
  return unreadable(wordsOf(causes));
}

function requireValues(
  values: readonly string[],
  { key, operator }: { key: string; operator: Operator },
): void {
  const isOrder = operator === ">" || operator === "<";
  const causes = [
    ...values.flatMap((value, index) =>
      isOrder && int64Of(value) === undefined
        ? [invalid(`values[${index}]`, value, ORDER_COMPLAINT)]
        : []
    ),
    ...values.flatMap((value, index) => {
      const complaints = labelValueComplaints(value);
      const field = `values[${index}][${key}]`;
      return complaints.length === 0 ? [] : [invalid(field, value, complaints.join("; "))];
    }),
  ];
  if (causes.length > 0) throw notUsable(causes);
}

function comparison(key: string, operator: Operator, values: readonly string[]): Test {
  const valueOf = (labels: Labels) => Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "!=":
    case "notin":
      return (labels) => !values.includes(valueOf(labels) ?? NO_VALUE);
    case "<":
    case ">":
      return orderTest(valueOf, { operator, bound: int64Of(values[0]!)! });
    default:
      return (labels) => values.includes(valueOf(labels) ?? NO_VALUE);
  }
}

/** A label that is absent or no integer is neither above nor below the bound. */
function orderTest(
  valueOf: (labels: Labels) => string | undefined,
  { operator, bound }: { operator: ">" | "<"; bound: bigint },
): Test {
  return (labels) => {
    const value = int64Of(valueOf(labels) ?? NO_VALUE);
    return value !== undefined && (operator === ">" ? value > bound : value < bound);
  };
}

/** As Go's strconv.ParseInt with base 10 and 64 bits. */
function int64Of(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  return value <= INT64_MAX && value >= -INT64_MAX - 1n ? value : undefined;
}
