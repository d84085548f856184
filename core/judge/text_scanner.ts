/**
 * Where in a line of text is a reader, and what did it expect there? Takes pieces off the front by
 * pattern; knows no grammar.
 * @module
 */

/** Reads one text from left to right. Patterns must be sticky (`/.../y`). */
export class TextScanner {
  #at = 0;

  /** @param what names the kind of text in messages: `Cannot read <what> "..."` */
  constructor(readonly text: string, readonly what: string) {}

  get atEnd(): boolean {
    return this.#at >= this.text.length;
  }

  skipSpace(): void {
    this.take(/\s+/y);
  }

  /** The text at the current place that the pattern matches, without moving on. */
  peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.text)?.[0];
  }

  /** The same, and moves behind it. */
  take(pattern: RegExp): string | undefined {
    const found = this.peek(pattern);
    this.#at += found?.length ?? 0;
    return found;
  }

  /** The same. @throws {SyntaxError} if the pattern does not match here */
  expect(pattern: RegExp, expected: string): string {
    return this.take(pattern) ?? this.fail(expected, this.peek(/\s*\S+/y)?.trimStart() ?? "");
  }

  /** @throws {SyntaxError} always: what was expected, and what stands there instead */
  fail(expected: string, found: string, hint = ""): never {
    const instead = found === "" ? "the end" : `"${found}"`;
    throw new SyntaxError(
      `Cannot read ${this.what} "${this.text}": expected ${expected}, not ${instead}${hint}`,
    );
  }
}
