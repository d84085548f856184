/**
 * What does Go's `%q` make of a text, and which text was it? The original programs wrote names and
 * errors like this. Which characters are printable follows the Unicode version of this runtime: a
 * character assigned lately may be escaped by one side only, and both forms are read back alike.
 * Source: Go, package strconv, func Quote and func Unquote.
 * @module
 */

const PLAIN = /^[ !#-[\]-~]*$/;
/** What Quote does not keep as it is: not a letter, mark, number, sign or the blank. */
const ESCAPED = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const ESCAPE = /((?:\\x[\da-fA-F]{2})+)|\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.?))/gsu;

const LETTER_OF: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "\x07": "a",
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\v": "v",
};
const CHARACTER_OF = new Map(Object.entries(LETTER_OF).map(([from, to]) => [to, from]));

const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;
const LAST_CODE_POINT = 0x10ffff;

/** The text in double quotes. Half of a surrogate pair is shown as the three bytes that Go has for it. */
export function goQuote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return `"${text.replace(ESCAPED, escaped)}"`;
}

function escaped(character: string): string {
  const letter = LETTER_OF[character];
  if (letter !== undefined) return `\\${letter}`;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return byteEscape(code);
  if (code >= FIRST_SURROGATE && code <= LAST_SURROGATE) {
    return [0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f].map(byteEscape)
      .join("");
  }
  return code <= 0xffff
    ? `\\u${code.toString(16).padStart(4, "0")}`
    : `\\U${code.toString(16).padStart(8, "0")}`;
}

function byteEscape(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/**
 * The text of what stands between the quotes. Bytes that are no UTF-8 become U+FFFD.
 * @throws {SyntaxError} at an escape that Go does not write
 */
export function goUnquote(body: string): string {
  if (!body.includes("\\")) return body;
  return body.replace(
    ESCAPE,
    (whole: string, bytes?: string, short?: string, long?: string, letter?: string) => {
      if (bytes !== undefined) return textOfBytes(bytes);
      const found = letter === undefined
        ? textOfCodePoint(parseInt(short ?? long ?? "", 16))
        : CHARACTER_OF.get(letter);
      if (found === undefined) {
        throw new SyntaxError(`Cannot read escape ${whole}: expected one that Go's %q writes`);
      }
      return found;
    },
  );
}

function textOfCodePoint(code: number): string | undefined {
  const isValid = code <= LAST_CODE_POINT && !(code >= FIRST_SURROGATE && code <= LAST_SURROGATE);
  return isValid ? String.fromCodePoint(code) : undefined;
}

const SURROGATE_BYTES = /(\xed[\xa0-\xbf][\x80-\xbf])/;

/** @param escapes as in `\x0a\xff` */
function textOfBytes(escapes: string): string {
  const bytes = escapes.split("\\x").slice(1).map((digits) => parseInt(digits, 16));
  return String.fromCharCode(...bytes).split(SURROGATE_BYTES).map((part, index) =>
    index % 2 === 1 ? surrogateOf(part) : utf8Text(part)
  ).join("");
}

function surrogateOf(bytes: string): string {
  return String.fromCharCode(
    FIRST_SURROGATE | (bytes.charCodeAt(1) & 0x1f) << 6 | bytes.charCodeAt(2) & 0x3f,
  );
}

function utf8Text(bytes: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}
