/**
 * JSON as Go has it. Writing: keys in order, and characters escaped that could end a script element, as a
 * client compares it byte by byte. Reading: where does a text's first JSON value end, and what is wrong
 * with one that has none? Finds bounds and faults; the value itself is read by JSON.parse.
 * Source: Go, encoding/json, Marshal and scanner.go.
 * @module
 */

const HTML = /[<>&\u2028\u2029]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** A text in quotes. */
export function goString(text: string): string {
  return JSON.stringify(text).replace(HTML, (character) => ESCAPED[character]!);
}

/** Any JSON value; the keys of objects are sorted, as those of Go's maps. Undefined is left out. */
export function goJson(value: unknown): string {
  if (typeof value === "string") return goString(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  return `{${goFields(value as Readonly<Record<string, unknown>>)}}`;
}

/** The fields of an object without its braces. */
export function goFields(object: Readonly<Record<string, unknown>>): string {
  const present = Object.keys(object).filter((key) => object[key] !== undefined);
  return present.sort().map((key) => `${goString(key)}:${goJson(object[key])}`).join(",");
}

/** @throws {SyntaxError} with Go's words */
export function firstGoValue(text: string): string {
  const scanner = new Scanner(text);
  scanner.blanks();
  if (scanner.isAtEnd) throw new SyntaxError("EOF");
  scanner.value();
  return text.slice(0, scanner.at);
}

const BLANK = /[ \t\r\n]*/y;
const NUMBER_PARTS = /-?(?:0|[1-9]\d*)?(?:(?<=\d)\.\d*)?(?:(?<=[\d])[eE][+-]?\d*)?/y;
const WHOLE_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const ESCAPES = 'bfnrt\\/"';

class Scanner {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#text.length;
  }

  blanks(): void {
    this.#skip(BLANK);
  }

  value(): void {
    this.blanks();
    const first = this.#peek();
    if (first === "{") return this.#members("}", () => this.#member());
    if (first === "[") return this.#members("]", () => this.value());
    if (first === '"') return this.#string();
    if (first === "-" || /\d/.test(first)) return this.#number();
    const literal = ["true", "false", "null"].find((word) => word.startsWith(first));
    if (literal === undefined) throw this.#wrong("looking for beginning of value");
    for (const expected of literal) {
      if (this.#peek() !== expected) {
        throw this.#wrong(`in literal ${literal} (expecting '${expected}')`);
      }
      this.at++;
    }
  }

  #members(end: "}" | "]", member: () => void): void {
    this.at++;
    this.blanks();
    if (this.#peek() === end) return void this.at++;
    for (;;) {
      member();
      this.blanks();
      const sign = this.#peek();
      if (sign !== end && sign !== ",") {
        throw this.#wrong(end === "}" ? "after object key:value pair" : "after array element");
      }
      this.at++;
      if (sign === end) return;
    }
  }

  #member(): void {
    this.blanks();
    if (this.#peek() !== '"') throw this.#wrong("looking for beginning of object key string");
    this.#string();
    this.blanks();
    if (this.#peek() !== ":") throw this.#wrong("after object key");
    this.at++;
    this.value();
  }

  #string(): void {
    this.at++;
    for (;;) {
      const character = this.#peek();
      if (character < " ") throw this.#wrong("in string literal");
      this.at++;
      if (character === '"') return;
      if (character === "\\") this.#escape();
    }
  }

  #escape(): void {
    const character = this.#peek();
    if (character !== "u") {
      if (!ESCAPES.includes(character)) throw this.#wrong("in string escape code");
      this.at++;
      return;
    }
    this.at++;
    for (let digit = 0; digit < 4; digit++) {
      if (!/[\da-f]/i.test(this.#peek())) {
        throw this.#wrong("in \\u hexadecimal character escape");
      }
      this.at++;
    }
  }

  #number(): void {
    const number = this.#skip(NUMBER_PARTS);
    if (WHOLE_NUMBER.test(number)) return;
    const where = number.endsWith(".")
      ? "after decimal point in numeric literal"
      : /[eE][+-]?$/.test(number)
      ? "in exponent of numeric literal"
      : "in numeric literal";
    this.#peek();
    throw this.#wrong(where);
  }

  #skip(pattern: RegExp): string {
    const sticky = new RegExp(pattern);
    sticky.lastIndex = this.at;
    const [skipped = ""] = sticky.exec(this.#text) ?? [];
    this.at += skipped.length;
    return skipped;
  }

  /** @throws {SyntaxError} at the end of the text */
  #peek(): string {
    const character = this.#text[this.at];
    if (character === undefined) throw new SyntaxError("unexpected EOF");
    return character;
  }

  #wrong(where: string): SyntaxError {
    const character = this.#text[this.at] ?? "";
    const shown = character === "'" ? "\\'" : character === '"' ? '"' : goRune(character);
    return new SyntaxError(`invalid character '${shown}' ${where}`);
  }
}

function goRune(character: string): string {
  return JSON.stringify(character).slice(1, -1);
}
