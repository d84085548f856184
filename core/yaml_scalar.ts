/**
 * What is a plain (unquoted) text of YAML: a number, a word for true, false or null, or a text? As
 * kubectl and every other program with sigs.k8s.io/yaml has it, which is YAML 1.1 without numbers to
 * the base of 60, and with `0o` for octal.
 * Source: go.yaml.in/yaml/v2 v2.4.2, resolve.go; strconv of Go 1.26 (ParseInt, ParseFloat).
 * @module
 */

type Resolved = string | number | bigint | boolean | null;

const WORDS: ReadonlyMap<string, Resolved> = new Map<string, Resolved>([
  ...spellings(true, "y yes on true"),
  ...spellings(false, "n no off false"),
  ...spellings(null, "null"),
  ["", null],
  ["~", null],
  ...spellings(Infinity, ".inf +.inf"),
  ...spellings(-Infinity, "-.inf"),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, NaN] as const),
]);

/** In small, large, and small letters with a large first one. */
function spellings<T>(value: T, words: string): [string, T][] {
  return words.split(" ").flatMap((word) =>
    [word, word.toUpperCase(), word.replace(/[a-z]/, (first) => first.toUpperCase())]
      .map((spelling): [string, T] => [spelling, value])
  );
}

const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const LOWEST_INTEGER = -(2n ** 63n);
const HIGHEST_INTEGER = 2n ** 64n - 1n;

/** @returns a bigint for an integer that a number does not hold exactly */
export function resolvePlain(text: string): Resolved {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  const plain = text.replaceAll("_", "");
  return integer(plain) ?? float(plain) ?? text;
}

function integer(plain: string): number | bigint | undefined {
  const [, sign = "", digits] = INTEGER.exec(plain) ?? [];
  if (digits === undefined) return undefined;
  const size = BigInt(digits.replace(/^0[oO]?(?=[0-7])/, "0o"));
  const value = sign === "-" ? -size : size;
  // What is signed with a plus is not read as unsigned.
  if (value < LOWEST_INTEGER || value > HIGHEST_INTEGER) return undefined;
  if (sign === "+" && value >= 2n ** 63n) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function float(plain: string): number | undefined {
  if (!FLOAT.test(plain)) return undefined;
  const value = Number(plain);
  // One that is too large is a text.
  return Number.isFinite(value) ? value : undefined;
}
