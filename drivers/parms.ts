/**
 * With which parameters was a run made? The `.parms` file that the drivers have always left beside
 * their data: `KEY=value` lines that a shell can source, whatever the values hold. Only makes the
 * text; writing it is the caller's business.
 * @module
 */

import { createHash } from "node:crypto";
import { UsageError } from "../core/errors.ts";

/**
 * A text is quoted; a whole number and a boolean stand as they are; any other number, and one that
 * is given as `float`, has the look of Go's %G.
 */
export type ParmValue = string | number | boolean | { readonly float: number };

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const CHUNK_BYTES = 1 << 20;
/** What bash expands between double quotes. A `!` is none: there is no history in a sourced file. */
const EXPANDED = /[\\"$`]/g;
const CONTROL = /\p{Cc}/gu;

/**
 * The text of the file, one line for each parameter in the given order.
 * @throws {UsageError} for a NUL character, which no shell variable can hold
 * @throws {RangeError} for a key that is no shell variable, and a number that is not finite
 */
export function parmsText(parms: Iterable<readonly [key: string, value: ParmValue]>): string {
  let text = "";
  for (const [key, value] of parms) {
    if (!SHELL_NAME.test(key)) {
      throw new RangeError(`Cannot write parameter "${key}": expected letters, digits and "_"`);
    }
    text += `${key}=${typeof value === "string" ? quote(key, value) : bare(value)}\n`;
  }
  return text;
}

/**
 * A number as Go's %G has it: the fewest digits that tell it apart, with an exponent of two or more
 * digits below 1E-04 and from 1E+06 on.
 * Source: Go, strconv.FormatFloat with format 'G' and precision -1.
 * @throws {RangeError} if it is not finite
 */
export function formatGoFloat(value: number): string {
  if (!Number.isFinite(value)) {
    throw new RangeError(`Cannot write the number ${value}: expected a finite one`);
  }
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return Object.is(value, -0) ? "-0" : String(value);
  return `${digits}E${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function bare(value: Exclude<ParmValue, string>): string {
  if (typeof value === "object") return formatGoFloat(value.float);
  if (typeof value === "boolean" || Number.isSafeInteger(value)) return String(value);
  return formatGoFloat(value);
}

/**
 * `"..."`, as Go quotes it, wherever bash reads the same from it. Between double quotes bash knows
 * no `\n`, so a text with control characters becomes `$'...'`, which keeps it on one line.
 */
function quote(key: string, text: string): string {
  if (text.includes("\0")) {
    throw new UsageError(`Cannot write parameter ${key}: its value holds a NUL character`);
  }
  if (text.search(CONTROL) < 0) return `"${text.replace(EXPANDED, "\\$&")}"`;
  const escaped = text.replace(/[\\']/g, "\\$&").replace(CONTROL, octal);
  return `$'${escaped}'`;
}

/**
 * Three digits always, so that a digit which follows stays a digit of the text. Beyond ASCII it would
 * be a byte and no character, and bash reads those as they are.
 */
function octal(character: string): string {
  const code = character.charCodeAt(0);
  return code > 0x7f ? character : `\\${code.toString(8).padStart(3, "0")}`;
}

/** SHA-256 of the running executable, hex; run from the sources it is the runtime's. */
export function programDigest(): string {
  const hash = createHash("sha256");
  using file = Deno.openSync(Deno.execPath());
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let count = file.readSync(chunk); count !== null; count = file.readSync(chunk)) {
    hash.update(chunk.subarray(0, count));
  }
  return hash.digest("hex");
}
